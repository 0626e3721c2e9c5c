"""What the site's Celery beat does for the API."""

from __future__ import annotations

from celery import shared_task

from leaderboard.api.models import StoredAnswer


@shared_task(ignore_result=True)
def forget_answers() -> None:
    """Delete the answers that are not given again any more."""
    StoredAnswer.objects.expired().delete()
