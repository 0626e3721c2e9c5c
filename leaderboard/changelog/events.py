"""What everybody may know of: that a run came onto a board or left it, or was scored anew while it was there.

The runs' own events say it, and nothing is stored twice. Runs that were never published have no entry, nor have those
of a submission that is not public. Who decided is left out; why is told, since it is about what everybody could see.
"""

from __future__ import annotations

from django.db.models import OuterRef, Q, QuerySet, Subquery

from leaderboard.runs.models import RunEvent
from leaderboard.runs.states import PUBLIC, RunState
from leaderboard.runs.visibility import Visibility

REGRADED, CORRECTED = "regraded", "corrected"
"""By which of them an event's data tell that the run was scored anew."""
HEAVY = (
    "data",
    "run__manifest",
    "run__log_tail",
    "run__submission__spec",
    "run__submission__facts",
)


def public_events(benchmark: str = "") -> QuerySet[RunEvent]:
    """Return the events that the changelog tells, with all that an entry shows; of a benchmark's slug, or of any."""
    earlier = RunEvent.objects.filter(run=OuterRef("run"), pk__lt=OuterRef("pk"))
    moved = earlier.filter(kind=RunEvent.Kind.STATE).order_by("-pk").values("to_state")
    state = RunEvent.Kind.STATE
    came_or_went = Q(kind=state) & (Q(to_state=RunState.PUBLISHED) | Q(from_state__in=PUBLIC))
    scored_anew = Q(
        kind=RunEvent.Kind.NOTE, data__has_any_keys=[REGRADED, CORRECTED], was__in=PUBLIC
    )
    found = (
        RunEvent.objects.annotate(was=Subquery(moved[:1]))
        .filter(came_or_went | scored_anew, run__submission__visibility=Visibility.PUBLIC)
        .select_related("run__benchmark", "run__submission__variant__model")
        .defer(*HEAVY)
    )
    return found.filter(run__benchmark__slug=benchmark) if benchmark else found
