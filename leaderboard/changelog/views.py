"""The changelog as a page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from leaderboard.catalog.models import Benchmark
from leaderboard.changelog.entries import entry
from leaderboard.changelog.events import public_events
from leaderboard.core.paging import page_of

PAGE_SIZE = 50


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """What came onto the boards, left them or was corrected, newest first; ``benchmark`` is a slug."""
    benchmarks = list(Benchmark.objects.filter(active=True))
    known = {benchmark.slug for benchmark in benchmarks}
    wanted = request.GET.get("benchmark", "")
    slug = wanted if wanted in known else ""
    found = page_of(public_events(slug), request.GET, key="pk", size=PAGE_SIZE, descending=True)
    context = {
        "page": found,
        "entries": [entry(event) for event in found.rows],
        "benchmarks": benchmarks,
        "slug": slug,
    }
    return render(request, "changelog/page.html", context)
