"""Gathers what the queue shows: the runs that the address asks for, and how many there are of each kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.conf import settings
from django.db.models import Count, Min

from leaderboard.accounts.models import User
from leaderboard.catalog.models import Benchmark
from leaderboard.core.paging import page_of
from leaderboard.results.headline import with_headline
from leaderboard.review.actions import CHOICES
from leaderboard.review.versions import with_version
from leaderboard.review_pages.filters import STATES, Checked, QueueFilter
from leaderboard.review_pages.presenters import queue_row
from leaderboard.runs.models import RunQuerySet
from leaderboard.runs.states import RunState

PAGE_SIZE = 25
HEAVY = ("manifest", "log_tail", "submission__spec", "submission__facts")


@dataclass(frozen=True, slots=True)
class Tab:
    """A state of the queue, how many runs are in it, and the address that shows them under the same filter."""

    state: RunState
    title: str
    number: int
    query: str


def list_context(chosen: QueueFilter, parameters: Mapping[str, Any], user: User) -> dict[str, Any]:
    """Return what the list shows, and what can be decided on it. Three queries."""
    page = page_of(
        with_version(with_headline(for_rows(chosen.runs()))),
        parameters,
        key="id",
        size=PAGE_SIZE,
        descending=chosen.newest_first,
    )
    tabs = _tabs(chosen)
    return {
        "filter": chosen,
        "page": page,
        "rows": [queue_row(run, user) for run in page.rows],
        "tabs": tabs,
        "choices": [choice for choice in CHOICES.values() if chosen.state in choice.sources],
    }


def frame_context() -> dict[str, Any]:
    """Return what the page has around the list. Two queries."""
    waiting = QueueFilter().runs().aggregate(number=Count("pk"), oldest=Min("state_since"))
    return {
        "waiting": waiting,
        "benchmarks": Benchmark.objects.filter(active=True),
        "checked": Checked.choices,
        "review_own": settings.REVIEW_OWN,
    }


def for_rows(runs: RunQuerySet) -> RunQuerySet:
    """With what a row shows, in one query and one for the checks; without what only a run's own page shows."""
    return runs.for_display().defer(*HEAVY).prefetch_related("checks")


def _tabs(chosen: QueueFilter) -> list[Tab]:
    counted = chosen.in_any_state().order_by().values_list("state").annotate(n=Count("pk"))
    found = dict(counted)
    return [
        Tab(state, str(state.label), found.get(state.value, 0), replace(chosen, state=state).query)
        for state in STATES
    ]
