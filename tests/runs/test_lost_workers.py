"""The reaper: silent workers, zombies, two reapers at once, and scoring that never ended."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from evaluator.errors import FailureCode
from evaluator.messages import Progress, Stage, cancel_key, progress_key
from leaderboard.celery import app
from leaderboard.core.redis import client
from leaderboard.runs.models import Run, Submission
from leaderboard.runs.reaper import MAX_REDELIVERIES, SCORING_TIMEOUT, Reaped
from leaderboard.runs.services import reap
from leaderboard.runs.states import RunState
from leaderboard.runs.tasks import reap_lost_runs
from tests.factories import generate, make_run, make_submission, start

BOTH = ["mmbench_en_dev", "mmbench_cn_dev"]


def later(seconds: float) -> datetime:
    return timezone.now() + timedelta(seconds=seconds)


def beat(submission: Submission, at: datetime, attempt: int = 1) -> None:
    """Write the heartbeat that a worker writes."""
    progress = Progress(
        at=at.timestamp(), worker="worker-1", stage=Stage.GENERATING, stage_since=at.timestamp()
    )
    client().set(progress_key(str(submission.public_id), attempt), json.dumps(progress.to_json()))


@pytest.mark.django_db
@pytest.mark.parametrize("state", [RunState.STARTING, RunState.EVALUATING])
def test_the_run_of_a_silent_worker_is_failed_and_queued_again(state: RunState) -> None:
    run = make_run(state)
    beat(run.submission, timezone.now())

    reaped = reap(later(61))

    assert reaped.lost == reaped.requeued == (run,)
    run.refresh_from_db()
    assert (run.state, run.attempt) == (RunState.QUEUED, 2)
    story = [(e.to_state, e.reason) for e in run.events.order_by("-id")[:2]]
    assert story == [(RunState.QUEUED, "worker_lost"), (RunState.FAILED, "worker_lost")]


@pytest.mark.django_db
def test_a_worker_that_is_heard_of_keeps_its_run() -> None:
    run = make_run(RunState.EVALUATING)
    beat(run.submission, later(30))

    assert reap(later(89)) == Reaped()
    assert Run.objects.get(pk=run.pk).state == RunState.EVALUATING


@pytest.mark.django_db
def test_a_run_that_changed_lately_is_left_alone_though_nothing_was_heard() -> None:
    run = make_run(RunState.STARTING)

    assert reap(later(59)) == Reaped()
    assert Run.objects.get(pk=run.pk).state == RunState.STARTING


@pytest.mark.django_db
@pytest.mark.parametrize("state", [s for s in RunState if s not in ("starting", "evaluating")])
def test_only_runs_on_a_worker_can_be_lost(state: RunState) -> None:
    run = make_run(state)

    assert reap(later(120)) == Reaped()
    assert Run.objects.get(pk=run.pk).state == state


@pytest.mark.django_db
def test_after_the_last_automatic_attempt_the_run_stays_failed(settings: Settings) -> None:
    settings.MAX_ATTEMPTS = 2
    run = make_run(RunState.STARTING)

    reap(later(61))
    run.submission.refresh_from_db()
    run.refresh_from_db()
    start(run)
    reaped = reap(later(61))

    assert (reaped.lost, reaped.requeued) == ((run,), ())
    run.refresh_from_db()
    assert (run.state, run.attempt) == (RunState.FAILED, 2)
    assert run.failure_code == FailureCode.WORKER_LOST
    assert "worker-1" in run.failure_detail


@pytest.mark.django_db
def test_all_runs_that_a_worker_lost_go_into_one_new_attempt() -> None:
    submission = make_submission(benchmarks=BOTH)
    first, second = submission.runs.select_related("submission").order_by("id")
    start(first)
    generate(first)

    assert reap(later(61)).lost == (first, second)

    assert {(r.state, r.attempt) for r in submission.runs.all()} == {(RunState.QUEUED, 2)}


@pytest.mark.django_db
def test_a_worker_that_was_only_cut_off_is_told_to_stop(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    run = make_run(RunState.EVALUATING)

    with django_capture_on_commit_callbacks(execute=True):
        reap(later(61))

    public_id = str(run.submission.public_id)
    assert client().exists(cancel_key(public_id, 1))
    assert not client().exists(cancel_key(public_id, 2))


def test_a_reaping_that_waited_in_the_queue_is_dropped_before_it_can_overtake_a_delivery() -> None:
    tasks = [entry for entry in app.conf.beat_schedule.values() if "reap" in entry["task"]]

    assert [entry["task"] for entry in tasks] == [reap_lost_runs.name]
    assert 0 < tasks[0]["options"]["expires"] < settings.HEARTBEAT_TIMEOUT_S


@pytest.mark.django_db
def test_while_redis_is_away_no_worker_is_judged(settings: Settings) -> None:
    run = make_run(RunState.EVALUATING)
    settings.REDIS_URL = "redis://127.0.0.1:1/0"

    assert reap(later(300)) == Reaped()
    assert Run.objects.get(pk=run.pk).state == RunState.EVALUATING


@pytest.mark.django_db(transaction=True)
def test_two_reapers_at_once_do_the_work_once() -> None:
    runs = [make_run(RunState.EVALUATING) for _ in range(4)]
    together = Barrier(2)
    now = later(61)

    def one_reaper(_number: int) -> Reaped:
        try:
            together.wait(timeout=20)
            return reap(now)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        first, second = threads.map(one_reaper, range(2))

    assert sorted(r.pk for r in first.lost + second.lost) == sorted(r.pk for r in runs)
    for run in runs:
        run.refresh_from_db()
        assert (run.state, run.attempt) == (RunState.QUEUED, 2)
        assert run.events.filter(to_state=RunState.FAILED).count() == 1


@pytest.mark.django_db
def test_a_delivery_that_was_never_scored_is_sent_again_and_at_last_given_up() -> None:
    run = make_run(RunState.SCORING)
    now = timezone.now()

    for number in range(1, MAX_REDELIVERIES + 1):
        moment = now + number * (SCORING_TIMEOUT + timedelta(seconds=1))
        assert reap(moment).redelivered == (run,)
        # The notes are written by the database's clock; move them to when they would have been written.
        run.events.filter(kind="note").update(at=moment)
        assert reap(moment + timedelta(seconds=15)) == Reaped(), "it gets its time"

    final = now + (MAX_REDELIVERIES + 1) * (SCORING_TIMEOUT + timedelta(seconds=2))
    assert reap(final).lost == (run,)
    run.refresh_from_db()
    assert (run.state, run.failure_code) == (RunState.FAILED, FailureCode.GRADING_FAILED)
