"""Submissions: the request and the answers."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from leaderboard.api.serializers.catalog import ModelSerializer, VariantSerializer
from leaderboard.api.serializers.runs import (
    ProgressSerializer,
    RunSerializer,
    RunUrlsSerializer,
    urls_of,
)
from leaderboard.api.serializers.strict import StrictSerializer
from leaderboard.catalog.models import Precision
from leaderboard.runs.models import Run, Submission
from leaderboard.runs.states import RunState
from leaderboard.runs.submission import SubmissionRequest


class ModelRequestSerializer(StrictSerializer):
    """The model as people speak of it."""

    name = serializers.CharField()
    organization = serializers.CharField(required=False, allow_blank=True)
    homepage = serializers.CharField(required=False, allow_blank=True)
    parameters_b = serializers.FloatField(required=False, allow_null=True)
    open_weights = serializers.BooleanField(required=False, allow_null=True)


class EndpointRequestSerializer(StrictSerializer):
    """An OpenAI-compatible endpoint. ``model`` is the name sent in each request."""

    base_url = serializers.CharField(help_text="Ends before /chat/completions.")
    model = serializers.CharField()
    api_key = serializers.CharField(
        required=False,
        allow_null=True,
        write_only=True,
        help_text="Sealed for the workers at once; no answer ever holds it.",
    )


class CheckpointRequestSerializer(StrictSerializer):
    """A checkpoint and how to serve it. ``source`` is a hub id or an absolute folder."""

    source = serializers.CharField()  # type: ignore[assignment] # the field's name is the API's
    revision = serializers.CharField(required=False, allow_blank=True)
    engine = serializers.CharField()
    precision = serializers.ChoiceField(choices=Precision.choices, required=False)
    served_name = serializers.CharField(required=False, allow_blank=True)
    tensor_parallel_size = serializers.IntegerField(required=False)
    max_model_len = serializers.IntegerField(required=False, allow_null=True)


class SubmissionRequestSerializer(StrictSerializer):
    """One model, as an endpoint or as a checkpoint, on one or more benchmarks.

    Checks the shape: which fields there are and of which type. What they may say is for ``runs.validation``.
    """

    model = ModelRequestSerializer()
    endpoint = EndpointRequestSerializer(required=False)
    checkpoint = CheckpointRequestSerializer(required=False)
    benchmarks = serializers.ListField(child=serializers.CharField())
    limit = serializers.IntegerField(
        required=False,
        allow_null=True,
        help_text="Only the first rows. Such a run is never ranked.",
    )
    concurrency = serializers.IntegerField(required=False)
    note = serializers.CharField(required=False, allow_blank=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Require exactly one of endpoint and checkpoint."""
        if ("endpoint" in attrs) == ("checkpoint" in attrs):
            raise serializers.ValidationError(
                _("Give either “endpoint” or “checkpoint”."), code="one_of"
            )
        return attrs

    def to_request(self) -> SubmissionRequest:
        """Return the validated data as the wish that the service takes."""
        data = dict(self.validated_data)
        model = data.pop("model")
        data["model_name"] = model.pop("name")
        data.update(model)
        if "endpoint" in data:
            endpoint = data.pop("endpoint")
            endpoint["served_name"] = endpoint.pop("model")
            return SubmissionRequest(kind="endpoint", **data, **endpoint)
        checkpoint = data.pop("checkpoint")
        return SubmissionRequest(kind="checkpoint", **data, **checkpoint)


MODEL_PATHS = {
    "model_name": "model.name",
    "organization": "model.organization",
    "homepage": "model.homepage",
    "parameters_b": "model.parameters_b",
    "open_weights": "model.open_weights",
}


def path_in_body(field: str, kind: str) -> str:
    """Return where a field of the wish stands in the body: ``base_url`` is ``endpoint.base_url``."""
    if field in MODEL_PATHS:
        return MODEL_PATHS[field]
    if kind == "endpoint" and field == "served_name":
        return "endpoint.model"
    part = {"endpoint": EndpointRequestSerializer, "checkpoint": CheckpointRequestSerializer}[kind]
    return f"{kind}.{field}" if field in part().fields else field


class ReasonSerializer(StrictSerializer):
    """Why; optional."""

    reason = serializers.CharField(required=False, allow_blank=True, default="")


class EmptySerializer(StrictSerializer):
    """A body without fields."""


class RunSummarySerializer(serializers.ModelSerializer[Run]):
    """One line of a submission in a list."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    benchmark = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True)
    state = serializers.ChoiceField(choices=RunState.choices, read_only=True)
    urls = serializers.SerializerMethodField()

    class Meta:
        model = Run
        fields = ("id", "benchmark", "state", "state_since", "urls")

    @extend_schema_field(RunUrlsSerializer)
    def get_urls(self, run: Run) -> dict[str, str]:
        """Return the absolute addresses of the run."""
        return urls_of(run, self.context["request"])


class SubmissionSerializer(serializers.ModelSerializer[Submission]):
    """A submission in a list."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    submitter = serializers.CharField(source="submitter.username", read_only=True)
    model = ModelSerializer(source="variant.model", read_only=True)
    runs = RunSummarySerializer(many=True, read_only=True)

    class Meta:
        model = Submission
        fields: tuple[str, ...] = ("id", "submitter", "model", "attempt", "created_at", "runs")


class SubmissionDetailSerializer(SubmissionSerializer):
    """A submission with all that is known of it now.

    Takes from the context ``submission``, ``progress`` (of its newest attempt, or None), ``live`` (of its runs) and
    ``queue_position`` (or None).
    What only the submitter and reviewers may see is null for others: address, worker, note, progress.
    """

    runs = RunSerializer(many=True, read_only=True)  # type: ignore[assignment] # says more of each
    variant = VariantSerializer(read_only=True)
    queue_position = serializers.SerializerMethodField()
    progress = serializers.SerializerMethodField()
    worker = serializers.SerializerMethodField()
    note = serializers.SerializerMethodField()

    class Meta(SubmissionSerializer.Meta):
        fields = (
            *SubmissionSerializer.Meta.fields,
            "variant",
            "queue_position",
            "progress",
            "worker",
            "note",
        )

    def get_queue_position(self, submission: Submission) -> int | None:  # noqa: ARG002
        """Return how many submissions of the same queue wait before it; null unless it waits."""
        position: int | None = self.context["queue_position"]
        return position

    @extend_schema_field(ProgressSerializer(allow_null=True))
    def get_progress(self, submission: Submission) -> Any:
        """Return the worker's stage, heartbeat and log."""
        live = self.context["progress"] if self._private(submission) else None
        return None if live is None else ProgressSerializer(live).data

    def get_worker(self, submission: Submission) -> str | None:
        """Return the name of the worker that has it, or had it last."""
        return submission.worker or None if self._private(submission) else None

    def get_note(self, submission: Submission) -> str | None:
        """Return the submitter's note."""
        return submission.note if self._private(submission) else None

    def _private(self, submission: Submission) -> bool:
        return submission.details_visible_to(self.context["request"].user)
