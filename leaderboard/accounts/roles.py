"""Who may do what: the roles of users, and the scopes of tokens that act for them.

Roles: anonymous, submitter (any account), member or admin of an organisation, reviewer (``runs.review_run``), admin
(superuser). ``is_staff`` alone opens Django's admin and nothing else.
"""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

REVIEW_PERMISSION = "runs.review_run"


class Scope(models.TextChoices):
    """What a token may do. None implies another."""

    READ = "read", _("read")
    SUBMIT = "submit", _("submit")
    REVIEW = "review", _("review")
    ADMIN = "admin", _("administer")


USUAL_SCOPES = (Scope.READ, Scope.SUBMIT)
"""What everybody's tokens may do, and what a token is for unless something else is asked for."""


def is_reviewer(user: Any) -> bool:
    """Whether ``user`` sees and decides on everybody's runs.

    One who comes with a token is no reviewer unless the token has the scope.
    """
    return within(user, Scope.REVIEW) and user.is_authenticated and user.has_perm(REVIEW_PERMISSION)


def within(user: Any, scope: Scope) -> bool:
    """Whether ``scope`` is among those of the token that ``user`` came with; always without a token."""
    scopes = getattr(user, "token_scopes", None)
    return scopes is None or scope in scopes


def scopes_open_to(user: Any) -> list[Scope]:
    """Return the scopes that a token of ``user`` may have, in their usual order."""
    scopes = list(USUAL_SCOPES)
    if user.has_perm(REVIEW_PERMISSION):
        scopes.append(Scope.REVIEW)
    if user.is_superuser:
        scopes.append(Scope.ADMIN)
    return scopes
