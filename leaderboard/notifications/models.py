"""Who is told of what: webhooks and their deliveries, and the choice of e-mails."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from leaderboard.accounts.models import User


class Event(models.TextChoices):
    """What may be told. NEEDS_REVIEW goes to reviewers, the others to who submitted the run."""

    FINISHED = "run.finished", _("run finished")
    FAILED = "run.failed", _("run failed")
    NEEDS_REVIEW = "run.needs_review", _("run needs review")
    PUBLISHED = "run.published", _("run published")
    RERUN = "run.rerun_requested", _("re-run asked for by a reviewer")


TEST = "test"
"""The type of a message that the test button sends."""


def events_field() -> ArrayField[list[str], list[str]]:
    """Return a column of events."""
    return ArrayField(
        models.CharField(max_length=20, choices=Event.choices),
        verbose_name=_("events"),
        default=list,
    )


class Webhook(models.Model):
    """An address of a user's to which events are posted. ``secret`` is sealed for the site (``core.sealing.keep``)."""

    user = models.ForeignKey(
        User, verbose_name=_("user"), on_delete=models.CASCADE, related_name="webhooks"
    )
    url = models.CharField(_("address"), max_length=500)
    events = events_field()
    secret = models.TextField(editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        ordering = ("id",)
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")

    def __str__(self) -> str:
        return self.url

    @property
    def event_labels(self) -> list[str]:
        """The events in words."""
        return [str(Event(event).label) for event in self.events]


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def due(self, now: datetime) -> Self:
        """Deliveries whose next attempt has come."""
        return self.filter(state=Delivery.State.PENDING, next_at__lte=now)


class Delivery(models.Model):
    """One message to one webhook: what is sent, how often it was tried, and what came of it."""

    class State(models.TextChoices):
        PENDING = "pending", _("pending")
        DELIVERED = "delivered", _("delivered")
        FAILED = "failed", _("given up")

    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries")
    message_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    event = models.CharField(_("event"), max_length=20)
    body = models.TextField(help_text=_("as it is sent and signed"))
    state = models.CharField(max_length=12, choices=State.choices, default=State.PENDING)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_at = models.DateTimeField(default=timezone.now)
    status_code = models.PositiveSmallIntegerField(_("status code"), null=True, blank=True)
    error = models.CharField(_("error"), max_length=300, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    tried_at = models.DateTimeField(_("last tried"), null=True, blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        ordering = ("-id",)
        indexes = [
            models.Index(
                fields=["next_at"],
                condition=models.Q(state="pending"),
                name="notifications_due",
            )
        ]
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")

    def __str__(self) -> str:
        return f"{self.event} {self.message_id}"


class EmailChoice(models.Model):
    """Of which events a user is told by e-mail. Without one: of none."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="email_choice")
    events = events_field()

    class Meta:
        verbose_name = _("choice of e-mails")
        verbose_name_plural = _("choices of e-mails")

    def __str__(self) -> str:
        return str(self.user)
