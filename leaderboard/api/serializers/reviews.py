"""Reviewing, as the API takes and shows it."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from leaderboard.api.preconditions import etag_of
from leaderboard.api.problems import TYPE_PREFIX
from leaderboard.api.serializers.catalog import ModelSerializer, PublicVariantSerializer
from leaderboard.api.serializers.runs import (
    BlockerSerializer,
    HeadlineSerializer,
    RunUrlsSerializer,
    urls_of,
)
from leaderboard.api.serializers.strict import StrictSerializer
from leaderboard.results.models import ScoreCorrection
from leaderboard.review.actions import REASON_LENGTH, Outcome, choices_for
from leaderboard.review.models import Check, Decision
from leaderboard.review.versions import version_of
from leaderboard.runs.models import Run, RunEvent
from leaderboard.runs.states import GRADED

MOST_RUNS = 200
"""Runs that can be decided on at once."""
REASON_HELP = "Kept in the audit trail, where the submitter sees it; public for a run that is on a board or comes onto it."
ETAG_HELP = "As `If-Match` takes it. It changes with everything that happens to the run."


class ReviewFilterSerializer(serializers.Serializer[Any]):
    """Which runs to return: those that await review, unless states are named."""

    state = serializers.MultipleChoiceField(
        choices=sorted(GRADED), required=False, help_text="May be repeated."
    )
    benchmark = serializers.SlugField(required=False, help_text="Short name of a benchmark.")
    submitter = serializers.CharField(required=False, max_length=150, help_text="A user name.")
    q = serializers.CharField(
        required=False, max_length=200, help_text="Part of the model's name or organisation."
    )
    check = serializers.ChoiceField(
        choices=Check.Code.choices, required=False, help_text="An automatic check not passed."
    )
    worst = serializers.ChoiceField(
        choices=Check.Status.choices,
        required=False,
        help_text="What the worst of the automatic checks came to.",
    )


class CheckSerializer(serializers.ModelSerializer[Check]):
    """An automatic check with the number that decided it, in the check's own unit; most are fractions."""

    class Meta:
        model = Check
        fields = ("code", "status", "value", "threshold", "data")


class ReviewSerializer(serializers.ModelSerializer[Run]):
    """A run as a reviewer gets it. Expects runs from ``with_version`` and ``with_headline``."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    etag = serializers.SerializerMethodField(help_text=ETAG_HELP)
    benchmark = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True)
    model = ModelSerializer(source="submission.variant.model", read_only=True)
    variant = PublicVariantSerializer(source="submission.variant", read_only=True)
    submission = serializers.UUIDField(source="submission.public_id", read_only=True)
    submitter = serializers.CharField(source="submission.submitter.username", read_only=True)
    headline = HeadlineSerializer(read_only=True, allow_null=True)
    blockers = BlockerSerializer(many=True, read_only=True)
    checks = CheckSerializer(many=True, read_only=True)
    decisions = serializers.SerializerMethodField(help_text="What can be decided now.")
    urls = serializers.SerializerMethodField()

    class Meta:
        model = Run
        fields = (
            "id",
            "etag",
            "state",
            "state_since",
            "created_at",
            "benchmark",
            "protocol",
            "pictures",
            "model",
            "variant",
            "submission",
            "submitter",
            "headline",
            "blockers",
            "checks",
            "decisions",
            "urls",
        )

    def get_etag(self, run: Run) -> str:
        """Return the version of the run."""
        return etag_of(version_of(run))

    def get_decisions(self, run: Run) -> list[str]:
        """Return the names of the decisions that its state allows."""
        return [choice.name for choice in choices_for(run)]

    @extend_schema_field(RunUrlsSerializer)
    def get_urls(self, run: Run) -> dict[str, str]:
        """Return the absolute addresses of the run."""
        return urls_of(run, self.context["request"])


class DecisionRequestSerializer(StrictSerializer):
    """A decision. ``successor`` is for ``supersede``; left out, the newest run that fits."""

    action = serializers.ChoiceField(choices=Decision.Action.choices)
    reason = serializers.CharField(max_length=REASON_LENGTH, help_text=REASON_HELP)
    successor = serializers.UUIDField(required=False, help_text="The run that takes its place.")


class SeenRunSerializer(StrictSerializer):
    """A run, and the version of it that the reviewer has seen."""

    id = serializers.UUIDField()
    etag = serializers.CharField(max_length=80, help_text=ETAG_HELP)


class BulkRequestSerializer(StrictSerializer):
    """The same decision on several runs."""

    action = serializers.ChoiceField(choices=Decision.Action.choices)
    reason = serializers.CharField(max_length=REASON_LENGTH, help_text=REASON_HELP)
    runs = serializers.ListField(child=SeenRunSerializer(), allow_empty=False, max_length=MOST_RUNS)

    def validate_runs(self, runs: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Refuse a run that is named twice."""
        if len({run["id"] for run in runs}) < len(runs):
            raise serializers.ValidationError(_("Name each run once."), code="duplicate")
        return runs


class MadeDecisionSerializer(serializers.ModelSerializer[Decision]):
    """A decision that was made. ``reviewer`` is null where the rule for trusted submitters decided."""

    run = serializers.UUIDField(source="run.public_id", read_only=True)
    reviewer = serializers.CharField(source="reviewer.username", allow_null=True, read_only=True)
    other = serializers.UUIDField(
        source="other.public_id",
        allow_null=True,
        read_only=True,
        help_text="The run that supersedes it, or its re-run.",
    )

    class Meta:
        model = Decision
        fields = ("run", "action", "from_state", "to_state", "other", "reviewer", "reason", "at")


class OutcomeProblemSerializer(serializers.Serializer[Any]):
    """Why one run was left as it is. ``type`` is stable."""

    type = serializers.CharField()
    detail = serializers.CharField()


class OutcomeSerializer(serializers.Serializer[Any]):
    """What came of a decision on one of several runs: the decision, or the problem."""

    run = serializers.UUIDField(source="run.public_id")
    etag = serializers.SerializerMethodField(help_text=ETAG_HELP)
    decision = MadeDecisionSerializer(allow_null=True)
    problem = serializers.SerializerMethodField()

    def get_etag(self, outcome: Outcome) -> str:
        """Return the version of the run as it is now."""
        return etag_of(version_of(outcome.run))

    @extend_schema_field(OutcomeProblemSerializer(allow_null=True))
    def get_problem(self, outcome: Outcome) -> dict[str, str] | None:
        """Return the problem, null where the decision was made."""
        if outcome.decision is not None:
            return None
        return {"type": TYPE_PREFIX + outcome.code, "detail": outcome.detail}


class OutcomesSerializer(serializers.Serializer[Any]):
    """What came of it, in the order of the request."""

    results = OutcomeSerializer(many=True)


class CorrectionRequestSerializer(StrictSerializer):
    """A corrected score. ``value`` is a fraction or a signed difference; null shows what was computed again."""

    axis = serializers.CharField(max_length=40)
    dimension = serializers.CharField(max_length=120)
    metric = serializers.CharField(max_length=40)
    value = serializers.FloatField(allow_null=True)
    reason = serializers.CharField(max_length=REASON_LENGTH, help_text=REASON_HELP)


class CorrectionSerializer(serializers.ModelSerializer[ScoreCorrection]):
    """A correction that was made. A null ``new_value`` took the one before back."""

    run = serializers.UUIDField(source="run.public_id", read_only=True)
    author = serializers.CharField(source="author.username", read_only=True)

    class Meta:
        model = ScoreCorrection
        fields = (
            "run",
            "protocol",
            "axis",
            "dimension",
            "metric",
            "old_value",
            "computed_value",
            "new_value",
            "author",
            "reason",
            "at",
        )


class AuditEventSerializer(serializers.ModelSerializer[RunEvent]):
    """Something that happened to a run: a change of state, a stage, or a note (regraded, corrected, re-run)."""

    type = serializers.ChoiceField(source="kind", choices=RunEvent.Kind.values, read_only=True)
    actor = serializers.CharField(source="actor.username", allow_null=True, read_only=True)

    class Meta:
        model = RunEvent
        fields = (
            "id",
            "at",
            "type",
            "attempt",
            "from_state",
            "to_state",
            "stage",
            "actor",
            "worker",
            "reason",
            "data",
        )
