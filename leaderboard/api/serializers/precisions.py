"""What lower precision costs a model, as the API shows it."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from leaderboard.api.serializers.catalog import ModelSerializer, PublicVariantSerializer


class PrecisionRequestSerializer(serializers.Serializer[Any]):
    """Which model, and at which load its serving is compared."""

    model = serializers.SlugField(help_text="The model's slug, as boards give it.")
    streams = serializers.IntegerField(
        required=False,
        default=None,
        allow_null=True,
        min_value=1,
        help_text="The number of streams of the probe; without it 16, or the highest that was probed.",
    )


class DimensionDifferenceSerializer(serializers.Serializer[Any]):
    """The difference within one dimension. `p_adjusted` is corrected for all dimensions of the axis (Holm)."""

    dimension = serializers.CharField()
    n = serializers.IntegerField()
    difference = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    p = serializers.FloatField(allow_null=True)
    p_adjusted = serializers.FloatField(allow_null=True)


class PrecisionDifferenceSerializer(serializers.Serializer[Any]):
    """The variant less the baseline on the `n` units that both have: a fraction with its 95 % interval.

    `better` and `worse` count the units in which the variant is; `p` is McNemar's exact test of these flips.
    """

    metric = serializers.CharField()
    n = serializers.IntegerField()
    difference = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    better = serializers.IntegerField()
    worse = serializers.IntegerField()
    p = serializers.FloatField(allow_null=True)
    dimensions = DimensionDifferenceSerializer(many=True)


class OnBenchmarkSerializer(serializers.Serializer[Any]):
    """The pair on one benchmark. `difference` is null where the two were not compared."""

    benchmark = serializers.SlugField(source="version.benchmark.slug")
    protocol = serializers.CharField(source="version.protocol")
    run = serializers.UUIDField(source="run.public_id")
    baseline_run = serializers.UUIDField(source="baseline_run.public_id")
    difference = PrecisionDifferenceSerializer(source="found", allow_null=True)


class RatiosSerializer(serializers.Serializer[Any]):
    """The variant's figures over the baseline's, at `streams` of the probe; null where one of them is not known.

    Of serving only on one known kind of hardware. `memory` is the peak while serving, `weights` the size on disk.
    """

    streams = serializers.IntegerField(allow_null=True)
    ttft = serializers.FloatField(allow_null=True)
    tokens_per_s = serializers.FloatField(allow_null=True)
    memory = serializers.FloatField(allow_null=True)
    weights = serializers.FloatField(allow_null=True)


class PrecisionPairSerializer(serializers.Serializer[Any]):
    """A variant against the one in the highest precision, on the same engine and hardware (empty: not told)."""

    variant = PublicVariantSerializer()
    baseline = PublicVariantSerializer()
    hardware = serializers.CharField(allow_blank=True)
    ratios = RatiosSerializer()
    benchmarks = OnBenchmarkSerializer(many=True)


class PrecisionReportSerializer(serializers.Serializer[Any]):
    """Every published variant of lower precision of one model. Empty `pairs`: there is none to compare."""

    model = ModelSerializer()
    pairs = PrecisionPairSerializer(many=True)
