"""Submissions: the answers."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from leaderboard.api.serializers.catalog import ModelSerializer, VariantSerializer
from leaderboard.api.serializers.runs import (
    ProgressSerializer,
    RunSerializer,
    RunUrlsSerializer,
    urls_of,
)
from leaderboard.api.serializers.strict import VISIBILITY_HELP, StrictSerializer
from leaderboard.catalog.models import Precision
from leaderboard.runs.models import Pictures, Run, Submission
from leaderboard.runs.states import RunState
from leaderboard.runs.visibility import Visibility


class ReasonSerializer(StrictSerializer):
    """Why; optional."""

    reason = serializers.CharField(required=False, allow_blank=True, default="")


class VisibilitySerializer(StrictSerializer):
    """Who may see it."""

    visibility = serializers.ChoiceField(choices=Visibility.choices, help_text=VISIBILITY_HELP)


class ChangesSerializer(StrictSerializer):
    """Changes to how a checkpoint is served. What each may be is for ``runs.changes``."""

    tensor_parallel_size = serializers.IntegerField(required=False)
    max_model_len = serializers.IntegerField(required=False)
    kv_cache_dtype = serializers.CharField(required=False)
    images_per_prompt = serializers.IntegerField(required=False)
    precision = serializers.ChoiceField(choices=Precision.choices, required=False)
    source = serializers.CharField(required=False)  # type: ignore[assignment] # the field's name is the API's
    revision = serializers.CharField(required=False, allow_blank=True)


class RetrySerializer(StrictSerializer):
    """How to retry; empty for as before."""

    changes = ChangesSerializer(required=False)


class RunSummarySerializer(serializers.ModelSerializer[Run]):
    """One line of a submission in a list."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    benchmark = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True)
    pictures = serializers.ChoiceField(choices=Pictures.choices, read_only=True)
    state = serializers.ChoiceField(choices=RunState.choices, read_only=True)
    urls = serializers.SerializerMethodField()

    class Meta:
        model = Run
        fields = ("id", "benchmark", "pictures", "frugal", "state", "state_since", "urls")

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
    owner = serializers.SlugRelatedField[Any](
        source="organization", slug_field="slug", read_only=True, allow_null=True
    )
    visibility = serializers.ChoiceField(choices=Visibility.choices, read_only=True)
    worker = serializers.SerializerMethodField()
    note = serializers.SerializerMethodField()

    class Meta(SubmissionSerializer.Meta):
        fields = (
            *SubmissionSerializer.Meta.fields,
            "variant",
            "queue_position",
            "progress",
            "owner",
            "visibility",
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
