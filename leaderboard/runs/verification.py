"""What “verified” means, in one place: whom a reader may take a published number from.

- The site's own workers asked the questions: not an import.
- No automatic check failed. Warnings may stand: they are what a person looks at.
- A person who did not submit it approved it: no rule, and nobody in their own cause.

It says that the number was measured here and looked at, not that an endpoint serves the weights that it claims.
"""

from __future__ import annotations

from django.db.models import BooleanField, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet

from leaderboard.catalog.models import Variant
from leaderboard.runs.models import Run, RunEvent
from leaderboard.runs.states import PUBLIC, RunState


def verified(run: str = "") -> Q:
    """Return the condition under which a run is verified.

    ``run`` is the lookup that leads to it, with two underscores behind: empty for a query of runs. The checks live
    above this app: they are reached from the run.
    """
    this = OuterRef(f"{run}pk")
    checked = Run.objects.filter(pk=this, checks__isnull=False)
    failed = Run.objects.filter(pk=this, checks__status="fail")
    approved = RunEvent.objects.filter(
        run=this, to_state=RunState.PUBLISHED, actor__isnull=False
    ).exclude(actor=F("run__submission__submitter"))
    return (
        Q(**{f"{run}state__in": PUBLIC})
        & ~Q(**{f"{run}submission__variant__kind": Variant.Kind.IMPORTED})
        & Q(Exists(checked))
        & ~Q(Exists(failed))
        & Q(Exists(approved))
    )


def with_verified(runs: QuerySet[Run]) -> QuerySet[Run]:
    """Annotate ``verified``, in the same query."""
    return runs.annotate(verified=ExpressionWrapper(verified(), output_field=BooleanField()))
