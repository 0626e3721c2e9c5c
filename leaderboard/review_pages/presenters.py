"""From runs and checks to what the reviewers' pages print. Pure: records in, texts out; no query."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.translation import gettext

from leaderboard.accounts.models import User
from leaderboard.core import numbers
from leaderboard.review.models import Check
from leaderboard.review.versions import version_of
from leaderboard.runs import presenters as runs
from leaderboard.runs.models import Run
from leaderboard.runs.visibility import Visibility

MARKS = {Check.Status.PASS: "1", Check.Status.WARN: "-", Check.Status.FAIL: "0"}
"""What the style sheet's verdicts call a status."""
_WORST_FIRST = (Check.Status.FAIL, Check.Status.WARN)


@dataclass(frozen=True, slots=True)
class Chip:
    """A check in a word or two. ``mark`` is one of MARKS."""

    mark: str
    text: str


@dataclass(frozen=True, slots=True)
class QueueRow:
    """A run in the queue. ``own`` runs are the reviewer's, who may not decide on them."""

    run: Run
    look: str
    marks: list[str]
    value: str
    interval: str
    chips: list[Chip]
    own: bool
    version: str


def queue_row(run: Any, user: User) -> QueueRow:
    """Return the row of a run that has ``headline``, and its version and checks at hand."""
    score: dict[str, Any] = run.headline or {}
    return QueueRow(
        run=run,
        look=runs.look(run.state),
        marks=[*runs.marks(run), *_hidden(run)],
        value=numbers.percent(score.get("value")),
        interval=numbers.interval(score.get("low"), score.get("high")),
        chips=chips(list(run.checks.all())),
        own=is_own(run, user),
        version=version_of(run),
    )


def chips(checks: Sequence[Check]) -> list[Chip]:
    """Return the checks that do not pass, failures first; one chip that says so where all pass, none without checks."""
    if not checks:
        return []
    found = [
        Chip(MARKS[status], str(check.get_code_display()))
        for status in _WORST_FIRST
        for check in checks
        if check.status == status
    ]
    return found or [Chip(MARKS[Check.Status.PASS], gettext("all checks pass"))]


def is_own(run: Run, user: User) -> bool:
    """Whether the reviewer submitted the run and so may not decide on it."""
    return run.submission.submitter_id == user.pk and not settings.REVIEW_OWN


def _hidden(run: Run) -> list[str]:
    """Return who sees the run, where it is not to be public."""
    submission = run.submission
    public = submission.visibility == Visibility.PUBLIC
    return [] if public else [str(submission.get_visibility_display())]
