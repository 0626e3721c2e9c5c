"""What the pages' views need of a request."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django_htmx.middleware import HtmxDetails


class HtmxRequest(HttpRequest):
    """A request as ``HtmxMiddleware`` leaves it."""

    htmx: HtmxDetails


def render_part(
    request: HtmxRequest, page: str, part: str, context: dict[str, object]
) -> HttpResponse:
    """Render the template ``page``, or only ``part`` of it when htmx asks for what has changed."""
    partial = request.htmx and not request.htmx.history_restore_request
    response = render(request, part if partial else page, context)
    patch_vary_headers(response, ["HX-Request", "HX-History-Restore-Request"])
    return response
