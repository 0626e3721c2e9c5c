"""Deliveries that cannot be used fail the run with a code and leave nothing behind."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from evaluator.benchmarks import get_benchmark
from evaluator.errors import FailureCode
from evaluator.records import Graded, Response
from leaderboard.core.artifacts import store
from leaderboard.results.ingest import ingest, ingest_again
from leaderboard.results.signals import run_graded
from leaderboard.runs.models import Run
from leaderboard.runs.states import RunState
from tests.factories import deliver, make_run
from tests.results.stored import failed_with, headline
from tests.small_set import respond, small_set

pytestmark = pytest.mark.django_db

ITEMS = small_set().items


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
