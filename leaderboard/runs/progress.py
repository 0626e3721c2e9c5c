"""Where a submission stands while it waits or runs: its place in the queue, and the worker's live figures."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q

from evaluator.messages import Progress, progress_key
from leaderboard.core.redis import RedisError, client
from leaderboard.runs.models import Run, Submission
from leaderboard.runs.states import ACTIVE, ON_WORKER, RunState

logger = logging.getLogger(__name__)


def live(submission: Submission) -> Progress | None:
    """Return what the worker last told of the newest attempt.

    None when it told nothing, when that is too old to be kept, or when Redis is away: live figures are a courtesy.
    """
    try:
        return heartbeat(submission, submission.attempt)
    except RedisError as error:
        logger.warning("no live progress: %s", error)
        return None


def live_by_run(runs: Iterable[Run]) -> dict[int, Progress]:
    """Return what was last told of those runs that are under way, by primary key, with one request to Redis.

    It is of each run's own attempt: after a retry of others, that is not its submission's newest one. A run of
    which nothing is known, for the reasons that ``live`` names, is left out. Reads ``run.submission``.
    """
    active = [run for run in runs if run.state in ACTIVE]
    if not active:
        return {}
    try:
        texts = client().mget([_key(run.submission, run.attempt) for run in active])
    except RedisError as error:
        logger.warning("no live progress: %s", error)
        return {}
    told = ((run.pk, _read(run.submission, text)) for run, text in zip(active, texts, strict=True))
    return {pk: progress for pk, progress in told if progress is not None}


def heartbeat(submission: Submission, attempt: int) -> Progress | None:
    """As ``live``, but RedisError is raised: silence of Redis is not silence of the worker."""
    return _read(submission, client().get(_key(submission, attempt)))


def _key(submission: Submission, attempt: int) -> str:
    return progress_key(str(submission.public_id), attempt)


def _read(submission: Submission, text: object) -> Progress | None:
    if text is None:
        return None
    try:
        return Progress.from_json(json.loads(str(text)))
    except (ValueError, TypeError, KeyError, AttributeError):
        logger.warning("the progress of submission %s cannot be read", submission.public_id)
        return None


def queue_position(submission: Submission) -> int | None:
    """Return how many submissions of the same queue wait before this one; None unless it waits.

    A submission that has not been sent yet stands behind all that have.
    """
    if not submission.runs.filter(state=RunState.QUEUED).exists():
        return None
    ahead = Submission.objects.filter(queue=submission.queue, runs__state=RunState.QUEUED)
    return ahead.filter(_before(submission.sent_at, submission.pk)).distinct().count()


def waiting_now(queue: str) -> int:
    """Return how many submissions of the queue wait."""
    waiting = Submission.objects.filter(queue=queue, runs__state=RunState.QUEUED)
    return waiting.distinct().count()


def running_now(queue: str) -> int:
    """Return how many submissions of the queue are with a worker."""
    on_worker = Submission.objects.filter(queue=queue, runs__state__in=ON_WORKER)
    return on_worker.distinct().count()


def _before(sent_at: datetime | None, pk: int) -> Q:
    if sent_at is None:
        return Q(sent_at__isnull=False) | Q(sent_at=None, pk__lt=pk)
    return Q(sent_at__lt=sent_at)
