"""Runs: their state, scores, serving figures and responses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from leaderboard.api.filters import refuse_dropped
from leaderboard.api.pagination import DatasetOrder, NewestFirst
from leaderboard.api.schema import problems
from leaderboard.api.serializers.run_lists import (
    ResponseFilterSerializer,
    RunFilterSerializer,
    RunRowSerializer,
)
from leaderboard.api.serializers.runs import (
    ResponseSerializer,
    RunDetailSerializer,
)
from leaderboard.api.serializers.scores import RunScoresSerializer
from leaderboard.api.serializers.serving import ServingReportSerializer
from leaderboard.explorer.filters import SampleFilter
from leaderboard.results.headline import with_headline
from leaderboard.results.models import Response as GradedResponse
from leaderboard.review.latest import with_decision
from leaderboard.runs.models import Run
from leaderboard.runs.progress import live_by_run
from leaderboard.runs.states import RunState


def find_run(public_id: UUID, request: Request) -> Run:
    """Return a run that the user may see, with its headline and newest decision. Raises Http404."""
    visible = Run.objects.visible_to(request.user).for_display()
    return get_object_or_404(with_decision(with_headline(visible)), public_id=public_id)


class RunsView(generics.ListAPIView[Run]):
    """The runs that one may see, newest first."""

    serializer_class = RunRowSerializer
    pagination_class = NewestFirst

    def get_queryset(self) -> QuerySet[Run]:
        """Runs as the query filters them; one query a page, and one to Redis where any is under way."""
        query = RunFilterSerializer(data=self.request.query_params)
        query.is_valid(raise_exception=True)
        wanted = query.validated_data
        states = frozenset(RunState(state) for state in wanted.get("state", ()))
        found = Run.objects.visible_to(self.request.user).in_states(states)
        found = found.matching(wanted.get("q", ""), wanted.get("benchmark", "")).for_display()
        if "model" in wanted:
            found = found.filter(submission__variant__model__slug=wanted["model"])
        if "pictures" in wanted:
            found = found.filter(pictures=wanted["pictures"])
        if wanted.get("mine"):
            found = found.filter(submission__submitter=self.request.user.pk)
        return with_headline(found)

    @extend_schema(
        operation_id="runs_list",
        summary="List runs",
        parameters=[RunFilterSerializer],
        responses={200: RunRowSerializer(many=True)} | problems(400, 401),
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # noqa: ARG002
        """Return one page of the published runs and of those that you may see for another reason."""
        page = self.paginate_queryset(self.get_queryset()) or []
        context = {**self.get_serializer_context(), "live": live_by_run(page)}
        return self.get_paginated_response(RunRowSerializer(page, many=True, context=context).data)


class RunView(APIView):
    """One run."""

    @extend_schema(
        operation_id="runs_read",
        summary="Read a run",
        responses={200: RunDetailSerializer} | problems(401, 404),
    )
    def get(self, request: Request, public_id: UUID) -> Response:
        """Return state, failure, counts, headline, serving figures and provenance."""
        run = find_run(public_id, request)
        context = {
            "request": request,
            "submission": run.submission,
            "live": live_by_run([run]),
        }
        return Response(RunDetailSerializer(run, context=context).data)


class RunScoresView(APIView):
    """The scores of one run."""

    @extend_schema(
        operation_id="runs_scores",
        summary="Read a run's scores",
        responses={200: RunScoresSerializer} | problems(401, 404),
    )
    def get(self, request: Request, public_id: UUID) -> Response:
        """Return every score under the run's protocol; empty until the run is graded."""
        run = find_run(public_id, request)
        document = {
            "run": run.public_id,
            "benchmark": run.benchmark.slug,
            "protocol": run.protocol,
            "dataset": run.dataset,
            "scores": run.scores.filter(protocol=run.protocol).order_by("id"),
        }
        return Response(RunScoresSerializer(document).data)


class RunServingView(APIView):
    """How one run's model served."""

    @extend_schema(
        operation_id="runs_serving",
        summary="Read a run's serving report",
        responses={200: ServingReportSerializer} | problems(401, 404),
    )
    def get(self, request: Request, public_id: UUID) -> Response:
        """Return what was measured of the requests, under load, and of the machine."""
        run = find_run(public_id, request)
        serving = run.manifest.get("serving") or {}
        probe = serving.get("probe")
        document = {
            "run": run.public_id,
            "traffic": serving,
            "probe": probe if isinstance(probe, Mapping) else None,
            "hardware": run.manifest.get("hardware") or {},
            "telemetry": run.manifest.get("telemetry") or {},
        }
        return Response(ServingReportSerializer(document).data)


class RunResponsesView(generics.ListAPIView[GradedResponse]):
    """The responses of one run, in the order of the data set."""

    serializer_class = ResponseSerializer
    pagination_class = DatasetOrder
    private = False
    """Whether the reader may see the details of the run's submission; known once the run is."""

    def get_serializer_context(self) -> dict[str, Any]:
        """Tell how much the reader may see."""
        return {**super().get_serializer_context(), "private": self.private}

    def get_queryset(self) -> QuerySet[GradedResponse]:
        """Responses from the benchmark's partition, walked along the data set's index."""
        run = find_run(self.kwargs["public_id"], self.request)
        self.private = run.submission.details_visible_to(self.request.user)
        query = ResponseFilterSerializer(data=self.request.query_params)
        query.is_valid(raise_exception=True)
        wanted = dict(query.validated_data)
        verdicts = wanted.pop("verdict", ())
        dimensions = list(run.benchmark.dimensions.all()) if "dimension" in wanted else []
        chosen = SampleFilter.parse(wanted, dimensions)
        kept = {"flag": chosen.flag, "dimension": chosen.dimension, "q": chosen.text}
        refuse_dropped(wanted, kept)
        found = chosen.of_run(run).for_samples().defer("item__fields", "item__dimensions")
        return found.filter(verdict__in=verdicts) if verdicts else found

    @extend_schema(
        operation_id="runs_responses",
        summary="Read a run's responses",
        parameters=[ResponseFilterSerializer],
        responses={200: ResponseSerializer(many=True)} | problems(400, 401, 404),
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return one page, filtered as the samples on the run's page are."""
        return super().get(request, *args, **kwargs)
