"""Runs, their scores and responses, as the API shows them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import get_language
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request

from evaluator.errors import FAILURE_WORDS, FailureCode
from evaluator.messages import Progress, Stage
from leaderboard.api.serializers.catalog import (
    DatasetSerializer,
    ModelSerializer,
    VariantSerializer,
)
from leaderboard.api.serializers.lengths import AnswerLengthsSerializer
from leaderboard.results.models import Response
from leaderboard.review.models import Decision
from leaderboard.runs.models import Pictures, Run, Submission
from leaderboard.runs.states import RunState


class SuggestionSerializer(serializers.Serializer[Any]):
    """A change by which it would fit, as `retry` takes it. ``needs`` are fields that you must add to the changes."""

    kind = serializers.CharField()
    changes = serializers.DictField()
    memory_bytes = serializers.IntegerField(help_text="Estimated, per GPU.")
    available_bytes = serializers.IntegerField()
    needs = serializers.ListField(child=serializers.CharField())


class FailureSerializer(serializers.Serializer[Any]):
    """Why a run failed and what to do, in the request's language. ``code`` is stable."""

    code = serializers.ChoiceField(choices=[code.value for code in FailureCode])
    title = serializers.CharField()
    advice = serializers.CharField()
    detail = serializers.CharField()
    fit = serializers.DictField(
        allow_null=True,
        help_text="Where memory was too little: the estimate in bytes per GPU (`weights`, `kv_cache`, `activations`, "
        "`overhead`, `total`) and what is `available`.",
    )
    suggestions = SuggestionSerializer(many=True)


class RunProgressSerializer(serializers.Serializer[Any]):
    """Live figures of a run on a worker. ``rate`` is requests per second."""

    done = serializers.IntegerField()
    total = serializers.IntegerField(allow_null=True)
    errored = serializers.IntegerField()
    resumed = serializers.IntegerField()
    rate = serializers.FloatField(allow_null=True)
    eta_s = serializers.FloatField(allow_null=True)
    ttft_ms_p50 = serializers.FloatField(allow_null=True)
    ttft_ms_p95 = serializers.FloatField(allow_null=True)
    tokens_per_s = serializers.FloatField(allow_null=True)


class EpochField(serializers.DateTimeField):
    """Epoch seconds, shown as a date."""

    def to_representation(self, value: Any) -> Any:
        """Return ISO 8601 in UTC."""
        return super().to_representation(datetime.fromtimestamp(value, UTC))


class ProgressSerializer(serializers.Serializer[Progress]):
    """Where the worker is in the way of the whole submission. ``heartbeat_at`` is when it was last heard of."""

    stage = serializers.ChoiceField(choices=[stage.value for stage in Stage])
    stage_since = EpochField()
    heartbeat_at = EpochField(source="at")
    current_run = serializers.CharField(allow_null=True)
    log_tail = serializers.ListField(child=serializers.CharField())


class BlockerSerializer(serializers.Serializer[Any]):
    """Why a run cannot be published."""

    code = serializers.CharField()
    detail = serializers.CharField()


class CountsSerializer(serializers.Serializer[Any]):
    """Rows asked for, responses, and the responses by verdict. Absent until the run is graded."""

    items = serializers.IntegerField(required=False)
    responses = serializers.IntegerField(required=False)
    missing = serializers.IntegerField(required=False)
    correct = serializers.IntegerField(required=False)
    incorrect = serializers.IntegerField(required=False)
    unparsed = serializers.IntegerField(required=False)
    errored = serializers.IntegerField(required=False)
    unjudged = serializers.IntegerField(required=False)
    skipped = serializers.IntegerField(required=False)
    lengths = AnswerLengthsSerializer(required=False)


class HeadlineSerializer(serializers.Serializer[Any]):
    """The score that ranks: a fraction with its 95 % interval."""

    metric = serializers.CharField()
    value = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    correct = serializers.IntegerField(allow_null=True)
    total = serializers.IntegerField()


class MomentField(serializers.DateTimeField):
    """ISO 8601 text as the database writes it, shown like every other date."""

    def to_representation(self, value: Any) -> Any:
        """Return ISO 8601 in UTC."""
        return super().to_representation(datetime.fromisoformat(value))


class DecisionSerializer(serializers.Serializer[Any]):
    """What was decided in review, and why."""

    action = serializers.ChoiceField(choices=Decision.Action.choices)
    reason = serializers.CharField(allow_blank=True)
    at = MomentField()


class RunUrlsSerializer(serializers.Serializer[Any]):
    """Where to go on from a run; ``page`` is for people."""

    self = serializers.URLField()
    scores = serializers.URLField()
    responses = serializers.URLField()
    page = serializers.URLField()


RUN_ADDRESSES = {
    "self": "api:run",
    "scores": "api:scores",
    "responses": "api:responses",
    "page": "runs:detail",
}


def urls_of(run: Run, request: Request) -> dict[str, str]:
    """Return the absolute addresses of a run, as ``RunUrlsSerializer`` declares them."""
    return {
        name: request.build_absolute_uri(reverse(address, args=[run.public_id]))
        for name, address in RUN_ADDRESSES.items()
    }


def failure_of(run: Run) -> dict[str, Any] | None:
    """Return why a run failed, as ``FailureSerializer`` declares it; general words for a code that is no longer known."""
    if run.state != RunState.FAILED:
        return None
    code = run.failure_code if run.failure_code in set(FailureCode) else FailureCode.INTERNAL
    words = FAILURE_WORDS[FailureCode(code)]
    language = get_language() or "en"
    return {
        "code": run.failure_code,
        "title": words.title(language),
        "advice": words.advice(language),
        "detail": run.failure_detail,
        "fit": run.failure_facts.get("fit"),
        "suggestions": run.failure_facts.get("suggestions") or [],
    }


class RunSerializer(serializers.ModelSerializer[Run]):
    """One benchmark of a submission.

    Expects runs from ``with_headline`` and ``with_decision``; ``context["live"]`` is what ``live_by_run`` says of
    them, ``context["submission"]`` the submission that they belong to.
    """

    id = serializers.UUIDField(source="public_id", read_only=True)
    benchmark = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True)
    state = serializers.ChoiceField(choices=RunState.choices, read_only=True)
    state_label = serializers.CharField(source="get_state_display", read_only=True)
    pictures = serializers.ChoiceField(
        choices=Pictures.choices,
        read_only=True,
        help_text="Anything but `shown` is a run without pictures: never ranked.",
    )
    progress = serializers.SerializerMethodField()
    failure = serializers.SerializerMethodField()
    counts = CountsSerializer(read_only=True)
    blockers = BlockerSerializer(many=True, read_only=True)
    headline = HeadlineSerializer(read_only=True, allow_null=True)
    decision = serializers.SerializerMethodField()
    urls = serializers.SerializerMethodField()

    class Meta:
        model = Run
        fields: tuple[str, ...] = (
            "id",
            "benchmark",
            "state",
            "state_label",
            "state_since",
            "attempt",
            "limit",
            "pictures",
            "frugal",
            "protocol",
            "started_at",
            "finished_at",
            "progress",
            "failure",
            "counts",
            "blockers",
            "headline",
            "decision",
            "urls",
        )

    @extend_schema_field(RunProgressSerializer(allow_null=True))
    def get_progress(self, run: Run) -> Any:
        """Return the live figures while the run is under way."""
        progress: Progress | None = self.context["live"].get(run.pk)
        figures = None if progress is None else progress.runs.get(str(run.public_id))
        return None if figures is None else RunProgressSerializer(figures).data

    @extend_schema_field(FailureSerializer(allow_null=True))
    def get_failure(self, run: Run) -> Any:
        """Return code, words and detail of a failed run."""
        return failure_of(run)

    @extend_schema_field(DecisionSerializer(allow_null=True))
    def get_decision(self, run: Run) -> Any:
        """Return the newest decision for the submitter and reviewers; null for others."""
        submission: Submission = self.context["submission"]
        found: dict[str, Any] | None = getattr(run, "decision", None)
        if found is None or not submission.details_visible_to(self.context["request"].user):
            return None
        return DecisionSerializer(found).data

    @extend_schema_field(RunUrlsSerializer)
    def get_urls(self, run: Run) -> dict[str, str]:
        """Return the absolute addresses of the run."""
        return urls_of(run, self.context["request"])


class ImportOriginSerializer(serializers.Serializer[Any]):
    """Where answers come from that were given elsewhere: the file, the harness that wrote it, and who brought it.

    ``file`` is its name, for the importer and reviewers; null for others.
    """

    file = serializers.CharField(allow_null=True)
    sha256 = serializers.CharField()
    bytes = serializers.IntegerField()
    harness = serializers.CharField()
    harness_version = serializers.CharField(allow_null=True)
    harness_date = serializers.CharField(allow_null=True)
    by = serializers.CharField()


class ProvenanceSerializer(serializers.Serializer[Run]):
    """What it takes to repeat the run, or to distrust it. ``imported`` is null for a run that was evaluated here."""

    spec_identity = serializers.CharField(allow_null=True)
    generation = serializers.DictField()
    versions = serializers.DictField(child=serializers.CharField())
    hardware = serializers.DictField()
    prompts_sha256 = serializers.CharField(allow_null=True)
    artifact_sha256 = serializers.CharField(allow_null=True)
    imported = ImportOriginSerializer(allow_null=True)


PUBLIC_MANIFEST: dict[str, Any] = {
    "spec_identity": None,
    "generation": {},
    "versions": {},
    "hardware": {},
    "prompts_sha256": None,
    "imported": None,
}
"""The parts of a manifest that are for everybody, with what stands for a missing one. Addresses and argv are not."""


class RunDetailSerializer(RunSerializer):
    """A run with its submission, data set, serving figures and provenance."""

    submission = serializers.UUIDField(source="submission.public_id", read_only=True)
    model = ModelSerializer(source="submission.variant.model", read_only=True)
    variant = VariantSerializer(source="submission.variant", read_only=True)
    dataset = DatasetSerializer(read_only=True, allow_null=True)
    serving = serializers.SerializerMethodField()
    provenance = serializers.SerializerMethodField()

    class Meta(RunSerializer.Meta):
        fields = (
            *RunSerializer.Meta.fields,
            "submission",
            "model",
            "variant",
            "dataset",
            "serving",
            "provenance",
        )

    def get_serving(self, run: Run) -> dict[str, Any]:
        """Return the figures measured on the evaluation's own traffic."""
        return dict(run.manifest.get("serving") or {})

    @extend_schema_field(ProvenanceSerializer)
    def get_provenance(self, run: Run) -> Any:
        """Return the public part of the manifest and the bundle's hash."""
        told = {name: run.manifest.get(name) or empty for name, empty in PUBLIC_MANIFEST.items()}
        submission: Submission = self.context["submission"]
        if told["imported"] and not submission.details_visible_to(self.context["request"].user):
            told["imported"] = {**told["imported"], "file": None}
        return told | {"artifact_sha256": run.artifact_sha256 or None}


class ResponseSerializer(serializers.ModelSerializer[Response]):
    """A graded response. Times are milliseconds.

    ``context["private"]`` says whether the reader may see what the endpoint of a failed request said.
    """

    item = serializers.CharField(source="item.key", read_only=True)
    position = serializers.IntegerField(source="item.position", read_only=True)
    judge = serializers.SerializerMethodField()
    error = serializers.SerializerMethodField()

    class Meta:
        model = Response
        fields = (
            "item",
            "position",
            "verdict",
            "points",
            "parsed",
            "how",
            "judge",
            "text",
            "error",
            "finish_reason",
            "ttft_ms",
            "latency_ms",
            "prompt_tokens",
            "completion_tokens",
            "retries",
        )

    def get_judge(self, response: Response) -> str | None:
        """Return the judge that decided, or that failed to; null where rules decided."""
        ruling = response.ruling
        return ruling.judge if ruling else None

    def get_error(self, response: Response) -> str | None:
        """Return the failure code of a request that failed; for the submitter and reviewers with its detail."""
        return response.error_shown(private=self.context["private"])
