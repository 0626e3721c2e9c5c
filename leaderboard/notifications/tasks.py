"""What the site's worker does with notifications."""

from __future__ import annotations

from celery import shared_task

from leaderboard.accounts.models import User
from leaderboard.notifications import services
from leaderboard.notifications.models import Event
from leaderboard.runs.models import Run


@shared_task(ignore_result=True)
def deliver(delivery_id: int) -> None:
    """Try a delivery, if it is due."""
    services.deliver(delivery_id)


@shared_task(ignore_result=True)
def send_due() -> None:
    """Hand out the deliveries whose next attempt has come."""
    services.send_due()


@shared_task(ignore_result=True, acks_late=False)
def email(user_id: int, run_id: int, event: str) -> None:
    """Send an e-mail: once, rather not at all than twice."""
    user = User.objects.get(pk=user_id)
    run = Run.objects.for_display().get(pk=run_id)
    services.send_email(user, run, Event(event))
