"""Gathers what a reviewer sees of a run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext

from leaderboard.accounts.models import User
from leaderboard.boards.models import BoardRow, BoardVersion
from leaderboard.core import numbers
from leaderboard.results.headline import with_headline
from leaderboard.review.actions import Action, Choice, choices_for
from leaderboard.review.models import Check
from leaderboard.review.succession import successors_of
from leaderboard.review.versions import version_of, with_version
from leaderboard.review.wording import words_of
from leaderboard.review_pages.differences import previous_of
from leaderboard.review_pages.filters import QueueFilter
from leaderboard.review_pages.presenters import MARKS, is_own
from leaderboard.runs import presenters
from leaderboard.runs.models import Pictures, Run, RunQuerySet
from leaderboard.runs.states import GRADED, RunState
from leaderboard.runs.visibility import Visibility

SUCCESSORS = 20
"""Newer runs that are offered."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the run would come on the board: after ``rank - 1`` of the ``among`` others that are ranked there."""

    rank: int
    among: int


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The runs before and after this one in the queue."""

    previous: UUID | None
    following: UUID | None


def with_page(runs: RunQuerySet) -> QuerySet[Run]:
    """With everything that the page needs of the run itself, in one query."""
    shown = runs.in_states(GRADED).for_display().select_related("superseded_by", "rerun_of")
    return with_version(with_headline(shown))


def page_context(run: Any, chosen: QueueFilter, user: User) -> dict[str, Any]:
    """Return what the page shows of a run that has ``headline`` and its version at hand. Six queries, seven for a published run."""
    checks = list(run.checks.all())
    events = list(run.events.select_related("actor").order_by("id"))
    score: dict[str, Any] = run.headline or {}
    own, successors = is_own(run, user), successors_for(run)
    return {
        "run": run,
        "version": version_of(run),
        "filter": chosen,
        "look": presenters.look(run.state),
        "marks": presenters.marks(run),
        "value": numbers.percent(score.get("value")),
        "interval": numbers.interval(score.get("low"), score.get("high")),
        "standing": standing(run, score.get("value")),
        "checks": [(MARKS[Check.Status(c.status)], words_of(c)) for c in checks],
        "counted": _counted(checks),
        "previous_run": previous_of(run),
        "choose_other": f"{reverse('comparisons:page')}?runs={run.public_id}&add=1",
        "history": presenters.history(events, private=True),
        "neighbours": neighbours(run, chosen),
        "own": own,
        "obstacles": obstacles(run),
        "choices": [] if own else open_choices(run, successors),
        "successors": successors,
    }


def successors_for(run: Run) -> list[Run]:
    """Return the runs that can take the place of a published one, the likeliest first. One query, none for others."""
    return list(successors_of(run)[:SUCCESSORS]) if run.state == RunState.PUBLISHED else []


def open_choices(run: Run, successors: Sequence[Run]) -> list[Choice]:
    """Return the decisions that can be made: no publishing against obstacles, no newer run where there is none."""
    closed = set()
    if obstacles(run):
        closed.add(Action.APPROVE)
    if not successors:
        closed.add(Action.SUPERSEDE)
    return [choice for choice in choices_for(run) if choice.name not in closed]


def obstacles(run: Run) -> list[str]:
    """Return what stands against publishing a run that could be published by its state, in sentences."""
    if run.state not in (RunState.REVIEW, RunState.QUARANTINED):
        return []
    found = [str(blocker.get("detail") or blocker.get("code")) for blocker in run.blockers]
    visibility = run.submission.visibility
    if visibility != Visibility.PUBLIC:
        label = str(Visibility(visibility).label)
        text = gettext("Its visibility is “%(visibility)s”: only public submissions are published.")
        found.append(text % {"visibility": label})
    return found


def standing(run: Run, value: float | None) -> Standing | None:
    """Return where the run would stand on its board; None for what is there already or is not ranked. One query."""
    whole = run.pictures == Pictures.SHOWN and run.limit is None
    variant = run.submission.variant
    if value is None or not whole or run.state == RunState.PUBLISHED or variant.model.is_baseline:
        return None
    board = BoardVersion.objects.filter(
        benchmark=run.benchmark_id, dataset=run.dataset_id, protocol=run.protocol
    ).order_by("-number")[:1]
    others = BoardRow.objects.filter(version__in=board.values("pk"), rank__isnull=False)
    # A board shows one run of a variant: this one would take the place of an older one.
    found = others.exclude(run__submission__variant=variant.pk).aggregate(
        above=Count("pk", Q(value__gt=value)), all=Count("pk")
    )
    return Standing(found["above"] + 1, found["all"])


def neighbours(run: Run, chosen: QueueFilter) -> Neighbours:
    """Return the runs beside this one under the filter, in the queue's order. Two queries."""
    found = chosen.runs()
    older = found.filter(pk__lt=run.pk).order_by("-pk").values_list("public_id", flat=True)
    newer = found.filter(pk__gt=run.pk).order_by("pk").values_list("public_id", flat=True)
    beside = (newer, older) if chosen.newest_first else (older, newer)
    return Neighbours(*(ids.first() for ids in beside))


def _counted(checks: list[Check]) -> dict[str, int]:
    return {str(status): sum(c.status == status for c in checks) for status in Check.Status}
