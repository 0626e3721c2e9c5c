"""What every template knows."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, Any]:  # noqa: ARG001 - the signature is Django's
    """Return the values that the base template needs on every page. Runs no query."""
    return {"LANGUAGES": settings.LANGUAGES, "PUBLIC_URL": settings.PUBLIC_URL}
