"""What lower precision costs a model."""

from __future__ import annotations

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from leaderboard.api.schema import problems
from leaderboard.api.serializers.precisions import (
    PrecisionReportSerializer,
    PrecisionRequestSerializer,
)
from leaderboard.boards.precision_report import precision_report
from leaderboard.catalog.models import VlmModel


class PrecisionsView(APIView):
    """The precisions of one model, beside each other."""

    @extend_schema(
        operation_id="compare_precision_read",
        summary="Compare the precisions of a model",
        parameters=[PrecisionRequestSerializer],
        responses={200: PrecisionReportSerializer} | problems(400, 401, 404),
    )
    def get(self, request: Request) -> Response:
        """Return each published variant against the model's highest precision on the same engine and hardware.

        On every benchmark that both are on: the paired difference with its interval and McNemar's p, over the whole
        set and by dimension; and the ratios of their serving figures.
        """
        query = PrecisionRequestSerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        # A model that nothing is published of is not told from one that there is not.
        known = VlmModel.objects.filter(variants__submissions__runs__board_rows__isnull=False)
        model = get_object_or_404(known.distinct(), slug=asked["model"])
        report = {"model": model, "pairs": precision_report(model, asked["streams"])}
        return Response(PrecisionReportSerializer(report).data)
