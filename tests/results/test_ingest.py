"""Ingest: a delivery becomes verdicts, scores and a state, in one transaction and once."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from evaluator.benchmarks import get_benchmark
from evaluator.errors import EvaluationError, FailureCode
from evaluator.records import Graded, Item, Response, Verdict
from leaderboard.catalog.models import DatasetVersion
from leaderboard.core.artifacts import store
from leaderboard.results import ingest as ingest_module
from leaderboard.results.ingest import ingest, ingest_again
from leaderboard.results.models import Response as ResponseRow
from leaderboard.results.models import Score
from leaderboard.results.signals import run_graded
from leaderboard.runs.models import Run, TransitionRefused
from leaderboard.runs.services import cancel, retry
from leaderboard.runs.states import GRADED, RunState
from tests.factories import deliver, make_graded_run, make_run
from tests.small_set import always_a, knows_first, respond, right, small_set

pytestmark = pytest.mark.django_db

ITEMS = small_set().items


def headline(run: Run) -> Score:
    found = Score.objects.headline(run)
    assert found is not None
    return found


def nothing_is_stored_of(run: Run) -> bool:
    return not (ResponseRow.objects.of_run(run).exists() or Score.objects.filter(run=run).exists())


# --- What comes out -------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [RunState.QUEUED, RunState.STARTING, RunState.EVALUATING])
def test_a_delivery_moves_the_run_to_review_with_everything(state: RunState) -> None:
    run = make_run(state)

    run = ingest(run, **deliver(run, knows_first(3)).arguments())

    assert run.state == RunState.REVIEW
    assert run.dataset == DatasetVersion.objects.get()
    assert run.protocol == run.benchmark.protocol
    assert run.blockers == []
    assert run.publishable
    assert run.finished_at is not None
    assert run.counts == {
        "items": 32,
        "responses": 32,
        "missing": 0,
        "correct": 12,
        "incorrect": 20,
        "unparsed": 0,
        "errored": 0,
    }
    assert run.manifest["run"] == str(run.public_id)
    assert run.manifest["serving"]["ttft_ms_p50"] == 41.0
    assert [e.to_state for e in run.events.order_by("-id")[:2]] == ["review", "scoring"]


def test_the_scores_are_what_the_declaration_computes() -> None:
    run = make_graded_run(knows_first(3))
    declaration = get_benchmark(run.benchmark.slug)
    answer = knows_first(3)

    graded = [(i, declaration.grade(i, respond(i, answer(i)))) for i in ITEMS]

    expected = {(s.axis, s.dimension, s.metric): s for s in declaration.score(graded)}
    rows = {(s.axis, s.dimension, s.metric): s for s in Score.objects.filter(run=run)}
    assert rows.keys() == expected.keys()
    for key, row in rows.items():
        score = expected[key]
        assert (row.value, row.correct, row.total, row.low, row.high) == (
            score.value,
            score.correct,
            score.total,
            score.low,
            score.high,
        )
    assert (headline(run).correct, headline(run).total) == (3, 8)


def test_every_response_is_stored_with_its_verdict_and_timings() -> None:
    run = make_graded_run(knows_first(3))

    rows = list(ResponseRow.objects.of_run(run).for_samples())

    assert [row.item.key for row in rows] == [item.key for item in ITEMS]
    first = rows[0]
    assert (first.verdict, first.points, first.text) == ("correct", 1.0, right(ITEMS[0]))
    assert (first.parsed, first.error, first.finish_reason) == (right(ITEMS[0]), None, "stop")
    assert (first.ttft_ms, first.latency_ms) == (40.0, 90.0)
    assert (first.prompt_tokens, first.completion_tokens, first.retries) == (120, 2, 0)


def test_texts_that_the_database_refuses_are_stored_all_the_same() -> None:
    run = make_run(RunState.EVALUATING)
    odd = Response(ITEMS[0].key, 0, text="A\x00 \ud83d\\N\t\nend", finish_reason="x" * 50)
    rest = [respond(item, right(item)) for item in ITEMS[1:]]

    ingest(run, **deliver(run, responses=[odd, *rest]).arguments())

    row = ResponseRow.objects.of_run(run).get(item__key=ITEMS[0].key)
    assert row.text == "A\ufffd \ufffd\\N\t\nend"
    assert row.finish_reason == "x" * 20


def test_listeners_hear_of_the_graded_run_inside_the_transaction() -> None:
    heard: list[tuple[str, int, bool]] = []

    def listen(run: Run, **_extra: Any) -> None:
        heard.append((run.state, run.scores.count(), connection.in_atomic_block))

    run_graded.connect(listen)
    try:
        run = make_graded_run()
    finally:
        run_graded.disconnect(listen)

    assert heard == [(RunState.REVIEW, run.scores.count(), True)]
    assert run.scores.count() > 0


# --- What stands against publishing ---------------------------------------------------------------


def blocker_codes(run: Run) -> list[str]:
    return [blocker["code"] for blocker in run.blockers]


def test_a_run_with_missing_items_is_graded_and_not_publishable() -> None:
    run = make_run(RunState.EVALUATING)
    answered = [respond(item, right(item)) for item in ITEMS[:-2]]

    run = ingest(run, **deliver(run, responses=answered).arguments())

    assert run.state == RunState.REVIEW
    assert not run.publishable
    assert blocker_codes(run) == ["missing_items"]
    assert "2 of 32" in run.blockers[0]["detail"]
    assert run.counts["missing"] == 2


def test_more_failed_requests_than_allowed_stand_against_publishing(settings: Settings) -> None:
    settings.MAX_ERRORED_SHARE = 1 / 32
    at_the_limit, above = ITEMS[:1], ITEMS[:2]

    def failing(items: list[Item]) -> Run:
        keys = {item.key for item in items}
        return make_graded_run(lambda item: None if item.key in keys else right(item))

    assert blocker_codes(failing(at_the_limit)) == []
    run = failing(above)
    assert blocker_codes(run) == ["errored_share"]
    assert "2 of 32" in run.blockers[0]["detail"]
    assert run.counts["errored"] == 2


def test_failed_requests_are_no_wrong_answers() -> None:
    run = make_graded_run(lambda item: None if item.key == ITEMS[0].key else right(item))

    row = ResponseRow.objects.of_run(run).get(item__key=ITEMS[0].key)
    assert (row.verdict, row.error, row.text) == (Verdict.ERRORED, "HTTP 500", "")
    assert row.ttft_ms is None
    assert run.counts["incorrect"] == 0


def test_a_run_where_every_request_failed_has_no_score_and_no_zero() -> None:
    run = make_graded_run(lambda _item: None)

    assert run.state == RunState.REVIEW
    assert headline(run).value is None
    assert "errored_share" in blocker_codes(run)


def test_a_limited_run_is_graded_and_never_publishable() -> None:
    run = make_run(RunState.EVALUATING, limit=8)
    answered = [respond(item, right(item)) for item in ITEMS[:8]]

    run = ingest(run, **deliver(run, responses=answered).arguments())

    assert run.state == RunState.REVIEW
    assert blocker_codes(run) == ["limited"]
    assert (run.counts["items"], run.counts["missing"]) == (8, 0)


def test_a_limited_run_may_miss_items_too() -> None:
    run = make_run(RunState.EVALUATING, limit=8)
    answered = [respond(item, right(item)) for item in ITEMS[:7]]

    run = ingest(run, **deliver(run, responses=answered).arguments())

    assert blocker_codes(run) == ["limited", "missing_items"]


# --- Deliveries that cannot be used ---------------------------------------------------------------


def failed_with(run: Run, code: FailureCode) -> str:
    """Check that the run failed with this code and left nothing; return the detail."""
    run.refresh_from_db()
    assert (run.state, run.failure_code) == (RunState.FAILED, code)
    assert nothing_is_stored_of(run)
    return run.failure_detail


def test_a_bundle_with_another_hash_is_refused() -> None:
    run = make_run(RunState.EVALUATING)
    told = deliver(run).arguments() | {"sha256": "0" * 64}

    ingest(run, **told)

    assert "0000000000" in failed_with(run, FailureCode.BUNDLE_CORRUPT)


def test_a_file_that_is_no_archive_is_refused() -> None:
    run = make_run(RunState.EVALUATING)
    told = deliver(run).arguments()
    store().put_bytes(b"not a zip", "bundles/torn.zip")
    sha256 = hashlib.sha256(b"not a zip").hexdigest()

    ingest(run, **told | {"artifact": "bundles/torn.zip", "sha256": sha256})

    failed_with(run, FailureCode.BUNDLE_CORRUPT)


@pytest.mark.parametrize("key", ["../../etc/passwd", "/etc/passwd", "bundles/../../x", ""])
def test_a_reported_path_that_leads_out_of_the_store_is_refused(key: str) -> None:
    run = make_run(RunState.EVALUATING)

    ingest(run, **deliver(run).arguments() | {"artifact": key})

    failed_with(run, FailureCode.BUNDLE_CORRUPT)


@pytest.mark.parametrize(
    "told",
    [
        {"run": "00000000-0000-0000-0000-000000000000"},
        {"submission": "00000000-0000-0000-0000-000000000000"},
        {"benchmark": "mmbench_cn_dev"},
        {"attempt": 7},
    ],
    ids=lambda told: next(iter(told)),
)
def test_a_bundle_of_another_run_is_refused(told: dict[str, Any]) -> None:
    run = make_run(RunState.EVALUATING)

    ingest(run, **deliver(run, **told).arguments())

    assert next(iter(told)) in failed_with(run, FailureCode.BUNDLE_CORRUPT)


def test_an_answer_to_an_unknown_item_is_refused() -> None:
    run = make_run(RunState.EVALUATING)
    odd = Response("no-such-item", 99, text="A")

    ingest(run, **deliver(run, responses=[respond(i, "A") for i in ITEMS] + [odd]).arguments())

    assert "no-such-item" in failed_with(run, FailureCode.BUNDLE_CORRUPT)


def test_two_answers_to_one_item_are_refused() -> None:
    run = make_run(RunState.EVALUATING)
    answers = [respond(item, "A") for item in [*ITEMS, ITEMS[3]]]

    ingest(run, **deliver(run, responses=answers).arguments())

    assert ITEMS[3].key in failed_with(run, FailureCode.BUNDLE_CORRUPT)


def test_a_bundle_without_a_response_is_refused() -> None:
    run = make_run(RunState.EVALUATING)

    ingest(run, **deliver(run, responses=[]).arguments())

    failed_with(run, FailureCode.BUNDLE_INCOMPLETE)


def test_a_grader_that_breaks_fails_the_run_and_keeps_the_bundle(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = make_run(RunState.EVALUATING)
    told = deliver(run)
    declaration = type(get_benchmark(run.benchmark.slug))

    def broken(*_args: Any) -> Graded:
        raise ZeroDivisionError("secret of the grader")

    with monkeypatch.context() as broke:
        broke.setattr(declaration, "grade", broken)
        ingest(run, **told.arguments())

    assert failed_with(run, FailureCode.GRADING_FAILED) == "ZeroDivisionError"
    assert run.artifact == told.artifact
    assert store().exists(told.artifact)

    assert ingest_again(run, None).state == RunState.REVIEW, "once the grader is mended"
    assert run.failure_code == ""
    assert headline(run).value == 1.0


def test_a_listener_that_breaks_leaves_nothing_behind() -> None:
    run = make_run(RunState.EVALUATING)

    def break_down(**_extra: Any) -> None:
        raise ZeroDivisionError

    run_graded.connect(break_down)
    try:
        ingest(run, **deliver(run).arguments())
    finally:
        run_graded.disconnect(break_down)

    failed_with(run, FailureCode.GRADING_FAILED)


def test_the_command_ingests_a_kept_bundle_again() -> None:
    run = make_run(RunState.SCORING)
    Run.objects.transition(run, RunState.FAILED, failure_code="grading_failed")

    call_command("ingest_again", str(run.public_id))

    assert Run.objects.get(pk=run.pk).state == RunState.REVIEW


@pytest.mark.parametrize("state", [RunState.FAILED, RunState.QUEUED, RunState.PUBLISHED])
def test_the_command_refuses_a_run_without_a_failed_bundle(state: RunState) -> None:
    run = make_run(state)

    with pytest.raises(CommandError):
        call_command("ingest_again", str(run.public_id))

    assert Run.objects.get(pk=run.pk).state == state


# --- Again, late, and at once ---------------------------------------------------------------------


@pytest.mark.parametrize("state", sorted(GRADED))
def test_a_second_delivery_changes_nothing(state: RunState) -> None:
    run = make_run(state)
    before = Run.objects.filter(pk=run.pk).values().get()
    events = run.events.count()

    ingest(run, **deliver(run, always_a).arguments())

    assert Run.objects.filter(pk=run.pk).values().get() == before
    assert run.events.count() == events
    assert ResponseRow.objects.of_run(run).count() == 32


def test_a_delivery_of_an_old_attempt_is_refused() -> None:
    run = make_run(RunState.EVALUATING)
    old = deliver(run)
    cancel(run, run.submission.submitter)
    retry(run.submission, run.submission.submitter)

    ingest(run, **old.arguments())

    run.refresh_from_db()
    assert (run.state, run.attempt, run.artifact) == (RunState.QUEUED, 2, "")
    assert nothing_is_stored_of(run)


@pytest.mark.parametrize("state", [RunState.FAILED, RunState.CANCELLED])
def test_a_delivery_of_a_run_that_ended_otherwise_is_refused(state: RunState) -> None:
    run = make_run(state)

    ingest(run, **deliver(run).arguments())

    assert Run.objects.get(pk=run.pk).state == state
    assert nothing_is_stored_of(run)


def test_while_one_delivery_is_scored_another_one_is_refused() -> None:
    run = make_run(RunState.SCORING)

    ingest(run, **deliver(run, always_a).arguments())

    run.refresh_from_db()
    assert run.state == RunState.SCORING
    assert nothing_is_stored_of(run)


def test_scoring_goes_on_after_a_site_worker_died_in_it() -> None:
    run = make_run(RunState.SCORING)
    told = {
        "artifact": run.artifact,
        "sha256": run.artifact_sha256,
        "items_artifact": run.items_artifact,
    }

    assert ingest(run, **told, attempt=1).state == RunState.REVIEW


def test_a_run_cancelled_while_it_is_graded_keeps_no_result(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = make_run(RunState.EVALUATING)
    real = ingest_module.copy_responses

    def cancelled_meanwhile(*args: Any) -> None:
        real(*args)
        Run.objects.filter(pk=run.pk).update(state=RunState.CANCELLED)

    monkeypatch.setattr(ingest_module, "copy_responses", cancelled_meanwhile)
    ingest(run, **deliver(run).arguments())

    assert nothing_is_stored_of(run)
    assert run.state != RunState.REVIEW


@pytest.mark.django_db(transaction=True)
def test_of_deliveries_at_once_one_is_stored() -> None:
    run = make_run(RunState.EVALUATING)
    told = deliver(run).arguments()
    together = Barrier(3)

    def one_delivery(_number: int) -> str:
        try:
            together.wait(timeout=20)
            mine = Run.objects.select_related("benchmark", "submission").get(pk=run.pk)
            return ingest(mine, **told).state
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as threads:
        states = set(threads.map(one_delivery, range(3)))

    assert states == {RunState.REVIEW}
    assert ResponseRow.objects.of_run(run).count() == 32
    assert run.events.filter(to_state=RunState.REVIEW).count() == 1
    assert Score.objects.filter(run=run).count() == make_graded_run().scores.count()


def test_when_the_store_is_away_the_run_waits_in_scoring(
    settings: Settings, tmp_path: Path
) -> None:
    run = make_run(RunState.EVALUATING)
    told = deliver(run).arguments()
    there = django_settings.ARTIFACTS_URL
    settings.ARTIFACTS_URL = str(tmp_path / "elsewhere")

    with pytest.raises(EvaluationError) as away:
        ingest(run, **told)

    assert away.value.code is FailureCode.ARTIFACTS_UNAVAILABLE
    assert Run.objects.get(pk=run.pk).state == RunState.SCORING
    settings.ARTIFACTS_URL = there
    assert ingest(run, **told).state == RunState.REVIEW


def test_when_the_database_fails_in_the_middle_the_run_waits_in_scoring(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = make_run(RunState.EVALUATING)
    told = deliver(run).arguments()

    def away(*_args: Any) -> None:
        raise OperationalError("the connection is closed")

    with monkeypatch.context() as broke:
        broke.setattr(ingest_module, "copy_responses", away)
        with pytest.raises(OperationalError):
            ingest(run, **told)

    assert Run.objects.get(pk=run.pk).state == RunState.SCORING
    assert ingest(run, **told).state == RunState.REVIEW


def test_the_number_of_queries_does_not_grow_with_the_items() -> None:
    small, large = small_set(questions=2), small_set(questions=8)
    counts = []
    for data in (small, large):
        make_ready = make_run(RunState.EVALUATING)
        ingest(make_ready, **deliver(make_ready, data=data).arguments())  # The items are known now.
        run = make_run(RunState.EVALUATING)
        told = deliver(run, data=data).arguments()
        with CaptureQueriesContext(connection) as queries:
            ingest(run, **told)
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_ingest_again_is_refused_after_a_retry() -> None:
    run = make_run(RunState.SCORING)
    Run.objects.transition(run, RunState.FAILED, failure_code="grading_failed")
    retry(run.submission, None)
    run.refresh_from_db()

    with pytest.raises(TransitionRefused):
        ingest_again(run, None)
