"""Runs: their state, scores and responses."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from leaderboard.api.pagination import DatasetOrder
from leaderboard.api.schema import problems
from leaderboard.api.serializers.runs import (
    ResponseSerializer,
    RunDetailSerializer,
    RunScoresSerializer,
)
from leaderboard.results.headline import with_headline
from leaderboard.results.models import Response as GradedResponse
from leaderboard.results.models import Verdict
from leaderboard.review.latest import with_decision
from leaderboard.runs.models import Run
from leaderboard.runs.progress import live_by_run


def find_run(public_id: UUID, request: Request) -> Run:
    """Return a run that the user may see, with its headline and newest decision. Raises Http404."""
    visible = Run.objects.visible_to(request.user).for_display()
    return get_object_or_404(with_decision(with_headline(visible)), public_id=public_id)


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


class ResponseFilterSerializer(serializers.Serializer[Any]):
    """Which responses to return."""

    verdict = serializers.MultipleChoiceField(
        choices=Verdict.choices, required=False, help_text="May be repeated."
    )


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
        wanted = ResponseFilterSerializer(data=self.request.query_params)
        wanted.is_valid(raise_exception=True)
        found = (
            GradedResponse.objects.of_run(run)
            .filter(item__dataset=run.dataset_id)
            .for_samples()
            .defer("item__fields", "item__dimensions")
        )
        verdicts = wanted.validated_data.get("verdict")
        return found.filter(verdict__in=verdicts) if verdicts else found

    @extend_schema(
        operation_id="runs_responses",
        summary="Read a run's responses",
        parameters=[ResponseFilterSerializer],
        responses={200: ResponseSerializer(many=True)} | problems(400, 401, 404),
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return one page."""
        return super().get(request, *args, **kwargs)
