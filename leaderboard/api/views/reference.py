"""The description of the API: for programs, and for people."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from drf_spectacular.renderers import OpenApiJsonRenderer, OpenApiYamlRenderer
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from leaderboard.api.document import document
from leaderboard.api.reference import groups


class SchemaView(APIView):
    """The OpenAPI document."""

    renderer_classes = [OpenApiJsonRenderer, OpenApiYamlRenderer]

    @extend_schema(exclude=True)
    def get(self, request: Request) -> Response:
        """Return it as JSON, or as YAML to who asks for that."""
        return Response(document(request._request))


@require_safe
def reference(request: HttpRequest) -> HttpResponse:
    """Every operation, made of the same document. Runs no query."""
    shown = groups(document(request))
    number = sum(len(group.operations) for group in shown)
    return render(request, "api/reference.html", {"groups": shown, "number": number})
