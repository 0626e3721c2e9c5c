"""The boards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from leaderboard.boards.columns import columns_of
from leaderboard.boards.models import BoardVersion
from leaderboard.boards.presenters import board_table
from leaderboard.catalog.labels import family_title
from leaderboard.catalog.models import Benchmark
from leaderboard.core.requests import HtmxRequest, render_part


@dataclass(frozen=True, slots=True)
class Tab:
    """A family of benchmarks: its name, the benchmark that it opens, and all of them."""

    title: str
    first: Benchmark
    members: Sequence[Benchmark]


@require_safe
def home(request: HtmxRequest) -> HttpResponse:
    """The first benchmark that has a board; without any board, the first benchmark."""
    benchmarks = list(Benchmark.objects.filter(active=True))
    live = BoardVersion.objects.live().order_by()
    filled = set(live.values_list("benchmark", flat=True).distinct())
    chosen = next((b for b in benchmarks if b.pk in filled), benchmarks[0] if benchmarks else None)
    return _board(request, chosen, benchmarks)


@require_safe
def benchmark(request: HtmxRequest, slug: str) -> HttpResponse:
    """The board of one benchmark; ``sort`` and ``q`` of the URL say how."""
    chosen = get_object_or_404(Benchmark, slug=slug, active=True)
    return _board(request, chosen, list(Benchmark.objects.filter(active=True)))


def _board(
    request: HtmxRequest, chosen: Benchmark | None, benchmarks: Sequence[Benchmark]
) -> HttpResponse:
    """Render a board, or only what depends on its parameters when htmx asks for it."""
    context: dict[str, object] = {
        "benchmark": chosen,
        "tabs": _tabs(benchmarks),
        "q": request.GET.get("q", ""),
        "sort": request.GET.get("sort", ""),
    }
    version = BoardVersion.objects.current(chosen).first() if chosen else None
    if chosen and version:
        rows = list(version.rows.for_display())
        columns = columns_of(version.columns, list(chosen.dimensions.all()), rows)
        context |= {
            "version": version,
            "dataset": version.dataset,
            "table": board_table(columns, rows, request.GET),
        }
    part = "boards/_board.html" if version else "boards/board.html"
    return render_part(request, "boards/board.html", part, context)


def _tabs(benchmarks: Sequence[Benchmark]) -> list[Tab]:
    """Return one tab per family, in the order of the families' first benchmarks."""
    first = {b.family: i for i, b in reversed(list(enumerate(benchmarks)))}
    ordered = sorted(benchmarks, key=lambda b: first[b.family])
    tabs = []
    for _, group in groupby(ordered, lambda b: b.family):
        members = list(group)
        tabs.append(Tab(family_title([m.title for m in members]), members[0], members))
    return tabs
