"""Runs in a list, and what may be asked of runs and their responses."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from leaderboard.api.serializers.catalog import ModelSerializer, PublicVariantSerializer
from leaderboard.api.serializers.runs import RunSerializer
from leaderboard.results.flags import Flag
from leaderboard.results.models import Verdict
from leaderboard.runs.models import Pictures
from leaderboard.runs.states import RunState

TEXT_LENGTH = 200
DIMENSION_HELP = "`AXIS:KEY` of one of the benchmark's dimensions, such as `L2:coarse_perception`."


class RunFilterSerializer(serializers.Serializer[Any]):
    """Which runs to return, among those that you may see."""

    state = serializers.MultipleChoiceField(
        choices=RunState.choices, required=False, help_text="May be repeated."
    )
    benchmark = serializers.SlugField(required=False, help_text="Short name of a benchmark.")
    model = serializers.SlugField(required=False, help_text="Short name of a model.")
    pictures = serializers.ChoiceField(
        choices=Pictures.choices, required=False, help_text="What the model saw."
    )
    mine = serializers.BooleanField(required=False, help_text="Only of your own submissions.")
    q = serializers.CharField(
        required=False,
        max_length=TEXT_LENGTH,
        help_text="Part of the model's name or organisation.",
    )


class ResponseFilterSerializer(serializers.Serializer[Any]):
    """Which responses to return."""

    verdict = serializers.MultipleChoiceField(
        choices=Verdict.choices, required=False, help_text="May be repeated."
    )
    flag = serializers.ChoiceField(
        choices=Flag.choices,
        required=False,
        help_text="Whatever the verdict: cut off by the limit on new tokens, declined, or decided by a judge.",
    )
    dimension = serializers.CharField(
        required=False, max_length=TEXT_LENGTH, help_text=DIMENSION_HELP
    )
    q = serializers.CharField(
        required=False,
        max_length=TEXT_LENGTH,
        help_text="Part of the question or of the answer.",
    )


class RunRowSerializer(RunSerializer):
    """A run in a list: without what is decided on it, and where it is served from."""

    submission = serializers.UUIDField(source="submission.public_id", read_only=True)
    model = ModelSerializer(source="submission.variant.model", read_only=True)
    variant = PublicVariantSerializer(source="submission.variant", read_only=True)

    class Meta(RunSerializer.Meta):
        fields = (
            "submission",
            "model",
            "variant",
            *(name for name in RunSerializer.Meta.fields if name not in ("decision", "blockers")),
        )
