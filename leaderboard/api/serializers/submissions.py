"""Submissions: the answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from leaderboard.api.serializers.catalog import ModelSerializer, VariantSerializer
from leaderboard.api.serializers.runs import (
    EpochField,
    FailureSerializer,
    ProgressSerializer,
    RunSerializer,
    RunUrlsSerializer,
    failure_of,
    urls_of,
)
from leaderboard.api.serializers.strict import VISIBILITY_HELP, StrictSerializer
from leaderboard.catalog.models import Precision
from leaderboard.runs.estimates import pace, seconds_left
from leaderboard.runs.models import Pictures, Run, Submission
from leaderboard.runs.progress import live_by_run, queue_positions
from leaderboard.runs.states import ON_WORKER, WAITING, RunState
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
    failure = serializers.SerializerMethodField()
    urls = serializers.SerializerMethodField()

    class Meta:
        model = Run
        fields = (
            "id",
            "benchmark",
            "pictures",
            "frugal",
            "state",
            "state_since",
            "attempt",
            "failure",
            "urls",
        )

    @extend_schema_field(FailureSerializer(allow_null=True))
    def get_failure(self, run: Run) -> Any:
        """Return code, words and detail of a failed run."""
        return failure_of(run)

    @extend_schema_field(RunUrlsSerializer)
    def get_urls(self, run: Run) -> dict[str, str]:
        """Return the absolute addresses of the run."""
        return urls_of(run, self.context["request"])


class SubmissionFilterSerializer(serializers.Serializer[Any]):
    """Which submissions to return: those with a run that is all of this."""

    state = serializers.MultipleChoiceField(
        choices=RunState.choices, required=False, help_text="May be repeated."
    )
    benchmark = serializers.SlugField(required=False, help_text="Short name of a benchmark.")
    model = serializers.SlugField(required=False, help_text="Short name of a model.")
    mine = serializers.BooleanField(
        required=False, help_text="Only your own, not your organisations'."
    )


class SubmissionSerializer(serializers.ModelSerializer[Submission]):
    """A submission in a list, with where it stands.

    Takes from the context what ``standing`` returns. The worker and when it was last heard of are null for those who
    only see what is published.
    """

    id = serializers.UUIDField(source="public_id", read_only=True)
    submitter = serializers.CharField(source="submitter.username", read_only=True)
    model = ModelSerializer(source="variant.model", read_only=True)
    runs = RunSummarySerializer(many=True, read_only=True)
    queue_position = serializers.SerializerMethodField()
    eta_s = serializers.SerializerMethodField()
    worker = serializers.SerializerMethodField()
    heartbeat_at = serializers.SerializerMethodField()

    class Meta:
        model = Submission
        fields: tuple[str, ...] = (
            "id",
            "submitter",
            "model",
            "attempt",
            "created_at",
            "runs",
            "queue_position",
            "eta_s",
            "worker",
            "heartbeat_at",
        )

    def get_queue_position(self, submission: Submission) -> int | None:
        """Return how many submissions of the same queue wait before it; null unless it waits."""
        position: int | None = self.context["queue_positions"].get(submission.pk)
        return position

    def get_eta_s(self, submission: Submission) -> float | None:
        """Return the estimated seconds of work that a worker has left with it; null where that is not known, or none is."""
        runs = list(submission.runs.all())
        if not any(run.state in WAITING | ON_WORKER for run in runs):
            return None
        return seconds_left(runs, self.context["live"], self.context["pace"])

    def get_worker(self, submission: Submission) -> str | None:
        """Return the name of the worker that has it, or had it last."""
        return submission.worker or None if self._private(submission) else None

    @extend_schema_field(EpochField(allow_null=True))
    def get_heartbeat_at(self, submission: Submission) -> Any:
        """Return when the worker was last heard of, while it has it."""
        told = [self.context["live"].get(run.pk) for run in submission.runs.all()]
        beats = [progress.at for progress in told if progress is not None]
        if not beats or not self._private(submission):
            return None
        return EpochField().to_representation(max(beats))

    def _private(self, submission: Submission) -> bool:
        """Whether the reader sees it whole; ``context["inside"]`` says it of all."""
        inside: bool = self.context.get("inside", False)
        return inside or submission.details_visible_to(self.context["request"].user)


def standing(submissions: Sequence[Submission]) -> dict[str, Any]:
    """Return the part of the context that is asked for all submissions at once: live figures, places, usual times.

    Their runs must be fetched, with benchmark and data set. What nothing needs is not asked for.
    """
    runs = [run for submission in submissions for run in submission.runs.all()]
    waiting = any(run.state in WAITING for run in runs)
    busy = any(run.state in WAITING | ON_WORKER for run in runs)
    return {
        "live": live_by_run(runs),
        "queue_positions": queue_positions(submissions) if waiting else {},
        "pace": pace() if busy else {},
    }


class SubmissionDetailSerializer(SubmissionSerializer):
    """A submission with all that is known of it now.

    Takes from the context what ``standing`` returns, ``submission``, and ``progress`` (of its newest attempt, or None).
    What only the submitter and reviewers may see is null for others: address, worker, note, progress.
    """

    runs = RunSerializer(many=True, read_only=True)  # type: ignore[assignment] # says more of each
    variant = VariantSerializer(read_only=True)
    progress = serializers.SerializerMethodField()
    owner = serializers.SlugRelatedField[Any](
        source="organization", slug_field="slug", read_only=True, allow_null=True
    )
    visibility = serializers.ChoiceField(choices=Visibility.choices, read_only=True)
    note = serializers.SerializerMethodField()

    class Meta(SubmissionSerializer.Meta):
        fields = (
            *SubmissionSerializer.Meta.fields,
            "variant",
            "progress",
            "owner",
            "visibility",
            "note",
        )

    @extend_schema_field(ProgressSerializer(allow_null=True))
    def get_progress(self, submission: Submission) -> Any:
        """Return the worker's stage, heartbeat and log."""
        live = self.context["progress"] if self._private(submission) else None
        return None if live is None else ProgressSerializer(live).data

    def get_note(self, submission: Submission) -> str | None:
        """Return the submitter's note."""
        return submission.note if self._private(submission) else None
