"""What is done to accounts."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils import timezone

from leaderboard.accounts.models import ApiToken


def revoke_tokens(tokens: QuerySet[ApiToken]) -> int:
    """Revoke those that are not revoked yet, from now on; return how many. A revoked token never works again."""
    return tokens.filter(revoked_at=None).update(revoked_at=timezone.now())
