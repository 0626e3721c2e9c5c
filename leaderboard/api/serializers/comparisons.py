"""Two runs on the same questions, as the API shows them."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from leaderboard.api.serializers.catalog import DatasetSerializer

RUNS = 2


class ComparisonRequestSerializer(serializers.Serializer[Any]):
    """Which runs to compare."""

    runs = serializers.CharField(
        help_text="Two runs' ids with a comma between them. Differences are the first less the second."
    )

    def validate_runs(self, value: str) -> tuple[Any, ...]:
        """Return the two ids."""
        field = serializers.UUIDField()
        ids = tuple(field.run_validation(part.strip()) for part in value.split(","))
        if len(ids) != RUNS or len(set(ids)) != RUNS:
            raise serializers.ValidationError(_("Give two different runs."), code="not_two")
        return ids


class PairedSerializer(serializers.Serializer[Any]):
    """What came of comparing two runs on the units (questions, or what the metric counts) that both have.

    Fractions, and the interval of their difference is a 95 % cluster bootstrap's. `p` is McNemar's exact test of the
    flips, null where units can score between 0 and 1. `first_only` and `second_only` count the units that only one
    run has; they are in nothing else.
    """

    n = serializers.IntegerField()
    clusters = serializers.IntegerField()
    first = serializers.FloatField(allow_null=True)
    second = serializers.FloatField(allow_null=True)
    difference = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    first_better = serializers.IntegerField()
    second_better = serializers.IntegerField()
    p = serializers.FloatField(allow_null=True)
    first_only = serializers.IntegerField()
    second_only = serializers.IntegerField()


class DimensionComparisonSerializer(serializers.Serializer[Any]):
    """The same within one dimension. `p_adjusted` is corrected for all dimensions of the axis (Holm)."""

    dimension = serializers.CharField()
    result = PairedSerializer()
    p_adjusted = serializers.FloatField(allow_null=True)


class ComparisonSerializer(serializers.Serializer[Any]):
    """Two runs of one benchmark, on one data set, by one protocol. `metric` names what the units count."""

    runs = serializers.ListField(child=serializers.UUIDField(), min_length=RUNS, max_length=RUNS)
    benchmark = serializers.SlugField()
    protocol = serializers.CharField()
    dataset = DatasetSerializer()
    metric = serializers.CharField()
    whole = PairedSerializer()
    axis = serializers.CharField()
    dimensions = DimensionComparisonSerializer(many=True)
