"""How many submissions a user may make in a day."""

from __future__ import annotations

from datetime import timedelta
from math import ceil

from django.utils import timezone

from leaderboard.accounts.models import User
from leaderboard.runs.submission import QuotaExceeded

QUOTA_PERIOD = timedelta(hours=24)


def quota_used(user: User) -> int:
    """Return how many submissions the user made in the last 24 hours."""
    return user.submissions.filter(created_at__gt=timezone.now() - QUOTA_PERIOD).count()


def claim_quota(user: User) -> None:
    """Make sure that the user may submit once more. Raises QuotaExceeded.

    Holds the user's row, so that two submissions at once are counted one after the other.
    """
    user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    used, limit = quota_used(user), user.daily_quota
    if used >= limit:
        raise QuotaExceeded(used, limit, _retry_after_s(user, used, limit))


def _retry_after_s(user: User, used: int, limit: int) -> int:
    """When enough of the counted submissions will be older than the period for one more to fit."""
    if limit == 0:
        return int(QUOTA_PERIOD.total_seconds())
    counted = user.submissions.filter(created_at__gt=timezone.now() - QUOTA_PERIOD)
    freeing = counted.order_by("created_at")[used - limit]
    return max(1, ceil((freeing.created_at + QUOTA_PERIOD - timezone.now()).total_seconds()))
