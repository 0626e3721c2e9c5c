"""Which version of a run a reviewer has seen: decisions say it, so that none is made on what has changed meanwhile."""

from __future__ import annotations

from django.db.models import Max, OuterRef, QuerySet, Subquery

from leaderboard.runs.models import Run, RunEvent


def version_of(run: Run) -> str:
    """Return the version of a run as review sees it: opaque, another one after anything has happened to the run.

    It is the newest event: everything that a decision may rest on (a state, scores that were graded again or corrected)
    leaves one.
    """
    newest: int | None = getattr(run, "newest_event", None)
    if newest is None:
        newest = run.events.aggregate(newest=Max("pk"))["newest"]
    return str(newest or 0)


def with_version(runs: QuerySet[Run]) -> QuerySet[Run]:
    """Annotate what ``version_of`` reads, in the same query. Not for runs that are then decided on: it grows old."""
    events = RunEvent.objects.filter(run=OuterRef("pk")).order_by("-pk").values("pk")
    return runs.annotate(newest_event=Subquery(events[:1]))
