"""Reviewing: the queue, decisions on one run or several, corrections, and what has happened to a run."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.expressions import Combinable
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, permissions, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from leaderboard.accounts.roles import Scope, is_reviewer
from leaderboard.api import preconditions
from leaderboard.api.pagination import LatestFirst, NewestFirst
from leaderboard.api.preconditions import etag_of, seen_by, version_in
from leaderboard.api.problems import CONFLICT, Problem, invalid
from leaderboard.api.review_problems import problem_of
from leaderboard.api.schema import problems
from leaderboard.api.serializers.reviews import (
    AuditEventSerializer,
    BulkRequestSerializer,
    CorrectionRequestSerializer,
    CorrectionSerializer,
    DecisionRequestSerializer,
    MadeDecisionSerializer,
    OutcomesSerializer,
    ReviewFilterSerializer,
    ReviewSerializer,
)
from leaderboard.api.views.submissions import user_of
from leaderboard.core.text import storable
from leaderboard.results.corrections import NotCorrectable
from leaderboard.results.headline import with_headline
from leaderboard.results.models import ScoreCorrection
from leaderboard.review import services
from leaderboard.review.actions import REFUSALS, Outcome, decide_each
from leaderboard.review.models import Check, Decision
from leaderboard.review.versions import version_of, with_version
from leaderboard.runs.models import Run, RunEvent
from leaderboard.runs.states import RunState

ETAG = OpenApiParameter(
    "ETag", str, OpenApiParameter.HEADER, response=True, description="The version of the run."
)
IF_MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    required=True,
    description="The `ETag` of what you have seen; 428 without it, 412 when something has happened since.",
)
FIELDS = {"no-such-score": "metric", "derived": "metric"}
"""The field that is wrong, by the code of what cannot be corrected; the value where it is none of these."""


class MayReview(permissions.BasePermission):
    """For reviewers. A token needs the scope too."""

    def has_permission(self, request: Request, view: APIView) -> bool:  # noqa: ARG002
        return is_reviewer(request.user)


class ReviewsView(generics.ListAPIView[Run]):
    """The queue of reviewers."""

    permission_classes = [MayReview]
    serializer_class = ReviewSerializer
    pagination_class = NewestFirst

    def get_queryset(self) -> QuerySet[Run]:
        """Graded runs as the query filters them; two queries a page."""
        query = ReviewFilterSerializer(data=self.request.query_params)
        query.is_valid(raise_exception=True)
        wanted = query.validated_data
        states = wanted.get("state") or {RunState.REVIEW}
        found = Run.objects.in_states([RunState(state) for state in states])
        found = found.matching(storable(wanted.get("q", "")), wanted.get("benchmark", ""))
        if "submitter" in wanted:
            found = found.filter(submission__submitter__username=storable(wanted["submitter"]))
        found = found.filter(*_by_checks(wanted)).for_display().prefetch_related("checks")
        return with_version(with_headline(found))

    @extend_schema(
        operation_id="reviews_list",
        summary="List runs to review",
        parameters=[ReviewFilterSerializer],
        responses={200: ReviewSerializer(many=True)} | problems(400, 401, 403),
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return one page of graded runs, newest first, each with its checks and the decisions that can be made."""
        return super().get(request, *args, **kwargs)


class BulkDecisionsView(APIView):
    """Deciding on several runs."""

    permission_classes = [MayReview]
    change_scope = Scope.REVIEW

    @extend_schema(
        operation_id="reviews_decide",
        summary="Decide on several runs",
        request=BulkRequestSerializer,
        responses={200: OutcomesSerializer} | problems(400, 401, 403),
    )
    def post(self, request: Request) -> Response:
        """Decide on each run by itself: one that cannot be decided on is told of and leaves the others alone."""
        body = BulkRequestSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        wanted = body.validated_data
        found = {run.public_id: run for run in _runs().filter(public_id__in=_ids(wanted["runs"]))}
        if missing := [i for i, run in enumerate(wanted["runs"]) if run["id"] not in found]:
            told = [
                _error(f"runs.{i}.id", "not_found", _("There is no such run.")) for i in missing
            ]
            return invalid(told).response()
        seen = {found[run["id"]].pk: version_in(run["etag"]) for run in wanted["runs"]}
        runs = [found[run["id"]] for run in wanted["runs"]]
        outcomes: list[Outcome] = decide_each(
            runs, wanted["action"], user_of(request), wanted["reason"], seen=seen
        )
        return Response(OutcomesSerializer({"results": outcomes}).data)


class DecisionsView(APIView):
    """The decisions on one run."""

    permission_classes = [MayReview]
    change_scope = Scope.REVIEW

    @extend_schema(
        operation_id="runs_decisions",
        summary="Read the decisions on a run",
        parameters=[ETAG],
        responses={200: MadeDecisionSerializer(many=True)} | problems(401, 403, 404),
    )
    def get(self, request: Request, public_id: UUID) -> Response:  # noqa: ARG002
        """Return them, oldest first."""
        run = _run(public_id)
        # Before the decisions: one that is made meanwhile must not be known by a tag that does not know it.
        tag = etag_of(version_of(run))
        made = run.decisions.select_related("run", "reviewer", "other").order_by("id")
        return Response(MadeDecisionSerializer(made, many=True).data, headers={"ETag": tag})

    @extend_schema(
        operation_id="runs_decide",
        summary="Decide on a run",
        request=DecisionRequestSerializer,
        parameters=[IF_MATCH, ETAG],
        responses={201: MadeDecisionSerializer} | problems(400, 401, 403, 404, 409, 412, 428),
    )
    def post(self, request: Request, public_id: UUID) -> Response:
        """Approve, reject, quarantine, supersede, reopen, or ask for a re-run: 201, and the new `ETag`."""
        run, seen = _run(public_id), seen_by(request)
        if seen is None:
            return preconditions.required().response()
        body = DecisionRequestSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        wanted = body.validated_data
        successor = None
        if "successor" in wanted:
            successor = Run.objects.filter(public_id=wanted["successor"]).first()
            if successor is None or wanted["action"] != Decision.Action.SUPERSEDE:
                told = _("Only `supersede` takes a successor, and it must be a run.")
                return invalid([_error("successor", "invalid", told)]).response()
        try:
            decision: Decision = services.decide(
                run,
                wanted["action"],
                user_of(request),
                wanted["reason"],
                seen=seen,
                successor=successor,
            )
        except REFUSALS as error:
            return problem_of(run, error).response()
        return _made(run, MadeDecisionSerializer(decision).data)


class CorrectionsView(APIView):
    """The corrections of a run's scores."""

    permission_classes = [MayReview]
    change_scope = Scope.REVIEW

    @extend_schema(
        operation_id="runs_corrections",
        summary="Read the corrections of a run's scores",
        parameters=[ETAG],
        responses={200: CorrectionSerializer(many=True)} | problems(401, 403, 404),
    )
    def get(self, request: Request, public_id: UUID) -> Response:  # noqa: ARG002
        """Return them, oldest first, under whatever protocol."""
        run = _run(public_id)
        tag = etag_of(version_of(run))
        made = run.corrections.select_related("run", "author").order_by("id")
        return Response(CorrectionSerializer(made, many=True).data, headers={"ETag": tag})

    @extend_schema(
        operation_id="runs_correct",
        summary="Correct a score",
        request=CorrectionRequestSerializer,
        parameters=[IF_MATCH, ETAG],
        responses={201: CorrectionSerializer} | problems(400, 401, 403, 404, 409, 412, 428),
    )
    def post(self, request: Request, public_id: UUID) -> Response:
        """Show another value for one score of the present protocol: 201, and the new `ETag`."""
        run, seen = _run(public_id), seen_by(request)
        if seen is None:
            return preconditions.required().response()
        body = CorrectionRequestSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        wanted = body.validated_data
        place = wanted["axis"], wanted["dimension"], wanted["metric"]
        try:
            correction: ScoreCorrection = services.correct_score(
                run, user_of(request), place, wanted["value"], wanted["reason"], seen=seen
            )
        except REFUSALS as error:
            return problem_of(run, error).response()
        except NotCorrectable as error:
            if error.code == "not-graded":
                return Problem(CONFLICT, 409, str(error), extra={"state": run.state}).response()
            field = FIELDS.get(error.code, "value")
            return invalid([_error(field, error.code, str(error))]).response()
        return _made(run, CorrectionSerializer(correction).data)


class AuditView(generics.ListAPIView[RunEvent]):
    """Everything that has happened to a run."""

    permission_classes = [MayReview]
    serializer_class = AuditEventSerializer
    pagination_class = LatestFirst

    def get_queryset(self) -> QuerySet[RunEvent]:
        """The run's events with their actors, in one query."""
        if getattr(self, "swagger_fake_view", False):
            return RunEvent.objects.none()
        return _run(self.kwargs["public_id"]).events.select_related("actor")

    @extend_schema(
        operation_id="runs_audit",
        summary="Read what has happened to a run",
        responses={200: AuditEventSerializer(many=True)} | problems(400, 401, 403, 404),
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return one page, newest first: who, when, from which state to which, and why."""
        return super().get(request, *args, **kwargs)


def _runs() -> QuerySet[Run]:
    return Run.objects.select_related("benchmark", "submission__variant__model")


def _run(public_id: UUID) -> Run:
    """Return the run; reviewers see every one. Raises Http404."""
    return get_object_or_404(_runs(), public_id=public_id)


def _by_checks(wanted: dict[str, Any]) -> list[Combinable]:
    """Return the conditions on the automatic checks of a run."""
    of_run = Check.objects.filter(run=OuterRef("pk"))
    found: list[Combinable] = []
    if "check" in wanted:
        found.append(Exists(of_run.filter(code=wanted["check"]).exclude(status=Check.Status.PASS)))
    if "worst" in wanted:
        found.append(Exists(of_run.filter(status=wanted["worst"])))
        order = list(Check.Status)
        worse = order[order.index(Check.Status(wanted["worst"])) + 1 :]
        found.append(~Exists(of_run.filter(status__in=worse)))
    return found


def _ids(runs: list[dict[str, Any]]) -> list[UUID]:
    return [run["id"] for run in runs]


def _error(field: str, code: str, message: str) -> dict[str, str]:
    return {"field": field, "code": code, "message": message}


def _made(run: Run, document: Any) -> Response:
    tag = etag_of(version_of(run))
    return Response(document, status.HTTP_201_CREATED, headers={"ETag": tag})
