"""The number that ranks a run, for many runs at once."""

from __future__ import annotations

from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import JSONObject

from leaderboard.results.models import Score
from leaderboard.runs.models import Run


def with_headline(runs: QuerySet[Run]) -> QuerySet[Run]:
    """Annotate ``headline``: ``{"metric", "value", "low", "high", "correct", "total"}``, or None, in the same query."""
    headline = Score.objects.filter(
        run=OuterRef("pk"),
        protocol=OuterRef("protocol"),
        axis=OuterRef("benchmark__headline_axis"),
        dimension=OuterRef("benchmark__headline_dimension"),
        metric=OuterRef("benchmark__headline_metric"),
    ).values(
        found=JSONObject(
            metric="metric",
            value="value",
            low="low",
            high="high",
            correct="correct",
            total="total",
        )
    )
    return runs.annotate(headline=Subquery(headline[:1]))
