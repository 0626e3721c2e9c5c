"""What is done to accounts."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import QuerySet
from django.utils import timezone

from leaderboard.accounts.models import ApiToken, User
from leaderboard.accounts.roles import USUAL_SCOPES, Scope, scopes_open_to

MAX_TOKEN_DAYS = 3650


class ScopeRefused(ValueError):
    """The user may not have these scopes."""

    def __init__(self, scopes: Iterable[Scope]) -> None:
        self.scopes = sorted(scope.value for scope in scopes)
        super().__init__(", ".join(self.scopes))


def issue_token(
    user: User, name: str, *, days: int | None = None, scopes: Iterable[Scope] = USUAL_SCOPES
) -> tuple[ApiToken, str]:
    """Make a token and return it with its clear text. Raises ScopeRefused for scopes the user may not have."""
    wanted = list(dict.fromkeys(scopes))
    if refused := set(wanted) - set(scopes_open_to(user)):
        raise ScopeRefused(refused)
    return ApiToken.issue(user, name, days=days, scopes=wanted)


def revoke_tokens(tokens: QuerySet[ApiToken]) -> int:
    """Revoke those that are not revoked yet, from now on; return how many. A revoked token never works again."""
    return tokens.filter(revoked_at=None).update(revoked_at=timezone.now())
