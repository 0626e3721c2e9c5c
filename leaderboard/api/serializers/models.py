"""Models with their configurations and results, as the API shows them."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from leaderboard.api.serializers.catalog import (
    DatasetSerializer,
    ModelSerializer,
    PublicVariantSerializer,
)
from leaderboard.api.serializers.run_lists import TEXT_LENGTH
from leaderboard.api.serializers.runs import HeadlineSerializer
from leaderboard.catalog.models import VlmModel


class ModelFilterSerializer(serializers.Serializer[Any]):
    """Which models to return, among those of which you may see a run."""

    q = serializers.CharField(
        required=False, max_length=TEXT_LENGTH, help_text="Part of the name or organisation."
    )
    open_weights = serializers.BooleanField(required=False, allow_null=True, default=None)
    is_baseline = serializers.BooleanField(required=False, allow_null=True, default=None)


class StandingSerializer(serializers.Serializer[Any]):
    """A configuration's newest published run of one benchmark."""

    run = serializers.UUIDField(source="run.public_id")
    benchmark = serializers.SlugField(source="run.benchmark.slug")
    protocol = serializers.CharField(source="run.protocol")
    dataset = DatasetSerializer(source="run.dataset", allow_null=True)
    headline = HeadlineSerializer(allow_null=True)


class ConfigurationSerializer(serializers.Serializer[Any]):
    """A configuration of a model, and where it stands on each benchmark."""

    variant = PublicVariantSerializer()
    results = StandingSerializer(many=True)


class ModelDetailSerializer(ModelSerializer):
    """A model with its configurations; those with published runs first."""

    configurations = ConfigurationSerializer(many=True, read_only=True)

    class Meta(ModelSerializer.Meta):
        model = VlmModel
        fields = (*ModelSerializer.Meta.fields, "configurations")
