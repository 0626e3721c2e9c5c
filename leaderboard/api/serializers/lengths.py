"""How long a run's answers are, as the API shows it."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers


class DistributionSerializer(serializers.Serializer[Any]):
    """Lengths of ``n`` answers; 95 % are at most ``p95``."""

    n = serializers.IntegerField()
    mean = serializers.FloatField()
    p50 = serializers.FloatField()
    p95 = serializers.FloatField()
    max = serializers.IntegerField()


class ReasoningSerializer(serializers.Serializer[Any]):
    """Answers with reasoning in them, its share of all characters, and an estimate of its tokens."""

    answers = serializers.IntegerField()
    share = serializers.FloatField(allow_null=True)
    tokens = serializers.IntegerField(allow_null=True)


class AnswerLengthsSerializer(serializers.Serializer[Any]):
    """How long the answers are, reasoning included; null for what is not known of any answer."""

    answers = serializers.IntegerField()
    characters = DistributionSerializer(allow_null=True)
    completion_tokens = DistributionSerializer(allow_null=True)
    reasoning = ReasoningSerializer()
