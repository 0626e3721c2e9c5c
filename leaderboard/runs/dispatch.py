"""Sending work to the queues: at least once, and never lost.

A submission with ``sent_at`` null and runs in QUEUED has not been sent. It is sent when its transaction commits;
when the broker is away then, ``resend_unsent`` sends it later. What a broker lost (it was wiped, or came back from an
older file) ``forget_lost`` marks as not sent. A worker's claim makes a second delivery harmless.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerError

from evaluator.messages import (
    EVALUATE_TASK,
    REPORT_TASK,
    SITE_QUEUE,
    WORKERS_UNACKED_KEY,
    Report,
    ReportKind,
)
from leaderboard.celery import app
from leaderboard.core.redis import client
from leaderboard.runs.models import Run, Submission
from leaderboard.runs.specs import message_for
from leaderboard.runs.states import RunState

logger = logging.getLogger(__name__)

RESEND_AFTER = timedelta(seconds=10)
"""How long a queued run may wait for the send that follows its own transaction."""


LOST_AFTER = timedelta(seconds=60)
"""How old a message must be before an empty queue says that it is lost."""


def send_on_commit(submission: Submission) -> None:
    """Send the submission's queued runs once this transaction is committed. Marks them as not sent until then."""
    Submission.objects.filter(pk=submission.pk).update(sent_at=None)
    submission.sent_at = None
    transaction.on_commit(partial(send_if_unsent, submission.pk))


def send_if_unsent(submission_id: int) -> None:
    """Send the submission's queued runs unless that was done.

    A broker that is away is logged, not raised: the submission stays queued and is sent later.
    """
    try:
        _send_if_unsent(submission_id)
    except BrokerError as error:
        logger.warning("submission %d is not sent yet: %s", submission_id, error)


def resend_unsent(now: datetime | None = None) -> int:
    """Send what could not be sent when it was submitted; return how many submissions were sent.

    Stops at the first refusal of the broker: the next call goes on.
    """
    overdue = (now or timezone.now()) - RESEND_AFTER
    unsent = Submission.objects.filter(
        sent_at=None, runs__state=RunState.QUEUED, runs__state_since__lt=overdue
    )
    sent = 0
    for pk in list(unsent.order_by("pk").distinct().values_list("pk", flat=True)):
        try:
            sent += _send_if_unsent(pk)
        except BrokerError as error:
            logger.warning("the broker is away, %d submissions sent: %s", sent, error)
            break
    return sent


def forget_lost(now: datetime | None = None) -> int:
    """Mark as not sent what must be in a queue and is not; return how many submissions that are.

    Certain only while the queue is empty and no worker holds an unfinished message: otherwise nothing is judged, for
    the message may be among those. RedisError passes.
    """
    overdue = (now or timezone.now()) - LOST_AFTER
    waiting = Submission.objects.filter(
        sent_at__lt=overdue, runs__state=RunState.QUEUED, runs__state_since__lt=overdue
    )
    queues = set(waiting.values_list("queue", flat=True))
    if not queues or client().hlen(WORKERS_UNACKED_KEY):
        return 0
    empty = [queue for queue in queues if not client().llen(queue)]
    lost = waiting.filter(queue__in=empty).values("pk")
    return Submission.objects.filter(pk__in=lost).update(sent_at=None)


def send_delivery(run: Run) -> None:
    """Tell the site's own worker to score a run in SCORING, as the worker does that delivers it.

    A broker that is away is logged, not raised: the reaper tells it later.
    """
    report = Report(
        kind=ReportKind.BUNDLE,
        submission=str(run.submission.public_id),
        attempt=run.attempt,
        at=timezone.now().timestamp(),
        run=str(run.public_id),
        artifact=run.artifact,
        sha256=run.artifact_sha256,
        items_artifact=run.items_artifact,
    )
    try:
        app.send_task(REPORT_TASK, args=[report.to_json()], queue=SITE_QUEUE)
    except BrokerError as error:
        logger.warning("the delivery of run %s was not sent: %s", run.public_id, error)


def waiting_runs(submission: Submission) -> list[Run]:
    """Return the queued runs of the submission's newest attempt: what its message speaks of."""
    return list(
        submission.runs.filter(state=RunState.QUEUED, attempt=submission.attempt).order_by("id")
    )


@transaction.atomic
def _send_if_unsent(submission_id: int) -> bool:
    """Send, and return whether a message was sent. The row lock makes two callers send once; neither waits."""
    submission = (
        Submission.objects.select_for_update(skip_locked=True, no_key=True)
        .filter(pk=submission_id, sent_at=None)
        .first()
    )
    if submission is None or not (runs := waiting_runs(submission)):
        return False
    app.send_task(
        EVALUATE_TASK,
        args=[message_for(submission, runs)],
        # Celery copies the arguments into a header for logs; the sealed key has no place there.
        argsrepr=f"({submission.public_id}, attempt {submission.attempt})",
        queue=submission.queue,
    )
    submission.sent_at = timezone.now()
    submission.save(update_fields=["sent_at"])
    return True
