"""A run's scores, as the API shows them."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from leaderboard.api.serializers.catalog import DatasetSerializer
from leaderboard.results.models import Score


class ScoreSerializer(serializers.ModelSerializer[Score]):
    """One number of a run: a fraction (or a signed difference), null when there is nothing to compute it from.

    A reviewer may have ``corrected`` the value; ``computed_value`` is then what was computed.
    """

    corrected = serializers.SerializerMethodField()
    computed_value = serializers.SerializerMethodField()

    class Meta:
        model = Score
        fields = (
            "axis",
            "dimension",
            "metric",
            "value",
            "correct",
            "total",
            "low",
            "high",
            "corrected",
            "computed_value",
        )

    def get_corrected(self, score: Score) -> bool:
        """Return whether a reviewer has corrected the value."""
        return score.computed is not None

    def get_computed_value(self, score: Score) -> float | None:
        """Return what was computed where that is not the value."""
        return score.computed["value"] if score.computed else None


class RunScoresSerializer(serializers.Serializer[Any]):
    """Every score of a run, with what makes it comparable: benchmark, data set and protocol."""

    run = serializers.UUIDField()
    benchmark = serializers.SlugField()
    protocol = serializers.CharField()
    dataset = DatasetSerializer(allow_null=True)
    scores = ScoreSerializer(many=True)
