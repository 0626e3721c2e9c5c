"""The pairs of a run: one question over an original figure and its edited ones."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from leaderboard.catalog.models import Dimension
from leaderboard.explorer import pair_pages
from leaderboard.explorer.pairs import Answered, Pair, PairFilter, pairs_of, place_of, same_figures
from leaderboard.explorer.presenters import declaration
from leaderboard.explorer.views import PICTURES, visible_run
from leaderboard.results.models import Response, Verdict
from leaderboard.runs.models import Run


@require_safe
def index(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Go to the first pair that matches ``dimension``, ``outcome`` and ``diagnosis``; say so where none does."""
    run = visible_run(request, public_id)
    pairs = _pairs(run)
    if not pairs:
        raise Http404
    matching = PairFilter.parse(request.GET).of(pairs)
    if matching:
        url = reverse("explorer:pair", args=[run.public_id, matching[0].key])
        return redirect(f"{url}?{request.GET.urlencode()}" if request.GET else url)
    dimensions = list(run.benchmark.dimensions.all())
    return render(request, "explorer/pairs.html", _frame(request, run, pairs, dimensions))


@require_safe
def pair(request: HttpRequest, public_id: UUID, key: str) -> HttpResponse:
    """One pair, between its neighbours under the same filter."""
    run = visible_run(request, public_id)
    pairs = _pairs(run)
    shown = next((p for p in pairs if p.key == key), None)
    if shown is None:
        raise Http404
    matching = PairFilter.parse(request.GET).of(pairs)
    alike = same_figures(shown, pairs)
    responses = _responses(run, alike)
    declared = declaration(run.benchmark)
    dimensions = list(run.benchmark.dimensions.all())
    private = run.submission.details_visible_to(request.user)
    figures = pair_pages.figures(shown, responses, declared, dimensions, private=private)
    titles = {d.key: d.title for d in dimensions if d.axis == run.benchmark.board_axis}
    context = _frame(request, run, pairs, dimensions) | {
        "pair": shown,
        "place": place_of(shown, pairs, matching),
        "dimension": titles.get(shown.dimension, shown.dimension),
        "figures": figures,
        "conclusion": pair_pages.conclusion(shown),
        "questions": pair_pages.questions(shown, alike, responses, declared),
    }
    return render(request, "explorer/pair.html", context)


def _frame(
    request: HttpRequest, run: Run, pairs: list[Pair], dimensions: list[Dimension]
) -> dict[str, Any]:
    """Return what the page shows around the pair."""
    path = reverse("explorer:pairs", args=[run.public_id])
    return {
        "run": run,
        "path": path,
        "facets": pair_pages.facets(
            PairFilter.parse(request.GET),
            pairs,
            dimensions,
            run.benchmark.board_axis,
            query=request.GET,
            path=path,
        ),
    }


def _pairs(run: Run) -> list[Pair]:
    """Return the run's pairs; none where its benchmark has none. One query, which reads no answer's text."""
    columns = ("item_id", "item__position", "item__dimensions", "verdict", "notes")
    rows = Response.objects.of_run(run).filter(notes__has_key="pair").values_list(*columns)
    axis = run.benchmark.board_axis
    return pairs_of(
        Answered(
            item=item,
            position=position,
            pair=notes["pair"],
            figure=notes["figure"],
            dimension=dimensions.get(axis, ""),
            verdict=Verdict(verdict),
            diagnosis=notes.get("diagnosis", ""),
        )
        for item, position, dimensions, verdict, notes in rows
    )


def _responses(run: Run, pairs: list[Pair]) -> dict[int, Response]:
    """Return the responses of these pairs by item, with their items and pictures."""
    items = [answer.item for p in pairs for answer in p.answers]
    found = Response.objects.of_run(run).filter(item__in=items).select_related("item")
    return {response.item_id: response for response in found.prefetch_related(PICTURES)}
