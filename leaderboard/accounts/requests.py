"""Who a page is asked by."""

from __future__ import annotations

from django.http import Http404, HttpRequest

from leaderboard.accounts.models import User


def signed_in(request: HttpRequest) -> User:
    """Return who is signed in. The views let nobody else in; this tells the type. Raises Http404 for anybody else."""
    if not isinstance(request.user, User):
        raise Http404
    return request.user
