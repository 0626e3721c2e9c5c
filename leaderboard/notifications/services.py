"""Telling people of what happened to runs: messages to webhooks, e-mails, retries."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from datetime import timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from kombu.exceptions import OperationalError as BrokerError

from leaderboard.accounts.models import User
from leaderboard.accounts.roles import is_reviewer
from leaderboard.celery import app
from leaderboard.core.sealing import keep, kept
from leaderboard.notifications.models import TEST, Delivery, Event, Webhook
from leaderboard.notifications.sending import NotDelivered, post
from leaderboard.notifications.signing import headers, new_secret
from leaderboard.runs.models import Run

logger = logging.getLogger(__name__)

DELIVER_TASK = "leaderboard.notifications.tasks.deliver"
EMAIL_TASK = "leaderboard.notifications.tasks.email"
BACKOFF = tuple(timedelta(seconds=s) for s in (10, 60, 300, 1800, 2 * 3600, 6 * 3600, 24 * 3600))
"""How long after each failed attempt the next one follows. After the last there is none."""
MOST_WEBHOOKS = 10
"""Of one user."""
ON_ITS_WAY = timedelta(minutes=1)
"""How long nobody else tries a delivery that was handed to a worker."""


class TooManyWebhooks(Exception):
    """The user has MOST_WEBHOOKS already."""


def create_webhook(user: User, url: str, events: Iterable[str]) -> tuple[Webhook, str]:
    """Store a webhook and return it with its secret, which is not shown again. The address is the caller's to check.

    Raises TooManyWebhooks.
    """
    secret = new_secret()
    with transaction.atomic():
        # Two requests at once must not both take the last place.
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        if user.webhooks.count() >= MOST_WEBHOOKS:
            raise TooManyWebhooks
        hook = Webhook.objects.create(user=user, url=url, events=list(events), secret=keep(secret))
    return hook, secret


def announce(run: Run, event: Event, recipients: Iterable[User]) -> None:
    """Write a message to every webhook of the recipients that wants the event, and send it once that is committed."""
    users = [user for user in recipients if user.is_active]
    hooks = Webhook.objects.filter(user__in=users, events__contains=[event.value])
    for hook in hooks:
        _enqueue(hook, event.value, describe(run))
    if not settings.EMAIL_URL:
        return
    for user in users:
        choice = getattr(user, "email_choice", None)
        if user.email and choice and event.value in choice.events:
            arguments = [user.pk, run.pk, event.value]
            transaction.on_commit(partial(_send_task, EMAIL_TASK, arguments))


def reviewers_for(run: Run) -> list[User]:
    """Return the reviewers who ask to be told of runs that need review, but not who submitted this one."""
    wanted = User.objects.filter(is_active=True).exclude(pk=run.submission.submitter_id)
    event = [Event.NEEDS_REVIEW.value]
    by_hook = wanted.filter(webhooks__events__contains=event)
    by_mail = wanted.filter(email_choice__events__contains=event)
    return [user for user in (by_hook | by_mail).distinct() if is_reviewer(user)]


def send_test(hook: Webhook) -> Delivery:
    """Send a message of the type ``test``."""
    return _enqueue(hook, TEST, {"text": "A test of your webhook."})


def describe(run: Run) -> dict[str, Any]:
    """Return what a message says of a run. Addresses are absolute where the site knows its own."""
    base = settings.PUBLIC_URL.rstrip("/")
    return {
        "run": str(run.public_id),
        "submission": str(run.submission.public_id),
        "model": run.submission.variant.model.name,
        "benchmark": run.benchmark.slug,
        "state": run.state,
        "failure_code": run.failure_code or None,
        "url": f"{base}{reverse('runs:detail', args=[run.public_id])}",
    }


def deliver(delivery_id: int) -> bool:
    """Try a delivery that is due; return whether it was tried. Two workers at once try it once."""
    now = timezone.now()
    claimed = Delivery.objects.due(now).filter(pk=delivery_id).update(next_at=now + ON_ITS_WAY)
    if not claimed:
        return False
    delivery = Delivery.objects.select_related("webhook").get(pk=delivery_id)
    hook = delivery.webhook
    message_id = str(delivery.message_id)
    signed = headers(kept(hook.secret), message_id, int(now.timestamp()), delivery.body)
    delivery.attempts += 1
    delivery.tried_at = now
    try:
        delivery.status_code = post(hook.url, delivery.body, signed)
        delivery.error = ""
        delivery.state = Delivery.State.DELIVERED
    except NotDelivered as failure:
        delivery.status_code = failure.status_code
        delivery.error = str(failure)[:300]
        _plan_next(delivery)
    delivery.save()
    return True


def send_due() -> int:
    """Hand every delivery that is due to a worker; return how many."""
    due = list(
        Delivery.objects.due(timezone.now()).order_by("next_at").values_list("pk", flat=True)
    )
    for pk in due:
        _send_task(DELIVER_TASK, [pk])
    return len(due)


def send_email(user: User, run: Run, event: Event) -> None:
    """Tell a user of an event by e-mail."""
    told = describe(run)
    subject = _("%(event)s: %(model)s on %(benchmark)s") % {
        "event": event.label,
        "model": told["model"],
        "benchmark": run.benchmark.title,
    }
    # A name with a line break would otherwise be refused as a forged header.
    send_mail(" ".join(subject.split()), told["url"], None, [user.email])


def _plan_next(delivery: Delivery) -> None:
    if delivery.attempts > len(BACKOFF):
        delivery.state = Delivery.State.FAILED
        return
    delivery.next_at = timezone.now() + BACKOFF[delivery.attempts - 1]


def _enqueue(hook: Webhook, event: str, data: dict[str, Any]) -> Delivery:
    now = timezone.now()
    body = {"type": event, "timestamp": now.isoformat(), "data": data}
    delivery = Delivery.objects.create(
        webhook=hook, event=event, body=json.dumps(body, ensure_ascii=False), next_at=now
    )
    transaction.on_commit(partial(_send_task, DELIVER_TASK, [delivery.pk]))
    return delivery


def _send_task(name: str, arguments: list[Any]) -> None:
    """Hand a task to the site's worker. Without a broker it is left: a delivery is found again by ``send_due``."""
    try:
        app.send_task(name, args=arguments)
    except BrokerError as error:
        logger.warning("%s waits for the broker: %s", name, error)
