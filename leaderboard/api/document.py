"""The OpenAPI document, made once: it changes with the code and the language only."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language, override
from drf_spectacular.generators import SchemaGenerator

from leaderboard.api.examples import SITE


def document(request: HttpRequest) -> dict[str, Any]:
    """Return the document in the request's language, with examples for the address that the site is asked at."""
    site = settings.PUBLIC_URL.rstrip("/") or request.build_absolute_uri("/").rstrip("/")
    found: dict[str, Any] = json.loads(
        _text(get_language() or settings.LANGUAGE_CODE).replace(SITE, site)
    )
    return found


@cache
def _text(language: str) -> str:
    with override(language):
        made = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return json.dumps(made, ensure_ascii=False)
