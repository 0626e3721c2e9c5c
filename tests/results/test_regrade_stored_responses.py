"""Grading stored responses again: new verdicts and scores, with the old scores kept under their protocol."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from evaluator.benchmarks import get_benchmark
from leaderboard.boards.models import BoardVersion
from leaderboard.core.judges import judge_of
from leaderboard.core.locks import LockSpace, lock_if_free
from leaderboard.results import regrade as regrade_module
from leaderboard.results.models import JudgeRuling, Score
from leaderboard.results.models import Response as ResponseRow
from leaderboard.results.regrade import Regraded, RegradeRefused, regrade
from leaderboard.review.models import Check
from leaderboard.runs.models import Run, RunEvent
from leaderboard.runs.presenters import history
from leaderboard.runs.states import RunState
from tests.factories import make_graded_run, make_published_run, make_reviewer, make_run
from tests.results.changed_grader import RULES, STRICTER, change_grader, run_of_old_grader
from tests.results.judge_site import (
    MODEL,
    cryptic_on_first,
    judge,
    reads_the_secret_word,
    use_judge,
    without_waiting,
)
from tests.results.stored import headline
from tests.small_set import always_a, knows_first, right, small_set

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    without_waiting(monkeypatch)


@pytest.fixture
def stricter(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on the grader takes only answers other than A, and calls that another protocol."""
    change_grader(monkeypatch, STRICTER)


def again(run: Run, **options: Any) -> Regraded:
    judge = judge_of(get_benchmark(run.benchmark.slug))
    return regrade(Run.objects.get(pk=run.pk), judge, **options)


def everything_of(run: Run) -> list[Any]:
    """What the database holds of a run."""
    return [
        Run.objects.filter(pk=run.pk).values().get(),
        list(ResponseRow.objects.of_run(run).order_by("item").values()),
        list(Score.objects.filter(run=run).order_by("id").values()),
        list(RunEvent.objects.filter(run=run).order_by("id").values()),
    ]


def without(before: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in before.items() if name not in names}


# --- A grader that has changed --------------------------------------------------------------------


def test_new_verdicts_and_scores_are_stored_under_the_new_protocol(stricter: None) -> None:
    run = run_of_old_grader()
    old = {s.pk: (s.protocol, s.value) for s in run.scores.all()}
    lengths = run.counts["lengths"]

    result = again(run)

    run.refresh_from_db()
    expected = sum(right(item) == "A" for item in small_set().items)
    assert result.changed
    assert (result.from_protocol, result.to_protocol) == (RULES, STRICTER)
    assert (result.from_headline, result.to_headline) == (1.0, headline(run).value)
    assert result.responses == expected == run.counts["unparsed"]
    assert run.counts["correct"] == 32 - expected
    assert run.counts["lengths"] == lengths
    assert run.protocol == STRICTER
    assert headline(run).value == 0.0
    rows = ResponseRow.objects.of_run(run).filter(text="A")
    assert set(rows.values_list("verdict", "points", "parsed", "how")) == {
        ("unparsed", 0.0, None, "stricter")
    }
    kept = {s.pk: (s.protocol, s.value) for s in run.scores.filter(protocol=RULES)}
    assert kept == old


def test_nothing_else_of_the_responses_changes(stricter: None) -> None:
    run = run_of_old_grader()
    verdict = ("verdict", "points", "parsed", "how", "notes")
    before = [without(row, *verdict) for row in everything_of(run)[1]]
    again(run)
    assert [without(row, *verdict) for row in everything_of(run)[1]] == before


def test_who_why_and_the_numbers_are_in_the_audit_trail(stricter: None) -> None:
    run = run_of_old_grader()
    actor = make_reviewer("rosa")

    again(run, actor=actor, reason="A is no letter any more")

    event = run.events.latest("id")
    assert (event.actor, event.reason) == (actor, "A is no letter any more")
    assert event.data["regraded"]["from"] == {"protocol": RULES, "headline": 1.0}
    assert event.data["regraded"]["to"] == {"protocol": STRICTER, "headline": 0.0}
    (entry, *_) = history([event], private=True)
    assert (entry.who, entry.reason) == ("rosa", "A is no letter any more")
    assert STRICTER in entry.what


def test_a_second_time_changes_nothing(stricter: None) -> None:
    run = run_of_old_grader()
    again(run)
    before = everything_of(run)

    assert not again(run).changed

    assert everything_of(run) == before


def test_back_to_an_old_protocol_the_old_scores_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    run = make_graded_run()
    before = everything_of(run)
    with monkeypatch.context() as other:
        change_grader(other, STRICTER)
        again(run)

    again(run)

    run.refresh_from_db()
    assert (run.protocol, headline(run).value) == (RULES, 1.0)
    old = list(Score.objects.filter(run=run, protocol=RULES).order_by("id").values())
    assert old == before[2]
    assert everything_of(run)[1] == before[1]


def test_a_dry_run_says_the_same_and_changes_nothing(stricter: None) -> None:
    run = run_of_old_grader()
    before = everything_of(run)

    dry = again(run, dry_run=True)

    assert everything_of(run) == before
    real = again(run)
    names = ("from_protocol", "to_protocol", "from_headline", "to_headline", "responses", "changed")
    assert [getattr(dry, name) for name in names] == [getattr(real, name) for name in names]


def test_checks_and_blockers_follow_the_new_verdicts(stricter: None) -> None:
    run = run_of_old_grader()
    assert run.checks.get(code=Check.Code.UNPARSED).status == Check.Status.PASS
    again(run)
    assert run.checks.get(code=Check.Code.UNPARSED).status == Check.Status.WARN


# --- The same protocol ----------------------------------------------------------------------------


def test_other_numbers_under_the_same_name_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    run = make_graded_run()
    before = everything_of(run)
    change_grader(monkeypatch)

    with pytest.raises(RegradeRefused, match=RULES):
        again(run)
    assert everything_of(run) == before

    assert again(run, allow_same_protocol=True, reason="a mistake").changed
    assert headline(run).value == 0.0
    assert set(run.scores.values_list("protocol", flat=True)) == {RULES}


def test_a_metric_that_is_new_changes_no_number(monkeypatch: pytest.MonkeyPatch) -> None:
    run = make_graded_run()
    Score.objects.filter(run=run, metric="unparsed").delete()

    assert again(run).changed

    assert Score.objects.filter(run=run, metric="unparsed").count() == 1


# --- The judge ------------------------------------------------------------------------------------


def test_a_run_by_rules_is_judged_later(settings: Settings) -> None:
    run = make_graded_run(cryptic_on_first)
    assert run.counts["unparsed"] == 4

    with judge(settings) as server:
        result = again(run)
        assert len(server.received) == result.asked == 4
        assert not again(run).changed
        assert len(server.received) == 4

    run.refresh_from_db()
    assert (run.counts["unparsed"], run.counts["correct"]) == (0, 32)
    assert f"+judge:{MODEL}@" in run.protocol
    assert ResponseRow.objects.of_run(run).filter(how="judge").count() == 4


def test_a_judge_that_is_back_is_no_change_of_the_grader(settings: Settings) -> None:
    with judge(settings, answer=lambda _prompt: "Hard to say.") as server:
        run = make_graded_run(cryptic_on_first)
        assert [b["code"] for b in run.blockers] == ["unjudged_share"]
        server.answer = reads_the_secret_word
        result = again(run)

    run.refresh_from_db()
    assert (result.from_protocol, result.responses) == (run.protocol, 4)
    assert (run.blockers, run.counts["unjudged"], headline(run).value) == ([], 0, 1.0)


def test_a_dry_run_asks_no_judge(settings: Settings) -> None:
    run = make_graded_run(cryptic_on_first)
    with judge(settings) as server:
        assert again(run, dry_run=True).asked == 4
        assert server.received == []
    assert not JudgeRuling.objects.exists()


def test_a_published_run_stays_as_it_is_when_the_judge_is_away(settings: Settings) -> None:
    run = make_published_run(cryptic_on_first)
    before = everything_of(run)
    use_judge(settings, "http://127.0.0.1:1/v1", JUDGE_CONCURRENCY=1)

    with pytest.raises(RegradeRefused, match="judge failed"):
        again(run)

    assert everything_of(run) == before


# --- Boards ---------------------------------------------------------------------------------------


def test_a_published_run_moves_to_the_board_of_its_new_protocol(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    moved, stays = make_published_run(), make_published_run(knows_first(3))
    change_grader(monkeypatch, STRICTER)

    again(moved)

    boards = {
        p: BoardVersion.objects.filter(protocol=p).latest("number") for p in (RULES, STRICTER)
    }
    assert [row.run for row in boards[RULES].rows.all()] == [stays]
    assert [(row.run, row.value) for row in boards[STRICTER].rows.all()] == [(moved, 0.0)]
    assert Run.objects.get(pk=moved.pk).state == RunState.PUBLISHED


def test_no_board_is_computed_for_a_run_that_is_on_none(stricter: None) -> None:
    again(run_of_old_grader())
    assert not BoardVersion.objects.exists()


# --- Refusals and races ---------------------------------------------------------------------------


@pytest.mark.parametrize("state", [RunState.QUEUED, RunState.SCORING, RunState.FAILED])
def test_only_graded_runs_are_graded_again(state: RunState) -> None:
    with pytest.raises(RegradeRefused, match=state):
        again(make_run(state))


@pytest.mark.django_db(transaction=True)
def test_a_run_that_somebody_else_grades_is_left_alone() -> None:
    run = make_graded_run(always_a)
    held, done = Event(), Event()

    def somebody_grades() -> None:
        try:
            with lock_if_free(LockSpace.INGEST, run.pk):
                held.set()
                done.wait(timeout=30)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as threads:
        other = threads.submit(somebody_grades)
        assert held.wait(timeout=30)
        with pytest.raises(RegradeRefused, match="another process"):
            again(run)
        done.set()
        other.result()
    assert not again(run).changed


def test_an_interruption_leaves_the_run_as_it_was(
    stricter: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = run_of_old_grader()
    before = everything_of(run)

    def killed(*_args: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(regrade_module, "_write_event", killed)
        with pytest.raises(KeyboardInterrupt):
            again(run)

    assert everything_of(run) == before
    assert again(run).changed


def test_the_number_of_queries_does_not_grow_with_the_items(stricter: None) -> None:
    counts = []
    for questions in (2, 8):
        run = run_of_old_grader(data=small_set(questions=questions))
        with CaptureQueriesContext(connection) as queries:
            again(run)
        counts.append(len(queries))
    assert counts[0] == counts[1]
