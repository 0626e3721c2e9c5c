"""What was last decided on a run, for many runs at once."""

from __future__ import annotations

from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import JSONObject

from leaderboard.review.models import Decision
from leaderboard.runs.models import Run


def with_decision(runs: QuerySet[Run]) -> QuerySet[Run]:
    """Annotate ``decision``: ``{"action", "reason", "at"}`` of the newest one, or None, in the same query.

    ``at`` is text as ISO 8601. Who decided is left out: it is not for the submitter. A re-run that was asked for decides
    nothing on the run itself, and is passed over.
    """
    decided = Decision.objects.exclude(action=Decision.Action.RERUN)
    newest = decided.filter(run=OuterRef("pk")).order_by("-id")
    told = newest.values(found=JSONObject(action="action", reason="reason", at="at"))
    return runs.annotate(decision=Subquery(told[:1]))
