"""Benchmarks and their boards."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Prefetch, QuerySet
from django.shortcuts import get_object_or_404
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.http import conditional_page
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import generics
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from leaderboard.api.pagination import LatestFirst
from leaderboard.api.schema import problems
from leaderboard.api.serializers.boards import (
    BoardRequestSerializer,
    BoardSerializer,
    BoardVersionSerializer,
)
from leaderboard.api.serializers.catalog import BenchmarkDetailSerializer, BenchmarkSerializer
from leaderboard.boards.models import BoardRow, BoardVersion
from leaderboard.boards.pages import versions_as_of
from leaderboard.catalog.models import Benchmark
from leaderboard.runs.models import Run

ETAG = OpenApiParameter("ETag", str, OpenApiParameter.HEADER, response=[200, 304])
IF_NONE_MATCH = OpenApiParameter("If-None-Match", str, OpenApiParameter.HEADER)


BENCHMARK = OpenApiParameter(
    "slug", str, OpenApiParameter.PATH, description="Short name of the benchmark."
)


class BenchmarksView(APIView):
    """The benchmarks that take submissions."""

    @extend_schema(
        operation_id="benchmarks_list",
        summary="List the benchmarks",
        responses={200: BenchmarkSerializer(many=True)} | problems(401),
    )
    def get(self, request: Request) -> Response:  # noqa: ARG002 - the signature is the framework's
        """Return each with its dimensions, protocol and current data set."""
        return Response(BenchmarkSerializer(active_benchmarks(), many=True).data)


class BenchmarkView(APIView):
    """One benchmark."""

    @extend_schema(
        operation_id="benchmarks_read",
        summary="Read a benchmark",
        parameters=[BENCHMARK],
        responses={200: BenchmarkDetailSerializer} | problems(401, 404),
    )
    def get(self, request: Request, slug: str) -> Response:  # noqa: ARG002
        """Return its dimensions, and every protocol and data set under which something is published."""
        benchmark = get_object_or_404(active_benchmarks(), slug=slug)
        published = Run.objects.published().filter(benchmark=benchmark, dataset__isnull=False)
        counted = published.order_by().values("protocol", "dataset").annotate(runs=Count("pk"))
        datasets = {dataset.pk: dataset for dataset in benchmark.datasets.all()}
        benchmark.protocols = [  # type: ignore[attr-defined] # for the serializer only
            {**row, "dataset": datasets[row["dataset"]]} for row in counted
        ]
        return Response(BenchmarkDetailSerializer(benchmark).data)


class BoardsView(APIView):
    """The boards."""

    @extend_schema(
        operation_id="boards_list",
        summary="List the boards",
        responses={200: BoardVersionSerializer(many=True)} | problems(401),
    )
    def get(self, request: Request) -> Response:
        """Return the newest version of each benchmark's board, without rows."""
        versions = versions_as_of(None)
        context = {"request": request}
        return Response(BoardVersionSerializer(versions, many=True, context=context).data)


class BoardVersionsView(generics.ListAPIView[BoardVersion]):
    """What a board showed, newest first."""

    serializer_class = BoardVersionSerializer
    pagination_class = LatestFirst

    def get_queryset(self) -> QuerySet[BoardVersion]:
        """Versions of one benchmark, on whichever data set and protocol. Two queries."""
        benchmark = get_object_or_404(Benchmark, slug=self.kwargs["slug"], active=True)
        versions = BoardVersion.objects.filter(benchmark=benchmark)
        return versions.select_related("benchmark", "dataset__benchmark")

    @extend_schema(
        operation_id="boards_versions",
        summary="List a board's versions",
        parameters=[BENCHMARK],
        responses={200: BoardVersionSerializer(many=True)} | problems(400, 401, 404),
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return one page; the `id` of each is what `version` of a board takes."""
        return super().get(request, *args, **kwargs)


@method_decorator(conditional_page, name="dispatch")
class BoardView(APIView):
    """The board of a benchmark."""

    @extend_schema(
        operation_id="boards_read",
        summary="Read a board",
        parameters=[BENCHMARK, BoardRequestSerializer, IF_NONE_MATCH, ETAG],
        responses={200: BoardSerializer, 304: OpenApiResponse(description="Unchanged.")}
        | problems(400, 401, 404),
    )
    def get(self, request: Request, slug: str) -> Response:
        """Return the newest version on the current data set, or the one asked for.

        Its `ETag` changes with its content: send it back as `If-None-Match`, and what has not changed is a 304.
        """
        return Response(
            BoardSerializer(find_board(slug, request), context={"request": request}).data
        )


def active_benchmarks() -> QuerySet[Benchmark]:
    """Return the benchmarks that take submissions, with dimensions and data sets. Three queries."""
    return Benchmark.objects.filter(active=True).prefetch_related("dimensions", "datasets")


def find_board(slug: str, request: Request) -> BoardVersion:
    """Return the version of a benchmark's board that the query names, with its rows; else the newest live one.

    Raises Http404, NotFound, ValidationError.
    """
    query = BoardRequestSerializer(data=request.query_params)
    query.is_valid(raise_exception=True)
    benchmark = get_object_or_404(Benchmark, slug=slug, active=True)
    wanted = query.validated_data.get("version")
    versions = BoardVersion.objects.current(benchmark)
    if wanted is not None:
        found = BoardVersion.objects.filter(benchmark=benchmark, pk=wanted)
        versions = found.select_related("dataset__benchmark")
    rows = Prefetch("rows", BoardRow.objects.for_display())
    board = versions.select_related("benchmark").prefetch_related(rows).first()
    if board is None and wanted is None:
        raise NotFound(_("Nothing is published on this benchmark yet."))
    if board is None:
        raise NotFound(_("This board has no such version."))
    return board
