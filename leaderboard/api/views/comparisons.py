"""Comparing two runs."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from leaderboard.api.schema import problems
from leaderboard.api.serializers.comparisons import (
    ComparisonRequestSerializer,
    ComparisonSerializer,
)
from leaderboard.results.comparison import NotComparable, compare_runs
from leaderboard.runs.models import Run


class ComparisonsView(APIView):
    """Two runs on the same questions."""

    @extend_schema(
        operation_id="comparisons_read",
        summary="Compare two runs",
        parameters=[ComparisonRequestSerializer],
        responses={200: ComparisonSerializer} | problems(400, 401, 404),
    )
    def get(self, request: Request) -> Response:
        """Return their paired difference with its interval, the flips and McNemar's p, by dimension too.

        400 for runs that cannot be compared: of different benchmarks, data sets or protocols, or not graded.
        """
        query = ComparisonRequestSerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        first, second = _visible(query.validated_data["runs"], request)
        try:
            found = compare_runs(first, second)
        except NotComparable as error:
            raise serializers.ValidationError({"runs": str(error)}, code=error.code) from None
        document = {
            "runs": [first.public_id, second.public_id],
            "benchmark": first.benchmark.slug,
            "protocol": first.protocol,
            "dataset": first.dataset,
            "metric": found.metric,
            "whole": found.whole,
            "axis": found.axis,
            "dimensions": found.dimensions,
        }
        return Response(ComparisonSerializer(document).data)


def _visible(ids: tuple[UUID, UUID], request: Request) -> tuple[Run, Run]:
    """Return the two runs in the order asked for. Http404 unless the user may see both."""
    visible = Run.objects.visible_to(request.user).select_related("benchmark", "dataset__benchmark")
    found = {run.public_id: run for run in visible.filter(public_id__in=ids)}
    if len(found) != len(ids):
        raise Http404
    return found[ids[0]], found[ids[1]]
