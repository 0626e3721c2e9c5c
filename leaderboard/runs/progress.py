"""Where a submission stands while it waits or runs: its place in the queue, and the worker's live figures."""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Iterable

from django.db.models import Exists, F, OuterRef

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
    """Return how many submissions of the same queue wait before this one; None unless it waits."""
    return queue_positions([submission]).get(submission.pk)


def queue_positions(submissions: Iterable[Submission]) -> dict[int, int]:
    """Return how many submissions of the same queue wait before each of these that waits, by primary key. One query.

    A submission that has not been sent yet stands behind all that have.
    """
    wanted = {submission.pk: submission.queue for submission in submissions}
    queued = Run.objects.filter(submission=OuterRef("pk"), state=RunState.QUEUED)
    waiting = (
        Submission.objects.filter(Exists(queued), queue__in=set(wanted.values()))
        .order_by(F("sent_at").asc(nulls_last=True), "pk")
        .values_list("pk", "queue")
    )
    lengths: Counter[str] = Counter()
    places = {}
    for pk, queue in waiting:
        if pk in wanted:
            places[pk] = lengths[queue]
        lengths[queue] += 1
    return places


def waiting_now(queue: str) -> int:
    """Return how many submissions of the queue wait."""
    waiting = Submission.objects.filter(queue=queue, runs__state=RunState.QUEUED)
    return waiting.distinct().count()


def running_now(queue: str) -> int:
    """Return how many submissions of the queue are with a worker."""
    on_worker = Submission.objects.filter(queue=queue, runs__state__in=ON_WORKER)
    return on_worker.distinct().count()
