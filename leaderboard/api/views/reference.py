"""The reference of the API, for people."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language, override
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator

from leaderboard.api.examples import SITE
from leaderboard.api.reference import groups


@require_safe
def reference(request: HttpRequest) -> HttpResponse:
    """Every operation, made of the OpenAPI document. Runs no query."""
    site = settings.PUBLIC_URL.rstrip("/") or request.build_absolute_uri("/").rstrip("/")
    shown = groups(document(get_language() or settings.LANGUAGE_CODE), site, SITE)
    number = sum(len(group.operations) for group in shown)
    return render(request, "api/reference.html", {"groups": shown, "number": number, "site": site})


@cache
def document(language: str) -> Any:
    """Return the OpenAPI document in a language; it changes with the code only."""
    with override(language):
        return SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
