"""The task that receives reports: what it drops, what it tries again, and when it gives up."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import pytest
from celery.exceptions import Retry
from pytest_django import Settings

from evaluator.errors import FailureCode
from evaluator.messages import ReportKind, Stage
from leaderboard.results.tasks import MAX_RETRIES, handle_report, parse
from leaderboard.runs.models import Run
from leaderboard.runs.states import RunState
from tests.factories import deliver, make_run, report_of

pytestmark = pytest.mark.django_db

SOME_ID = str(uuid.uuid4())
STARTED = {"kind": "started", "submission": SOME_ID, "attempt": 1, "at": 1.0}


@pytest.mark.parametrize(
    "payload",
    [
        None,
        [],
        "started",
        {},
        {"kind": "dance"},
        {"kind": "started"},
        STARTED | {"submission": "1 OR 1=1"},
        STARTED | {"submission": 7},
        STARTED | {"attempt": "1"},
        STARTED | {"facts": None},
        STARTED | {"surprise": 1},
        STARTED | {"run": "x"},
        STARTED | {"kind": "bundle"},
        STARTED | {"kind": "bundle", "run": SOME_ID, "artifact": "a", "sha256": "b"},
        STARTED | {"kind": "failed", "code": "no_such_code"},
        STARTED | {"kind": "failed", "log_tail": 7},
        STARTED | {"kind": "failed", "detail": None},
        STARTED | {"kind": "stage", "stage": "dancing"},
    ],
)
def test_what_is_no_report_is_dropped(payload: Any) -> None:
    assert parse(payload) is None
    handle_report.run(payload)


def test_a_report_is_applied() -> None:
    run = make_run()

    handle_report.run(report_of(run, ReportKind.STAGE, stage=Stage.SERVING).to_json())

    assert Run.objects.get(pk=run.pk).state == RunState.STARTING


def test_a_bundle_is_ingested() -> None:
    run = make_run(RunState.EVALUATING)

    handle_report.run(deliver(run).report().to_json())

    assert Run.objects.get(pk=run.pk).state == RunState.REVIEW


def test_the_bundle_of_an_unknown_run_is_dropped() -> None:
    run = make_run(RunState.EVALUATING)
    payload = deliver(run).report().to_json()

    handle_report.run(payload | {"run": SOME_ID})
    handle_report.run(payload | {"submission": SOME_ID})

    assert Run.objects.get(pk=run.pk).state == RunState.EVALUATING


@pytest.fixture
def lost_bundle(settings: Settings, tmp_path: Path) -> Run:
    """A run whose bundle the site cannot find, for its store is elsewhere."""
    run = make_run(RunState.EVALUATING)
    payload = deliver(run).report().to_json()
    settings.ARTIFACTS_URL = str(tmp_path / "elsewhere")
    run.payload = payload  # type: ignore[attr-defined]
    return run


def test_while_the_store_is_away_the_delivery_is_tried_again(lost_bundle: Run) -> None:
    handle_report.push_request(called_directly=False, is_eager=True, retries=0)
    try:
        with pytest.raises(Retry):
            handle_report.run(lost_bundle.payload)  # type: ignore[attr-defined]
    finally:
        handle_report.pop_request()

    assert Run.objects.get(pk=lost_bundle.pk).state == RunState.SCORING


def test_after_the_last_try_the_run_fails_and_says_why(lost_bundle: Run) -> None:
    handle_report.push_request(called_directly=False, is_eager=True, retries=MAX_RETRIES)
    try:
        handle_report.run(lost_bundle.payload)  # type: ignore[attr-defined]
    finally:
        handle_report.pop_request()

    lost_bundle.refresh_from_db()
    assert lost_bundle.state == RunState.FAILED
    assert lost_bundle.failure_code == FailureCode.ARTIFACTS_UNAVAILABLE
    assert "bundles/" in lost_bundle.failure_detail
