"""Who comes to the reviewers' pages."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.cache import never_cache

from leaderboard.accounts.models import User
from leaderboard.accounts.roles import is_reviewer

V = TypeVar("V", bound=Callable[..., HttpResponseBase])


def reviewers_only(view: V) -> V:
    """Ask visitors to sign in, and refuse whoever is no reviewer before anything is looked up. Nothing is cached."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not is_reviewer(request.user):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return cast(V, never_cache(login_required(guarded)))


def reviewer_of(request: HttpRequest) -> User:
    """Return the reviewer behind a request that ``reviewers_only`` has let through."""
    return cast(User, request.user)
