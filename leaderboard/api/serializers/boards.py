"""Boards, as the API shows them."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from rest_framework import serializers

from leaderboard.api.serializers.catalog import (
    DatasetSerializer,
    ModelSerializer,
    PublicVariantSerializer,
)
from leaderboard.boards.models import BoardRow, BoardVersion

LARGEST_ID = 2**63 - 1
"""That PostgreSQL's bigint holds."""


class BoardRequestSerializer(serializers.Serializer[Any]):
    """Which version of a board."""

    version = serializers.IntegerField(
        required=False,
        min_value=1,
        max_value=LARGEST_ID,
        help_text="The `id` of a version; left out: the newest on the current data set.",
    )


class ColumnSerializer(serializers.Serializer[Any]):
    """Which score stands in a column."""

    axis = serializers.CharField()
    dimension = serializers.CharField()
    metric = serializers.CharField()


class CellSerializer(serializers.Serializer[Any]):
    """A score: a fraction with its 95 % interval. ``computed`` is null unless a reviewer has corrected the value."""

    value = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    correct = serializers.IntegerField(allow_null=True)
    total = serializers.IntegerField()
    computed = serializers.FloatField(allow_null=True, required=False)


class ServingSerializer(serializers.Serializer[Any]):
    """Measured on the evaluation's own traffic."""

    ttft_ms_p50 = serializers.FloatField(allow_null=True)
    ttft_ms_p95 = serializers.FloatField(allow_null=True)
    tokens_per_s = serializers.FloatField(allow_null=True)


class BoardRowSerializer(serializers.ModelSerializer[BoardRow]):
    """One variant. ``rank`` is null for a baseline; ``rank_low`` to ``rank_high`` are the ranks not ruled out."""

    run = serializers.UUIDField(source="run.public_id", read_only=True)
    model = ModelSerializer(source="run.submission.variant.model", read_only=True)
    variant = PublicVariantSerializer(source="run.submission.variant", read_only=True)
    cells = serializers.ListField(child=CellSerializer(allow_null=True), read_only=True)
    serving = ServingSerializer(read_only=True)

    class Meta:
        model = BoardRow
        fields = (
            "rank",
            "rank_low",
            "rank_high",
            "run",
            "model",
            "variant",
            "value",
            "cells",
            "serving",
        )


class BoardVersionSerializer(serializers.ModelSerializer[BoardVersion]):
    """One version of a board, without rows. ``number`` counts the versions on one data set under one protocol."""

    benchmark = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True)
    dataset = DatasetSerializer(read_only=True)
    url = serializers.SerializerMethodField()

    class Meta:
        model = BoardVersion
        fields: tuple[str, ...] = (
            "id",
            "benchmark",
            "protocol",
            "dataset",
            "number",
            "created_at",
            "reason",
            "url",
        )

    def get_url(self, version: BoardVersion) -> str:
        """Return the absolute address of exactly this version."""
        path = reverse("api:board", args=[version.benchmark.slug])
        address = self.context["request"].build_absolute_uri(path)
        return f"{address}?version={version.pk}"


class BoardSerializer(BoardVersionSerializer):
    """One version of a board: ``cells`` of a row follow ``columns``."""

    columns = ColumnSerializer(many=True, read_only=True)
    rows = BoardRowSerializer(many=True, read_only=True)

    class Meta(BoardVersionSerializer.Meta):
        fields = (*BoardVersionSerializer.Meta.fields, "columns", "rows")
