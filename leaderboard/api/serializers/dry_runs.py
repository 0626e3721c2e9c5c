"""What submitting would amount to: the answer."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from leaderboard.api.schema import FieldErrorSerializer
from leaderboard.api.serializers.account import QuotaSerializer
from leaderboard.runs.models import Pictures


class PlannedRunSerializer(serializers.Serializer[Any]):
    """A run that there would be. `seconds` is null where no run of any benchmark has ended yet."""

    benchmark = serializers.CharField()
    pictures = serializers.ChoiceField(choices=Pictures.choices)
    requests = serializers.IntegerField()
    seconds = serializers.FloatField(allow_null=True)


class FitSerializer(serializers.Serializer[Any]):
    """Whether the weights fit, in bytes per GPU. The KV cache is not in it: the worker, which reads the checkpoint, knows."""

    gpus = serializers.IntegerField()
    weight_bytes = serializers.IntegerField()
    available_bytes = serializers.IntegerField(help_text="What the engine may use of one GPU.")
    read = serializers.BooleanField(
        help_text="Whether a worker has read the size, so that it is not a declared one."
    )
    fits = serializers.BooleanField()


class DryRunSerializer(serializers.Serializer[Any]):
    """What is wrong with a submission, and what it would amount to.

    While it is not `valid` there are no `runs`, and `queue`, `gpus`, `waiting` and `fit` are null.
    """

    valid = serializers.BooleanField(help_text="Whether `errors` is empty.")
    within_quota = serializers.BooleanField(help_text="Whether one more may be submitted now.")
    errors = FieldErrorSerializer(many=True)  # type: ignore[assignment] # as in a problem
    runs = PlannedRunSerializer(many=True)
    requests = serializers.IntegerField()
    seconds = serializers.FloatField(
        allow_null=True, help_text="Estimated time on a worker, from how long finished runs took."
    )
    queue = serializers.CharField(allow_null=True)
    gpus = serializers.IntegerField(allow_null=True, help_text="0 for an endpoint.")
    waiting = serializers.IntegerField(
        allow_null=True, help_text="Submissions that wait in that queue."
    )
    fit = FitSerializer(
        allow_null=True, help_text="Null for an endpoint, and where the size is not known."
    )
    quota = QuotaSerializer(many=True)
