"""The page of the queue."""

from __future__ import annotations

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from leaderboard.core.requests import HtmxRequest, render_part
from leaderboard.runs.queue_page import queue_context


@require_safe
def queue(request: HtmxRequest) -> HttpResponse:
    """Workers, what each does, and who waits; the page asks again every few seconds."""
    context = queue_context(request.user)
    return render_part(request, "runs/queue.html", "runs/_queue.html", context)
