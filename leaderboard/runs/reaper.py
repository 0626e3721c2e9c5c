"""Finding runs that nobody works on any more: a worker that went silent, a scoring that never ended."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from evaluator.errors import FailureCode
from leaderboard.core.locks import LockSpace, is_held_elsewhere
from leaderboard.core.redis import RedisError
from leaderboard.runs.attempts import requeue, stop_attempt_on_commit
from leaderboard.runs.dispatch import send_delivery
from leaderboard.runs.failures import fail
from leaderboard.runs.models import Run, RunEvent, Submission
from leaderboard.runs.progress import heartbeat
from leaderboard.runs.states import RunState

logger = logging.getLogger(__name__)

SCORING_TIMEOUT = timedelta(minutes=5)
"""A run in SCORING that nobody scores for so long gets its delivery sent again. Scoring itself may take longer."""
MAX_REDELIVERIES = 3
REDELIVERED = "delivery sent again"


@dataclass(frozen=True, slots=True)
class Reaped:
    """The runs that were found lost, those of them that were queued again, and deliveries that were sent again."""

    lost: tuple[Run, ...] = ()
    requeued: tuple[Run, ...] = ()
    redelivered: tuple[Run, ...] = ()

    def __add__(self, other: Reaped) -> Reaped:
        return Reaped(
            self.lost + other.lost,
            self.requeued + other.requeued,
            self.redelivered + other.redelivered,
        )


def reap(now: datetime | None = None) -> Reaped:
    """Fail the runs of silent workers as WORKER_LOST, and queue them again up to MAX_ATTEMPTS; revive stuck scoring.

    A worker is silent when neither its heartbeat nor the run's last change is younger than HEARTBEAT_TIMEOUT_S.
    The clocks of site and workers must agree to well within that. Two reapers at once do no harm: a submission
    that another one holds is left to it. While Redis is away nothing is judged.
    """
    now = now or timezone.now()
    reaped = Reaped()
    try:
        for pk in _suspects(now):
            reaped += _reap_submission(pk, now)
    except RedisError as error:
        logger.warning("heartbeats cannot be read, no worker is judged: %s", error)
    for pk in _stuck_in_scoring(now):
        reaped += _revive_scoring(pk, now)
    return reaped


def _silent_since(now: datetime) -> datetime:
    return now - timedelta(seconds=settings.HEARTBEAT_TIMEOUT_S)


def _suspects(now: datetime) -> list[int]:
    """Return the submissions with a run on a worker that has not changed for long: only these need a look."""
    old = Run.objects.on_worker().filter(state_since__lt=_silent_since(now))
    return list(old.order_by("submission").values_list("submission", flat=True).distinct())


@transaction.atomic
def _reap_submission(pk: int, now: datetime) -> Reaped:
    submission = (
        Submission.objects.select_for_update(skip_locked=True, no_key=True).filter(pk=pk).first()
    )
    if submission is None:
        return Reaped()
    lost = [
        run
        for run in submission.runs.on_worker().order_by("id")
        if run.state_since < _silent_since(now) and not _alive(submission, run.attempt, now)
    ]
    for run in lost:
        worker = run.worker or "the worker"
        detail = f"{worker} was not heard of for {settings.HEARTBEAT_TIMEOUT_S} s while the run was {run.state}."
        fail(run, FailureCode.WORKER_LOST, detail, attempt=run.attempt)
    _stop_zombies(submission, lost)
    again = [run for run in lost if run.attempt < settings.MAX_ATTEMPTS]
    if again:
        requeue(submission, again, actor=None, reason=FailureCode.WORKER_LOST.value)
    return Reaped(lost=tuple(lost), requeued=tuple(again))


def _alive(submission: Submission, attempt: int, now: datetime) -> bool:
    """Whether the attempt's worker was heard of lately. Raises RedisError when that cannot be known."""
    progress = heartbeat(submission, attempt)
    return progress is not None and datetime.fromtimestamp(progress.at, UTC) >= _silent_since(now)


def _stop_zombies(submission: Submission, lost: Iterable[Run]) -> None:
    """A worker that was only cut off must stop when it is back."""
    for attempt in {run.attempt for run in lost}:
        stop_attempt_on_commit(submission, attempt)


def _stuck_in_scoring(now: datetime) -> list[int]:
    stuck = Run.objects.filter(state=RunState.SCORING, state_since__lt=now - SCORING_TIMEOUT)
    return list(stuck.order_by("id").values_list("pk", flat=True))


@transaction.atomic
def _revive_scoring(pk: int, now: datetime) -> Reaped:
    """Send the delivery of a run again that nobody scores; give up after MAX_REDELIVERIES."""
    run = (
        Run.objects.select_for_update(of=("self",), skip_locked=True, no_key=True)
        .select_related("submission")
        .filter(pk=pk, state=RunState.SCORING)
        .first()
    )
    if run is None or is_held_elsewhere(LockSpace.INGEST, run.pk):
        return Reaped()
    sent = run.events.filter(
        kind=RunEvent.Kind.NOTE, attempt=run.attempt, reason=REDELIVERED, at__gt=run.state_since
    )
    if sent.filter(at__gt=now - SCORING_TIMEOUT).exists():
        return Reaped()
    if sent.count() >= MAX_REDELIVERIES:
        detail = (
            f"Scoring did not end, though the delivery was sent {MAX_REDELIVERIES} times again."
        )
        return Reaped(lost=(fail(run, FailureCode.GRADING_FAILED, detail, attempt=run.attempt),))
    RunEvent.objects.create(
        run=run, kind=RunEvent.Kind.NOTE, attempt=run.attempt, reason=REDELIVERED
    )
    transaction.on_commit(partial(send_delivery, run))
    return Reaped(redelivered=(run,))
