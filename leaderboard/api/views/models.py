"""Models."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from leaderboard.api.pagination import SlugOrder
from leaderboard.api.schema import problems
from leaderboard.api.serializers.catalog import ModelSerializer
from leaderboard.api.serializers.models import ModelDetailSerializer, ModelFilterSerializer
from leaderboard.catalog.models import VlmModel
from leaderboard.profiles import gathered


class ModelsView(generics.ListAPIView[VlmModel]):
    """The models of which one may see a run, by short name."""

    serializer_class = ModelSerializer
    pagination_class = SlugOrder

    def get_queryset(self) -> QuerySet[VlmModel]:
        """Models as the query filters them. One query."""
        query = ModelFilterSerializer(data=self.request.query_params)
        query.is_valid(raise_exception=True)
        wanted = query.validated_data
        found = gathered.shown_models(self.request.user)
        if "q" in wanted:
            text = wanted["q"]
            found = found.filter(Q(name__icontains=text) | Q(organization__icontains=text))
        flags = {n: wanted[n] for n in ("open_weights", "is_baseline") if wanted[n] is not None}
        return found.filter(**flags)

    @extend_schema(
        operation_id="models_list",
        summary="List models",
        parameters=[ModelFilterSerializer],
        responses={200: ModelSerializer(many=True)} | problems(400, 401),
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return one page."""
        return super().get(request, *args, **kwargs)


class ModelView(APIView):
    """One model."""

    @extend_schema(
        operation_id="models_read",
        summary="Read a model",
        responses={200: ModelDetailSerializer} | problems(401, 404),
    )
    def get(self, request: Request, slug: str) -> Response:
        """Return its configurations, each with its newest published run of every benchmark."""
        model = get_object_or_404(gathered.shown_models(request.user), slug=slug)
        variants = gathered.shown_variants(model, request.user)
        standings = gathered.standings(variants)
        model.configurations = [  # type: ignore[attr-defined] # for the serializer only
            {"variant": variant, "results": list(standings[variant.pk].values())}
            for variant in variants
        ]
        return Response(ModelDetailSerializer(model).data)
