"""What the pages' views need of a request."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django_htmx.middleware import HtmxDetails

PARTIAL_HEADERS = ("HX-Request", "HX-History-Restore-Request")
"""The headers by which an answer is a page or a part of it."""


class HtmxRequest(HttpRequest):
    """A request as ``HtmxMiddleware`` leaves it."""

    htmx: HtmxDetails


def is_partial(request: HtmxRequest) -> bool:
    """Say whether htmx asks only for what has changed on the page."""
    return bool(request.htmx) and not request.htmx.history_restore_request


def render_part(
    request: HtmxRequest, page: str, part: str, context: dict[str, object]
) -> HttpResponse:
    """Render the template ``page``, or only ``part`` of it when htmx asks for what has changed."""
    response = render(request, part if is_partial(request) else page, context)
    patch_vary_headers(response, PARTIAL_HEADERS)
    return response
