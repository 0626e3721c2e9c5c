"""The page on hallucination, and its figures as a file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from leaderboard.boards.hallucination import exports, figures, titles
from leaderboard.boards.hallucination.measured import (
    SUBCATEGORY,
    Configuration,
    address_of,
    boards,
    configurations,
    models_among,
)
from leaderboard.boards.hallucination.tiles import tiles
from leaderboard.boards.models import BoardVersion
from leaderboard.catalog.models import Dimension
from leaderboard.core.tables import CONTENT_TYPES, Format, write


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The published models on one board: ``board`` chooses it, ``model`` and ``baseline`` choose runs on it."""
    known = boards()
    version = _wanted(request, known)
    context: dict[str, Any] = {"boards": [(address_of(v), v) for v in known], "version": version}
    if version is not None:
        context |= _figures(request, version)
    return render(request, "boards/hallucination/page.html", context)


@require_safe
def download(request: HttpRequest) -> HttpResponseBase:
    """The numbers of one ``figure``, or of all, as CSV."""
    version = _wanted(request, boards())
    figure = request.GET.get("figure") or None
    if version is None or (figure is not None and figure not in exports.FIGURES):
        raise Http404
    table = exports.figures_table(version, configurations(version), figure)
    return StreamingHttpResponse(
        write(table, Format.CSV),
        content_type=CONTENT_TYPES[Format.CSV],
        headers={"Content-Disposition": f'attachment; filename="{table.name}.csv"'},
    )


def _wanted(request: HttpRequest, known: Sequence[BoardVersion]) -> BoardVersion | None:
    """Return the board that the address names, or the first; None without any. Raises Http404 for an unknown one."""
    address = request.GET.get("board")
    if not address:
        return known[0] if known else None
    found = next((v for v in known if address_of(v) == address), None)
    if found is None:
        raise Http404
    return found


def _figures(request: HttpRequest, version: BoardVersion) -> dict[str, Any]:
    found = configurations(version)
    dimensions = list(version.benchmark.dimensions.all())
    models = models_among(found)
    chosen = _named(request.GET.get("model"), found) or next(iter(models or found), None)
    baseline = _named(request.GET.get("baseline"), found)
    run = chosen.run if chosen else None
    causes = figures.cause_bars(found, run)
    return {
        "address": address_of(version),
        "dataset": version.dataset,
        "configurations": found,
        "chosen": chosen,
        "baseline": baseline,
        "tiles": tiles(chosen, baseline) if chosen else [],
        "causes": causes,
        "causes_known": any(row.parts for row in causes),
        "causes_title": titles.causes_title(models),
        "bias": figures.bias_scatter(found, run),
        "bias_title": titles.bias_title(models),
        "heat": figures.heat_map(found, dimensions, run),
        "heat_title": titles.subcategories_title(models, _subcategories(dimensions)),
        "consistency": figures.consistency_bars(found, run),
        "consistency_title": titles.consistency_title(models),
    }


def _named(run: str | None, found: Sequence[Configuration]) -> Configuration | None:
    """Return the configuration whose run has this identifier; None for none or an unknown one."""
    return next((who for who in found if str(who.run) == run), None)


def _subcategories(dimensions: Sequence[Dimension]) -> dict[str, str]:
    return {d.key: d.title for d in dimensions if d.axis == SUBCATEGORY}
