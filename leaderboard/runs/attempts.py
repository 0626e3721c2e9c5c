"""Attempts of a submission: locking it, beginning a new one, stopping one."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import partial

from django.db import transaction

from evaluator.messages import PROGRESS_TTL_S, cancel_key
from leaderboard.accounts.models import User
from leaderboard.core.redis import RedisError, client
from leaderboard.runs.dispatch import send_on_commit
from leaderboard.runs.failures import CLEAN_SLATE
from leaderboard.runs.models import Run, Submission
from leaderboard.runs.states import RunState

logger = logging.getLogger(__name__)


def requeue(
    submission: Submission, runs: Sequence[Run], *, actor: User | None, reason: str
) -> list[Run]:
    """Put failed or cancelled runs of a ``locked`` submission into a new attempt and send it on commit."""
    unsent = submission.sent_at is None
    submission.attempt += 1
    submission.save(update_fields=["attempt"])
    for run in runs:
        Run.objects.transition(
            run,
            RunState.QUEUED,
            actor=actor,
            reason=reason,
            begin_attempt=submission.attempt,
            **CLEAN_SLATE,
        )
    if unsent:
        # The message of the attempt before never left; what it was to say, the new one says too.
        submission.runs.filter(state=RunState.QUEUED).update(attempt=submission.attempt)
    send_on_commit(submission)
    return list(runs)


def locked(submission_id: int) -> Submission:
    """Return the submission, locked until the transaction ends."""
    return Submission.objects.select_for_update(no_key=True).get(pk=submission_id)


def stop_attempt_on_commit(submission: Submission, attempt: int) -> None:
    """Tell the worker of this attempt to stop, once this transaction is committed."""
    transaction.on_commit(partial(_stop_attempt, cancel_key(str(submission.public_id), attempt)))


def _stop_attempt(key: str) -> None:
    try:
        client().set(key, "1", ex=PROGRESS_TTL_S)
    except RedisError as error:
        # The runs are cancelled all the same; the worker finishes work that nobody takes.
        logger.warning("the worker could not be told to stop: %s", error)
