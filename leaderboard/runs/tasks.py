"""What the site's Celery beat does with runs."""

from __future__ import annotations

import logging

from celery import shared_task

from leaderboard.core.redis import RedisError
from leaderboard.runs.dispatch import forget_lost, resend_unsent
from leaderboard.runs.reaper import reap

logger = logging.getLogger(__name__)


@shared_task(ignore_result=True)
def reap_lost_runs() -> None:
    """Send what was never sent, fail and retry what nobody works on. Safe to run twice at once."""
    try:
        forgotten = forget_lost()
    except RedisError as error:
        forgotten = 0
        logger.warning("the queues cannot be looked at: %s", error)
    if forgotten:
        logger.warning("the broker lost %d submissions, sending them again", forgotten)
    sent = resend_unsent()
    reaped = reap()
    if sent or reaped.lost or reaped.redelivered:
        logger.info(
            "sent %d waiting submissions, found %d lost runs, queued %d again, redelivered %d",
            sent,
            len(reaped.lost),
            len(reaped.requeued),
            len(reaped.redelivered),
        )
