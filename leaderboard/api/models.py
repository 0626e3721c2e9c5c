"""What the API remembers of requests."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.utils import timezone


class StoredAnswerQuerySet(models.QuerySet["StoredAnswer"]):
    def live(self) -> Self:
        """Answers that are still given again."""
        return self.filter(created_at__gt=_oldest_live())

    def expired(self) -> Self:
        return self.exclude(created_at__gt=_oldest_live())


class StoredAnswer(models.Model):
    """How a request with an ``Idempotency-Key`` was answered (``api.idempotency``).

    Neither the key nor the request is stored: ``digest`` is a hash of the key, ``fingerprint`` a keyed hash of the
    request, whose body may hold a secret that is short enough to be guessed. ``body`` is the answer's JSON.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="stored_answers"
    )
    digest = models.CharField(max_length=64)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    body = models.TextField()
    location = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    objects = StoredAnswerQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "digest"], name="api_one_answer_per_user_and_key"
            )
        ]

    def __str__(self) -> str:
        return f"{self.status} at {self.created_at}"


def _oldest_live() -> datetime:
    return timezone.now() - timedelta(hours=settings.IDEMPOTENCY_HOURS)
