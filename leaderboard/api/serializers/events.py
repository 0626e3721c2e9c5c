"""What a stream tells of a submission."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from leaderboard.api.serializers.runs import RunProgressSerializer
from leaderboard.runs.models import RunEvent
from leaderboard.runs.states import RunState


class RunEventSerializer(serializers.ModelSerializer[RunEvent]):
    """Something that happened to a run. ``context["private"]`` says whether the reader may know who and why."""

    run = serializers.UUIDField(source="run.public_id")
    benchmark = serializers.CharField(source="run.benchmark.slug")
    worker = serializers.SerializerMethodField()
    reason = serializers.SerializerMethodField()

    class Meta:
        model = RunEvent
        fields = (
            "run",
            "benchmark",
            "at",
            "kind",
            "attempt",
            "from_state",
            "to_state",
            "stage",
            "worker",
            "reason",
        )

    def get_worker(self, event: RunEvent) -> str | None:
        """Return the worker's name, to those who may know it."""
        return event.worker if self.context["private"] else None

    def get_reason(self, event: RunEvent) -> str | None:
        """Return why it happened, to those who may know it."""
        return event.reason if self.context["private"] else None


class RunStandingSerializer(serializers.Serializer[Any]):
    """Where a run stands."""

    id = serializers.UUIDField()
    benchmark = serializers.CharField()
    state = serializers.ChoiceField(choices=RunState.choices)
    attempt = serializers.IntegerField()
    progress = RunProgressSerializer(allow_null=True)


class StandingSerializer(serializers.Serializer[Any]):
    """Where a submission stands."""

    attempt = serializers.IntegerField()
    queue_position = serializers.IntegerField(allow_null=True)
    runs = RunStandingSerializer(many=True)
