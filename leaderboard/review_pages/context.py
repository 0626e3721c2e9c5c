"""What the navigation knows of the review queue."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from leaderboard.accounts.roles import is_reviewer
from leaderboard.review_pages.filters import QueueFilter


def review(request: HttpRequest) -> dict[str, Any]:
    """Return for reviewers ``is_reviewer``, and ``review_waiting``, how many runs await them: one query, once it is shown."""
    # Django's pages for errors come without a user when what failed came before the session.
    user = getattr(request, "user", None)
    if user is None or not is_reviewer(user):
        return {}
    return {"is_reviewer": True, "review_waiting": SimpleLazyObject(QueueFilter().runs().count)}
