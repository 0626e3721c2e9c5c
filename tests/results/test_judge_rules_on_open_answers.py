"""Ingest with a judge: it is asked what the rules leave open, once, and its failures count as its own."""

from __future__ import annotations

from typing import Any

import pytest
from pytest_django import Settings

from evaluator.benchmarks import get_benchmark
from evaluator.records import Item, Verdict
from leaderboard.catalog.models import Benchmark
from leaderboard.catalog.sync import sync_benchmarks
from leaderboard.results import judging as judging_module
from leaderboard.results.ingest import ingest
from leaderboard.results.judge_client import GIVE_UP_AFTER
from leaderboard.results.models import JudgeRuling, Score
from leaderboard.results.models import Response as ResponseRow
from leaderboard.review.models import Check
from leaderboard.runs.models import Run
from leaderboard.runs.services import cancel
from leaderboard.runs.states import RunState
from tests.factories import deliver, make_graded_run, make_run
from tests.results.judge_site import (
    KEY,
    MODEL,
    cryptic,
    cryptic_on_first,
    judge,
    use_judge,
    without_waiting,
)
from tests.results.stored import headline
from tests.small_set import BENCHMARK, right

pytestmark = pytest.mark.django_db

PROTOCOL = get_benchmark(BENCHMARK).protocol
JUDGED_PROTOCOL = f"{PROTOCOL}+judge:{MODEL}@{get_benchmark(BENCHMARK).judge_prompt_version}"


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    without_waiting(monkeypatch)


def verdicts(run: Run) -> dict[str, int]:
    return {verdict: run.counts[verdict] for verdict in Verdict if run.counts[verdict]}


def rate(run: Run, metric: str) -> Score:
    return Score.objects.get(run=run, protocol=run.protocol, axis="overall", metric=metric)


def test_without_a_judge_an_open_answer_is_unparsed() -> None:
    run = make_graded_run(cryptic_on_first)
    assert verdicts(run) == {"correct": 28, "unparsed": 4}
    assert run.protocol == PROTOCOL


def test_open_answers_are_judged_and_no_others(settings: Settings) -> None:
    with judge(settings) as server:
        run = make_graded_run(cryptic_on_first)

    assert verdicts(run) == {"correct": 32}
    assert headline(run).value == 1.0
    assert len(server.received) == 4
    assert all("letter number" in request.text for request in server.received)
    assert {request.body["temperature"] for request in server.received} == {0}
    assert (rate(run, "judged").correct, rate(run, "unjudged").correct) == (4, 0)


def test_the_protocol_names_the_judge_on_the_run_and_its_scores(settings: Settings) -> None:
    with judge(settings):
        run = make_graded_run()

    assert run.protocol == JUDGED_PROTOCOL
    assert set(run.scores.values_list("protocol", flat=True)) == {JUDGED_PROTOCOL}


def test_boards_of_a_site_with_a_judge_are_those_of_its_protocol(settings: Settings) -> None:
    sync_benchmarks()
    use_judge(settings, "http://127.0.0.1:1/v1")
    sync_benchmarks()
    assert Benchmark.objects.get(slug=BENCHMARK).protocol == JUDGED_PROTOCOL


def test_a_ruling_is_stored_with_its_prompt_and_reply(settings: Settings) -> None:
    with judge(settings) as server:
        run = make_graded_run(cryptic_on_first)

    row = ResponseRow.objects.of_run(run).get(item__key="0")
    ruling = JudgeRuling.objects.get(item=row.item_id)
    assert ruling.prompt in [request.text for request in server.received]
    assert (ruling.judge, ruling.reply, ruling.outcome, ruling.error) == (
        MODEL,
        row.parsed,
        row.parsed,
        "",
    )
    assert (row.verdict, row.how) == ("correct", "judge")
    assert row.notes["ruling"]["judge"] == MODEL


def test_what_was_ruled_on_before_is_not_asked_again(settings: Settings) -> None:
    with judge(settings) as server:
        first = make_graded_run(cryptic_on_first)
        asked = len(server.received)
        second = make_graded_run(cryptic_on_first)

    assert len(server.received) == asked
    assert verdicts(second) == verdicts(first)


@pytest.mark.parametrize("change", ["answer", "judge", "prompt"])
def test_another_answer_judge_or_prompt_is_another_question(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    with judge(settings) as server:
        make_graded_run(cryptic_on_first)
        answer = cryptic_on_first
        match change:
            case "answer":
                answer = lambda item: cryptic_on_first(item) + " Yes."  # noqa: E731
            case "judge":
                server.model = settings.JUDGE_MODEL = "another-umpire"
            case "prompt":
                declared = type(get_benchmark(BENCHMARK))
                monkeypatch.setattr(declared, "judge_prompt_version", "choice-x")
        asked = len(server.received)
        make_graded_run(answer)

    assert len(server.received) > asked


def test_a_judge_may_rule_on_everything_and_the_protocol_says_so(settings: Settings) -> None:
    with judge(settings) as server:
        settings.JUDGE_EVERYTHING = [BENCHMARK]
        run = make_graded_run(lambda item: None if item.position == 0 else cryptic(item))
        plain = make_graded_run(right)

    assert "+judge-all:" in run.protocol
    assert verdicts(run) == {"errored": 1, "correct": 31}
    assert len(server.received) == 31 + 32
    # This judge finds no choice in a bare letter: what the rules would read does not count.
    assert verdicts(plain) == {"unparsed": 32}


@pytest.mark.parametrize("chosen", [["mmbench_cn_dev"], ["no_such_benchmark"]])
def test_a_benchmark_that_the_judge_is_not_for_keeps_its_rules(
    settings: Settings, chosen: list[str]
) -> None:
    with judge(settings) as server:
        settings.JUDGE_BENCHMARKS = chosen
        run = make_graded_run(cryptic_on_first)

    assert server.received == []
    assert run.protocol == PROTOCOL


# --- Failures -------------------------------------------------------------------------------------


def test_a_judge_that_says_nothing_usable_leaves_answers_unjudged(settings: Settings) -> None:
    with judge(settings, answer=lambda _prompt: "Hard to say, really."):
        run = make_graded_run(cryptic_on_first)

    assert verdicts(run) == {"correct": 28, "unjudged": 4}
    assert (rate(run, "unjudged").correct, rate(run, "unjudged").total) == (4, 32)
    row = ResponseRow.objects.of_run(run).get(item__key="0")
    assert (row.verdict, row.points, row.notes["ruling"]["error"]) == ("unjudged", 0, "no_ruling")
    assert set(JudgeRuling.objects.values_list("outcome", flat=True)) == {None}


def test_a_failure_is_asked_again_and_replaced(settings: Settings) -> None:
    with judge(settings, answer=lambda _prompt: "Hard to say, really.") as server:
        make_graded_run(cryptic_on_first)
        server.answer = lambda _prompt: "B"
        asked = len(server.received)
        make_graded_run(cryptic_on_first)

    assert len(server.received) == 2 * asked
    assert JudgeRuling.objects.count() == asked
    assert set(JudgeRuling.objects.values_list("outcome", "error")) == {("B", "")}


def test_a_judge_that_cannot_be_reached_stops_no_run(settings: Settings) -> None:
    use_judge(settings, "http://127.0.0.1:1/v1", JUDGE_CONCURRENCY=1)
    run = make_graded_run(cryptic)

    assert (run.state, verdicts(run)) == (RunState.REVIEW, {"unjudged": 32})
    assert headline(run).value is None
    assert [b["code"] for b in run.blockers] == ["unjudged_share"]
    # After some failures in a row it is left alone.
    assert JudgeRuling.objects.count() == GIVE_UP_AFTER
    assert not run.publishable


def test_more_unjudged_answers_than_allowed_stand_against_publishing(settings: Settings) -> None:
    def failing(_prompt: str) -> str:
        return "Hard to say, really."

    with judge(settings, answer=failing):
        settings.MAX_UNJUDGED_SHARE = 4 / 32
        at_the_limit = make_graded_run(cryptic_on_first)
        settings.MAX_UNJUDGED_SHARE = 3 / 32
        above = make_graded_run(cryptic_on_first)

    def finding(run: Run) -> str:
        return str(run.checks.get(code=Check.Code.UNJUDGED).status)

    assert (at_the_limit.blockers, finding(at_the_limit)) == ([], "pass")
    assert [b["code"] for b in above.blockers] == ["unjudged_share"]
    assert finding(above) == "fail"


def test_rulings_survive_a_kill_in_the_middle(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[int] = []
    real = type(JudgeRuling.objects).keep

    def killed(self: Any, ruling: JudgeRuling) -> None:
        if len(kept) == 3:
            raise KeyboardInterrupt
        real(self, ruling)
        kept.append(ruling.item_id)

    run = make_run(RunState.EVALUATING)
    told = deliver(run, cryptic).arguments()
    with judge(settings) as server:
        with monkeypatch.context() as dying:
            dying.setattr(type(JudgeRuling.objects), "keep", killed)
            with pytest.raises(KeyboardInterrupt):
                ingest(run, **told)
        assert Run.objects.get(pk=run.pk).state == RunState.SCORING
        assert JudgeRuling.objects.count() == 3
        server.received.clear()
        run = ingest(run, **told)

    assert (run.state, verdicts(run)) == (RunState.REVIEW, {"correct": 32})
    assert len(server.received) == 29


def test_a_run_cancelled_meanwhile_is_judged_no_further(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judging_module, "BATCH", 8)
    run = make_run(RunState.EVALUATING)
    told = deliver(run, cryptic).arguments()

    def cancelling(_prompt: str) -> str:
        return "A"

    real = type(JudgeRuling.objects).keep

    def cancelled(self: Any, ruling: JudgeRuling) -> None:
        real(self, ruling)
        if JudgeRuling.objects.count() == 8:
            cancel(run, run.submission.submitter)

    monkeypatch.setattr(type(JudgeRuling.objects), "keep", cancelled)
    with judge(settings, answer=cancelling) as server:
        ingest(run, **told)

    assert len(server.received) == 8
    assert Run.objects.get(pk=run.pk).state == RunState.CANCELLED


def test_the_key_is_in_nothing_that_is_kept(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    with judge(settings, api_key="another", answer=None), caplog.at_level("DEBUG"):
        run = make_graded_run(cryptic_on_first)

    assert "http_401" in JudgeRuling.objects.first().error
    kept = [*JudgeRuling.objects.values(), *ResponseRow.objects.of_run(run).values(), run.blockers]
    assert KEY not in repr(kept) + caplog.text


def test_odd_characters_reach_the_judge_as_they_are_stored(settings: Settings) -> None:
    def odd(item: Item) -> str:
        return f"\x00\ud83d {cryptic(item)}" if item.position == 0 else right(item)

    with judge(settings) as server:
        first, _second = make_graded_run(odd), make_graded_run(odd)

    assert verdicts(first) == {"correct": 32}
    assert len(server.received) == 1
