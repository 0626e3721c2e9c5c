"""Cancelling and retrying, and that an attempt fences what an older one still reports."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction
from pytest_django import DjangoCaptureOnCommitCallbacks

from evaluator.errors import FailureCode
from evaluator.messages import ReportKind, Stage, cancel_key
from evaluator.spec import EvaluationSpec
from leaderboard.core.redis import client
from leaderboard.runs.models import Run, TransitionRefused
from leaderboard.runs.services import apply_report, cancel, retry
from leaderboard.runs.specs import message_for
from leaderboard.runs.states import RETRYABLE, RunState
from tests.factories import break_down, generate, make_run, make_submission, report_of, start

pytestmark = pytest.mark.django_db

BOTH = ["mmbench_en_dev", "mmbench_cn_dev"]
ACTIVE = [RunState.QUEUED, RunState.STARTING, RunState.EVALUATING, RunState.SCORING]
FINISHED = [s for s in RunState if s not in ACTIVE]


def key_is_set(run: Run, attempt: int = 1) -> bool:
    return bool(client().exists(cancel_key(str(run.submission.public_id), attempt)))


@pytest.mark.parametrize("state", ACTIVE)
def test_an_active_run_is_cancelled_at_once_and_its_worker_told(
    state: RunState, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    run = make_run(state)
    actor = run.submission.submitter

    with django_capture_on_commit_callbacks(execute=True):
        cancel(run, actor, "wrong model")

    run.refresh_from_db()
    assert run.state == RunState.CANCELLED
    assert run.finished_at is not None
    event = run.events.last()
    assert event is not None
    assert (event.actor, event.reason) == (actor, "wrong model")
    assert key_is_set(run)


@pytest.mark.parametrize("state", FINISHED)
def test_cancel_after_finish_is_refused(state: RunState) -> None:
    run = make_run(state)

    with pytest.raises(TransitionRefused):
        cancel(run, run.submission.submitter)

    assert Run.objects.get(pk=run.pk).state == state


def test_what_the_worker_of_a_cancelled_run_still_reports_is_ignored() -> None:
    run = make_run(RunState.EVALUATING)
    cancel(run, run.submission.submitter)
    events = run.events.count()

    generate(run)
    break_down(run)
    apply_report(report_of(run, ReportKind.CANCELLED))

    run.refresh_from_db()
    assert run.state == RunState.CANCELLED
    assert run.failure_code == ""
    assert run.events.count() == events


def test_the_other_runs_go_on_when_one_is_cancelled(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    submission = make_submission(benchmarks=BOTH)
    first, second = submission.runs.order_by("id")
    start(first)

    with django_capture_on_commit_callbacks(execute=True):
        cancel(first, submission.submitter)
    assert not key_is_set(first), "the attempt has work left"
    assert Run.objects.get(pk=second.pk).state == RunState.STARTING

    with django_capture_on_commit_callbacks(execute=True):
        cancel(second, submission.submitter)
    assert key_is_set(first), "nothing of the attempt is left to do"


def test_a_submission_is_cancelled_with_all_that_is_active_of_it() -> None:
    submission = make_submission(benchmarks=BOTH)
    first, second = submission.runs.order_by("id")
    break_down(first)

    cancelled = cancel(submission, submission.submitter)

    assert cancelled == [second]
    assert {r.state for r in submission.runs.all()} == {RunState.FAILED, RunState.CANCELLED}
    with pytest.raises(TransitionRefused):
        cancel(submission, submission.submitter)


@pytest.mark.django_db(transaction=True)
def test_a_run_whose_scoring_ends_meanwhile_does_not_keep_the_others_from_being_cancelled() -> None:
    submission = make_submission(benchmarks=BOTH)
    scored, waiting = submission.runs.order_by("id")
    Run.objects.transition(scored, RunState.SCORING)

    def cancel_elsewhere() -> list[Run]:
        try:
            return cancel(submission, submission.submitter)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as thread:
        with transaction.atomic():
            Run.objects.transition(scored, RunState.REVIEW)
            cancelling = thread.submit(cancel_elsewhere)
            wait_for_a_blocked_session()
        assert cancelling.result(timeout=20) == [waiting]

    assert [r.state for r in submission.runs.order_by("id")] == ["review", "cancelled"]


def wait_for_a_blocked_session() -> None:
    """Return once another session waits for a lock that this one holds."""
    deadline = time.monotonic() + 20
    with connection.cursor() as cursor:
        while time.monotonic() < deadline:
            cursor.execute(
                "SELECT 1 FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
            )
            if cursor.fetchone():
                return
            time.sleep(0.05)
    pytest.fail("nobody waited")


def test_a_retry_is_a_new_attempt_of_the_unsuccessful_runs_only() -> None:
    submission = make_submission(benchmarks=BOTH)
    failed, running = submission.runs.order_by("id")
    start(failed)
    break_down(failed)
    submission.sent_at = submission.created_at
    submission.save(update_fields=["sent_at"])

    assert retry(submission, submission.submitter) == [failed]

    failed.refresh_from_db()
    running.refresh_from_db()
    submission.refresh_from_db()
    assert (failed.state, failed.attempt) == (RunState.QUEUED, 2)
    assert (failed.failure_code, failed.failure_detail, failed.log_tail) == ("", "", "")
    assert (running.state, running.attempt) == (RunState.STARTING, 1)
    assert submission.attempt == 2
    assert submission.sent_at is None
    spec = EvaluationSpec.from_json(message_for(submission, [failed]))
    assert (spec.attempt, [b.run for b in spec.benchmarks]) == (2, [str(failed.public_id)])


def test_the_running_rest_of_the_old_attempt_is_still_heard_after_a_retry() -> None:
    submission = make_submission(benchmarks=BOTH)
    failed, running = submission.runs.select_related("submission").order_by("id")
    start(failed)
    break_down(failed)
    retry(submission, submission.submitter)

    generate(running)

    assert Run.objects.get(pk=running.pk).state == RunState.EVALUATING


def test_what_an_older_attempt_still_reports_is_ignored() -> None:
    run = make_run(RunState.FAILED)
    retry(run.submission, run.submission.submitter)
    late = {"attempt": 1, "run": str(run.public_id)}

    apply_report(report_of(run, ReportKind.STARTED, attempt=1, facts={"worker": "zombie"}))
    apply_report(report_of(run, ReportKind.STAGE, stage=Stage.GENERATING, **late))
    apply_report(report_of(run, ReportKind.FAILED, code=FailureCode.INTERNAL, **late))
    apply_report(report_of(run, ReportKind.CANCELLED, attempt=1))
    apply_report(report_of(run, ReportKind.FINISHED, attempt=1))

    run.refresh_from_db()
    assert (run.state, run.attempt, run.worker) == (RunState.QUEUED, 2, "")


@pytest.mark.parametrize("state", [s for s in RunState if s not in RETRYABLE])
def test_a_run_that_did_not_fail_is_not_retried(state: RunState) -> None:
    run = make_run(state)

    with pytest.raises(TransitionRefused):
        retry(run.submission, run.submission.submitter)

    run.refresh_from_db()
    assert (run.state, run.attempt) == (state, 1)


def test_a_person_may_retry_beyond_the_automatic_attempts() -> None:
    run = make_run(RunState.FAILED)

    for attempt in range(2, 7):
        retry(run.submission, run.submission.submitter)
        run.refresh_from_db()
        assert run.attempt == attempt
        run.submission.refresh_from_db()
        break_down(run)


def test_queued_runs_whose_message_never_left_join_the_retry() -> None:
    submission = make_submission(benchmarks=BOTH)
    first = submission.runs.earliest("id")
    cancel(first, submission.submitter)
    assert submission.sent_at is None

    retry(submission, submission.submitter)

    assert {r.attempt for r in submission.runs.all()} == {2}
    assert {r.state for r in submission.runs.all()} == {RunState.QUEUED}
