"""Benchmarks and their boards."""

from __future__ import annotations

from django.db.models import Prefetch
from django.shortcuts import get_object_or_404
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.http import conditional_page
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from leaderboard.api.schema import problems
from leaderboard.api.serializers.boards import BoardSerializer
from leaderboard.api.serializers.catalog import BenchmarkSerializer
from leaderboard.boards.models import BoardRow, BoardVersion
from leaderboard.catalog.models import Benchmark

ETAG = OpenApiParameter("ETag", str, OpenApiParameter.HEADER, response=[200, 304])
IF_NONE_MATCH = OpenApiParameter("If-None-Match", str, OpenApiParameter.HEADER)


class BenchmarksView(APIView):
    """The benchmarks that take submissions."""

    @extend_schema(
        operation_id="benchmarks_list",
        summary="List the benchmarks",
        responses={200: BenchmarkSerializer(many=True)} | problems(401),
    )
    def get(self, request: Request) -> Response:  # noqa: ARG002 - the signature is the framework's
        """Return each with its dimensions, protocol and current data set."""
        active = Benchmark.objects.filter(active=True).prefetch_related("dimensions", "datasets")
        return Response(BenchmarkSerializer(active, many=True).data)


@method_decorator(conditional_page, name="dispatch")
class BoardView(APIView):
    """The current board of a benchmark."""

    @extend_schema(
        operation_id="boards_read",
        summary="Read a board",
        parameters=[IF_NONE_MATCH, ETAG],
        responses={200: BoardSerializer, 304: OpenApiResponse(description="Unchanged.")}
        | problems(401, 404),
    )
    def get(self, request: Request, slug: str) -> Response:  # noqa: ARG002
        """Return the newest version on the current data set; its ``ETag`` changes with its content."""
        return Response(BoardSerializer(current_board(slug)).data)


def current_board(slug: str) -> BoardVersion:
    """Return the newest version of a benchmark's board, with its rows. Raises Http404, NotFound."""
    benchmark = get_object_or_404(Benchmark, slug=slug, active=True)
    rows = Prefetch("rows", BoardRow.objects.for_display())
    current = BoardVersion.objects.current(benchmark).select_related("benchmark")
    board = current.prefetch_related(rows).first()
    if board is None:
        raise NotFound(_("Nothing is published on this benchmark yet."))
    return board
