"""Submissions: make, list, watch, cancel, retry."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Prefetch, QuerySet
from django.shortcuts import get_object_or_404
from django.urls import reverse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, permissions, status
from rest_framework.exceptions import NotAuthenticated, PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from leaderboard.accounts.models import User
from leaderboard.accounts.roles import Scope
from leaderboard.api.idempotency import idempotent
from leaderboard.api.pagination import NewestFirst
from leaderboard.api.schema import problems
from leaderboard.api.serializers.requests import (
    SubmissionRequestSerializer,
    everything_wrong,
    placed,
    to_request,
)
from leaderboard.api.serializers.submissions import (
    ReasonSerializer,
    RetrySerializer,
    SubmissionDetailSerializer,
    SubmissionFilterSerializer,
    SubmissionSerializer,
    VisibilitySerializer,
    standing,
)
from leaderboard.results.headline import with_headline
from leaderboard.review.latest import with_decision
from leaderboard.runs import services
from leaderboard.runs.models import Run, Submission
from leaderboard.runs.ownership import set_visibility
from leaderboard.runs.progress import live
from leaderboard.runs.states import RunState
from leaderboard.runs.submission import SubmissionInvalid
from leaderboard.runs.visibility import Visibility

LOCATION = OpenApiParameter(
    "Location", str, OpenApiParameter.HEADER, response=[202], description="The submission."
)


class SubmissionsView(generics.ListAPIView[Submission]):
    """Your submissions (all for reviewers), newest first; and making one."""

    permission_classes = [permissions.IsAuthenticated]
    change_scope = Scope.SUBMIT
    serializer_class = SubmissionSerializer
    pagination_class = NewestFirst

    def get_queryset(self) -> QuerySet[Submission]:
        """Own submissions and the organisations'; every one for reviewers; as the query filters them."""
        query = SubmissionFilterSerializer(data=self.request.query_params)
        query.is_valid(raise_exception=True)
        wanted = query.validated_data
        found = Submission.objects.inside(self.request.user)
        if "model" in wanted:
            found = found.filter(variant__model__slug=wanted["model"])
        if wanted.get("mine"):
            found = found.filter(submitter=self.request.user.pk)
        states = frozenset(RunState(state) for state in wanted.get("state", ()))
        if states or "benchmark" in wanted:
            runs = Run.objects.in_states(states).matching("", wanted.get("benchmark", ""))
            found = found.filter(Exists(runs.filter(submission=OuterRef("pk"))))
        runs = Run.objects.select_related("benchmark", "dataset").order_by("id")
        return found.select_related("submitter", "variant__model").prefetch_related(
            Prefetch("runs", runs)
        )

    @extend_schema(
        operation_id="submissions_list",
        summary="List your submissions",
        parameters=[SubmissionFilterSerializer],
        responses={200: SubmissionSerializer(many=True)} | problems(400, 401),
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # noqa: ARG002
        """Return one page of your submissions and your organisations', with where each stands."""
        page = self.paginate_queryset(self.get_queryset()) or []
        context = {**self.get_serializer_context(), **standing(page), "inside": True}
        answer = SubmissionSerializer(page, many=True, context=context).data
        return self.get_paginated_response(answer)

    @extend_schema(
        operation_id="submissions_create",
        summary="Submit a model",
        request=SubmissionRequestSerializer,
        parameters=[LOCATION],
        responses={202: SubmissionDetailSerializer} | problems(400, 401, 403, 409, 415, 422, 429),
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Queue an evaluation: 202, and where to watch it."""
        body = SubmissionRequestSerializer(data=request.data)
        if not body.is_valid():
            raise SubmissionInvalid(everything_wrong(body, user_of(request)))
        wish = to_request(body.validated_data)
        try:
            submission = services.submit(user_of(request), wish)
        except SubmissionInvalid as error:
            raise SubmissionInvalid(placed(error.errors, wish.kind)) from None
        location = reverse("api:submission", args=[submission.public_id])
        return Response(
            describe(submission.public_id, request),
            status.HTTP_202_ACCEPTED,
            headers={"Location": request.build_absolute_uri(location)},
        )


class SubmissionView(APIView):
    """One submission as it stands now."""

    change_scope = Scope.SUBMIT

    @extend_schema(
        operation_id="submissions_read",
        summary="Watch a submission",
        responses={200: SubmissionDetailSerializer} | problems(401, 404),
    )
    def get(self, request: Request, public_id: UUID) -> Response:
        """Return its runs with state, progress and failure, and its place in the queue."""
        return Response(describe(public_id, request))

    @extend_schema(
        operation_id="submissions_update",
        summary="Say who may see a submission",
        request=VisibilitySerializer,
        responses={200: SubmissionDetailSerializer} | problems(400, 401, 403, 404),
    )
    def patch(self, request: Request, public_id: UUID) -> Response:
        """Change its visibility; 400 while a run of it is published, unless it stays public."""
        submission = own(public_id, request)
        body = VisibilitySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        set_visibility(submission, Visibility(body.validated_data["visibility"]), user_of(request))
        return Response(describe(public_id, request))


class CancelView(APIView):
    """Cancelling."""

    permission_classes = [permissions.IsAuthenticated]
    change_scope = Scope.SUBMIT

    @extend_schema(
        operation_id="submissions_cancel",
        summary="Cancel a submission",
        request=ReasonSerializer,
        responses={200: SubmissionDetailSerializer} | problems(400, 401, 403, 404, 409, 422),
    )
    @idempotent
    def post(self, request: Request, public_id: UUID) -> Response:
        """Cancel every run that is not finished yet; 409 when there is none."""
        body = ReasonSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        submission = own(public_id, request)
        services.cancel(submission, user_of(request), reason=body.validated_data["reason"])
        return Response(describe(public_id, request))


class RetryView(APIView):
    """Retrying."""

    permission_classes = [permissions.IsAuthenticated]
    change_scope = Scope.SUBMIT

    @extend_schema(
        operation_id="submissions_retry",
        summary="Retry a submission",
        request=RetrySerializer,
        responses={200: SubmissionDetailSerializer} | problems(400, 401, 403, 404, 409, 422, 429),
    )
    @idempotent
    def post(self, request: Request, public_id: UUID) -> Response:
        """Send the failed and cancelled runs again, as a new attempt; 409 when there is none."""
        body = RetrySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        changes = body.validated_data.get("changes")
        try:
            services.retry(own(public_id, request), user_of(request), changes=changes)
        except SubmissionInvalid as error:
            inside = [{**e, "field": f"changes.{e['field']}"} for e in error.errors]
            raise SubmissionInvalid(inside) from None
        return Response(describe(public_id, request))


def user_of(request: Request) -> User:
    """Return who is signed in. The permission of the view let nobody else in; this tells the type."""
    if not isinstance(request.user, User):
        raise NotAuthenticated
    return request.user


def own(public_id: UUID, request: Request) -> Submission:
    """Return a submission that the user may act on. Http404 when they may not see it, PermissionDenied otherwise."""
    submission = get_object_or_404(Submission.objects.visible_to(request.user), public_id=public_id)
    if not submission.changeable_by(request.user):
        raise PermissionDenied
    return submission


def describe(public_id: UUID, request: Request) -> dict[str, Any]:
    """Return the submission as the user may see it now, with live progress. Raises Http404."""
    visible = Run.objects.visible_to(request.user).select_related("benchmark", "dataset")
    runs = with_decision(with_headline(visible))
    submission = get_object_or_404(
        Submission.objects.visible_to(request.user)
        .select_related("submitter", "variant__model", "organization")
        .prefetch_related(Prefetch("runs", runs.order_by("id"))),
        public_id=public_id,
    )
    context = {
        "request": request,
        "submission": submission,
        "progress": live(submission),
        **standing([submission]),
    }
    return dict(SubmissionDetailSerializer(submission, context=context).data)
