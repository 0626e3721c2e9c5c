"""What stands against a decision, as a problem."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from leaderboard.api import preconditions
from leaderboard.api.preconditions import etag_of
from leaderboard.api.problems import CONFLICT, Kind, Problem
from leaderboard.review.actions import refusal
from leaderboard.review.services import NotPublishable, ReviewChanged
from leaderboard.runs.models import Run, TransitionRefused

TITLES = {
    "not-publishable": _("The run cannot be published"),
    "own-run": _("You submitted this run yourself"),
    "no-successor": _("No newer run can take its place"),
    "rerun-under-way": _("A re-run is under way"),
    "imported-run": _("The answers were imported"),
}
"""Titles of the problems that only deciding has, by code."""


def problem_of(run: Run, error: Exception) -> Problem:
    """Return the problem that one of ``REFUSALS`` means."""
    code, detail = refusal(error)
    extra: dict[str, Any] = {"run": str(run.public_id)}
    if isinstance(error, ReviewChanged):
        headers = {"ETag": etag_of(error.version)}
        return Problem(preconditions.FAILED, 412, detail, extra=extra, headers=headers)
    if isinstance(error, NotPublishable):
        extra["blockers"] = error.blockers
    if isinstance(error, TransitionRefused):
        extra |= {"state": error.found, "wanted": error.wanted.value}
    kind = Kind(code, TITLES[code]) if code in TITLES else CONFLICT
    return Problem(kind, 403 if code == "own-run" else 409, detail, extra=extra)
