"""Questions across the published runs."""

from __future__ import annotations

from dataclasses import asdict
from functools import cached_property
from typing import Any

from django.db.models import Prefetch, QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from leaderboard.api.filters import refuse_dropped
from leaderboard.api.pagination import ItemOrder
from leaderboard.api.schema import problems
from leaderboard.api.serializers.items import (
    FacetsSerializer,
    ItemDetailSerializer,
    ItemFilterSerializer,
    ItemRowSerializer,
)
from leaderboard.explorer.item_filters import numbers_of
from leaderboard.explorer.item_views import (
    IMAGES,
    Shelf,
    answers_to,
    item_on,
    passes_of,
    shelf_of,
    verdicts_on,
)
from leaderboard.results.models import ItemStatistics

KEY = OpenApiParameter(
    "key",
    str,
    OpenApiParameter.PATH,
    description="The question's key in the data set; slashes may stand as they are.",
)


def filtered_shelf(slug: str, request: Request) -> Shelf:
    """Return the benchmark's questions as the query asks for them. Raises Http404, ValidationError."""
    query = ItemFilterSerializer(data=request.query_params)
    query.is_valid(raise_exception=True)
    shelf = shelf_of(slug, request._request)
    refuse_dropped(query.validated_data, asdict(shelf.chosen) | {"sort": shelf.sort})
    return shelf


class ItemsView(generics.ListAPIView[ItemStatistics]):
    """The questions of a benchmark's current data set."""

    serializer_class = ItemRowSerializer
    pagination_class = ItemOrder

    @cached_property
    def shelf(self) -> Shelf:
        """What the query asks for."""
        return filtered_shelf(self.kwargs["slug"], self.request)

    def get_serializer_context(self) -> dict[str, Any]:
        """Tell how the benchmark's rows are read."""
        return {**super().get_serializer_context(), "declared": self.shelf.declared}

    def get_queryset(self) -> QuerySet[ItemStatistics]:
        """Questions with their pictures, three queries a page."""
        pictures = Prefetch("item__item_images", IMAGES)
        return self.shelf.found().select_related("item").prefetch_related(pictures)

    @extend_schema(
        operation_id="items_list",
        summary="List a benchmark's questions",
        parameters=[ItemFilterSerializer],
        responses={200: ItemRowSerializer(many=True)} | problems(400, 401, 404),
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return one page, filtered and ordered as the samples' page is: the most disputed first."""
        return super().get(request, *args, **kwargs)


class ItemFacetsView(APIView):
    """What the filters would leave."""

    @extend_schema(
        operation_id="items_facets",
        summary="Count a benchmark's questions by filter",
        parameters=[ItemFilterSerializer],
        responses={200: FacetsSerializer} | problems(400, 401, 404),
    )
    def get(self, request: Request, slug: str) -> Response:
        """Return how many questions each value of each filter would leave."""
        shelf = filtered_shelf(slug, request)
        axis = shelf.benchmark.board_axis
        numbers = numbers_of(shelf.chosen, shelf.dataset, shelf.runs, axis)
        document = {"benchmark": slug, "number": shelf.found().count(), **asdict(numbers)}
        return Response(FacetsSerializer(document).data)


class ItemView(APIView):
    """One question."""

    @extend_schema(
        operation_id="items_read",
        summary="Read a question with every model's answer",
        parameters=[KEY],
        responses={200: ItemDetailSerializer} | problems(401, 404),
    )
    def get(self, request: Request, slug: str, key: str) -> Response:
        """Return the question, its pictures, and the answer of each run on the benchmark's board."""
        shelf = shelf_of(slug, request._request)
        item = item_on(shelf, key)
        passes = passes_of(shelf, item)
        verdicts = verdicts_on(shelf, passes)
        responses = {r.run_id: r for r in answers_to(shelf, item)}
        for response in responses.values():
            response.item = item
        document = {
            "item": item,
            "statistics": ItemStatistics.objects.filter(item__in=passes).first(),
            "passes": [one.key for one in passes],
            "answers": [
                {
                    "run": run,
                    "response": responses[run.pk],
                    "passes": verdicts.get(run.pk, []),
                }
                for run in shelf.runs
                if run.pk in responses
            ],
        }
        context = {"request": request, "declared": shelf.declared, "private": False}
        return Response(ItemDetailSerializer(document, context=context).data)
