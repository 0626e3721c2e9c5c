"""Models, variants, benchmarks and data sets, as the API shows them."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from leaderboard.catalog.models import Benchmark, DatasetVersion, Dimension, Variant, VlmModel
from leaderboard.runs.models import Submission


class ModelSerializer(serializers.ModelSerializer[VlmModel]):
    """A model."""

    homepage = serializers.CharField(read_only=True, help_text="An address, or empty.")

    class Meta:
        model = VlmModel
        fields: tuple[str, ...] = (
            "slug",
            "name",
            "organization",
            "homepage",
            "parameters_b",
            "open_weights",
            "is_baseline",
        )


class PublicVariantSerializer(serializers.ModelSerializer[Variant]):
    """A variant without where it is served from."""

    precision_bits = serializers.IntegerField(read_only=True, allow_null=True)

    class Meta:
        model = Variant
        fields: tuple[str, ...] = (
            "kind",
            "engine",
            "precision",
            "precision_bits",
            "revision",
            "served_name",
            "architecture",
            "base_model",
            "parameters",
            "size_bytes",
            "weights_sha256",
            "commit",
            "components",
        )


class VariantSerializer(PublicVariantSerializer):
    """A variant. ``source`` is null where an endpoint's address, or a folder, is not for this reader."""

    source = serializers.SerializerMethodField()  # type: ignore[assignment] # the field's name is the API's

    class Meta(PublicVariantSerializer.Meta):
        fields = (*PublicVariantSerializer.Meta.fields, "source")

    def get_source(self, variant: Variant) -> str | None:
        """Return the hub id; a folder or an endpoint's address only for who sees the submission whole."""
        submission: Submission = self.context["submission"]
        if submission.details_visible_to(self.context["request"].user):
            return variant.source
        return variant.public_source or None


class DatasetSerializer(serializers.ModelSerializer[DatasetVersion]):
    """The rows that were used. ``official_size`` is false for a demo set."""

    official_size = serializers.BooleanField(read_only=True)

    class Meta:
        model = DatasetVersion
        fields = ("fingerprint", "rows", "label", "official_size")


class DimensionSerializer(serializers.ModelSerializer[Dimension]):
    """One dimension of a benchmark. ``parent`` is the key of the dimension above; empty at the top."""

    title = serializers.CharField(read_only=True)
    short = serializers.CharField(read_only=True)

    class Meta:
        model = Dimension
        fields = ("axis", "key", "parent", "title", "short")


class HeadlineKeySerializer(serializers.Serializer[Benchmark]):
    """Which score ranks."""

    axis = serializers.CharField(source="headline_axis")
    dimension = serializers.CharField(source="headline_dimension")
    metric = serializers.CharField(source="headline_metric")


class BenchmarkSerializer(serializers.ModelSerializer[Benchmark]):
    """A benchmark. ``dataset`` is the current one, null until a first run brought one."""

    title = serializers.CharField(read_only=True)
    summary = serializers.CharField(read_only=True)
    headline = HeadlineKeySerializer(source="*", read_only=True)
    dimensions = DimensionSerializer(many=True, read_only=True)
    dataset = serializers.SerializerMethodField()

    class Meta:
        model = Benchmark
        fields: tuple[str, ...] = (
            "slug",
            "family",
            "title",
            "summary",
            "version",
            "protocol",
            "official_rows",
            "headline",
            "board_axis",
            "dimensions",
            "dataset",
        )

    @extend_schema_field(DatasetSerializer(allow_null=True))
    def get_dataset(self, benchmark: Benchmark) -> Any:
        """Return the current data set among the prefetched ones."""
        current = next((d for d in benchmark.datasets.all() if d.current), None)
        return None if current is None else DatasetSerializer(current).data


class ProtocolSerializer(serializers.Serializer[Any]):
    """How many runs are published under a protocol, on a data set. Only those of one pair are compared."""

    protocol = serializers.CharField()
    dataset = DatasetSerializer()
    runs = serializers.IntegerField()


class BenchmarkDetailSerializer(BenchmarkSerializer):
    """A benchmark with the protocols and data sets under which something is published."""

    protocols = ProtocolSerializer(many=True, read_only=True)

    class Meta(BenchmarkSerializer.Meta):
        fields = (*BenchmarkSerializer.Meta.fields, "protocols")
