"""Deliveries that come twice, late, at once, or while something is away."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier, Event
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from evaluator.errors import EvaluationError, FailureCode
from leaderboard.core.locks import LockSpace, lock_if_free
from leaderboard.results import ingest as ingest_module
from leaderboard.results.ingest import ingest, ingest_again
from leaderboard.results.models import Response as ResponseRow
from leaderboard.runs.models import Run, TransitionRefused
from leaderboard.runs.reaper import SCORING_TIMEOUT, Reaped
from leaderboard.runs.services import cancel, reap, retry
from leaderboard.runs.states import GRADED, RunState
from tests.factories import deliver, make_run
from tests.results.stored import nothing_is_stored_of
from tests.small_set import always_a, small_set

pytestmark = pytest.mark.django_db

ITEMS = small_set().items


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

    def one_delivery(_number: int) -> None:
        try:
            together.wait(timeout=20)
            mine = Run.objects.select_related("benchmark", "submission").get(pk=run.pk)
            ingest(mine, **told)
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as threads:
        list(threads.map(one_delivery, range(3)))

    run.refresh_from_db()
    assert run.state == RunState.REVIEW
    assert ResponseRow.objects.of_run(run).count() == 32
    assert run.events.filter(to_state=RunState.SCORING).count() == 1
    assert run.events.filter(to_state=RunState.REVIEW).count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_run_that_is_being_scored_is_left_alone_by_others_and_by_the_reaper() -> None:
    run = make_run(RunState.SCORING)
    told = {
        "artifact": run.artifact,
        "sha256": run.artifact_sha256,
        "items_artifact": run.items_artifact,
        "attempt": 1,
    }
    held, done = Event(), Event()

    def somebody_scores() -> None:
        try:
            with lock_if_free(LockSpace.INGEST, run.pk) as free:
                assert free
                held.set()
                done.wait(timeout=30)
        finally:
            connection.close()

    late = timezone.now() + 2 * SCORING_TIMEOUT
    with ThreadPoolExecutor(1) as threads:
        scoring = threads.submit(somebody_scores)
        assert held.wait(timeout=30)
        assert ingest(run, **told).state == RunState.SCORING
        assert reap(late) == Reaped()
        done.set()
        scoring.result()

    assert reap(late).redelivered == (run,)
    assert ingest(run, **told).state == RunState.REVIEW


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
