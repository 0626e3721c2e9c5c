"""Comparing runs on the same questions. Everything that is shown stands in the address."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from evaluator.errors import EvaluationError
from leaderboard.catalog.declarations import declaration_of
from leaderboard.catalog.labels import metric_title
from leaderboard.catalog.models import Dimension
from leaderboard.comparisons import flips, naming, selection, serving
from leaderboard.comparisons.exports import differences_table
from leaderboard.comparisons.figure import Figure, Pair, figure
from leaderboard.core.paging import page_of
from leaderboard.core.requests import HtmxRequest, render_part
from leaderboard.core.tables import CONTENT_TYPES, Format, write
from leaderboard.results.comparison import NotComparable
from leaderboard.results.kept_comparisons import compared
from leaderboard.runs.models import Run


@require_safe
def page(request: HtmxRequest) -> HttpResponse:
    """``runs=A,B[,C,D]``: each run after the first beside the first. Fewer than two: a choice of runs.

    ``variants=1,2`` leads to runs of these. ``with`` and ``way`` choose whose differing answers are listed.
    """
    if "variants" in request.GET and "runs" not in request.GET:
        found = selection.runs_of_variants(request.GET["variants"], request.user)
        return redirect(f"{reverse('comparisons:page')}?runs={selection.with_run(found)}")
    runs = selection.chosen_runs(request.GET.get("runs", ""), request.user)
    enough = len(runs) >= selection.FEWEST
    context = {
        "runs": runs,
        "enough": enough,
        "room": len(runs) < selection.MOST,
        "missing": len(selection.chosen_ids(request.GET.get("runs", ""))) - len(runs),
        **(_comparison(request, runs) if enough else {}),
        **(_picker(request, runs) if not enough or "add" in request.GET else {}),
    }
    return render_part(request, "comparisons/page.html", "comparisons/_flips.html", context)


@require_safe
def download(request: HttpRequest) -> HttpResponseBase:
    """The differences as CSV, fractions."""
    runs = selection.chosen_runs(request.GET.get("runs", ""), request.user)
    if len(runs) < selection.FEWEST:
        raise Http404
    table = differences_table(_pairs(runs), runs[0])
    return StreamingHttpResponse(
        write(table, Format.CSV, mark=True),
        content_type=CONTENT_TYPES[Format.CSV],
        headers={"Content-Disposition": f'attachment; filename="{table.name}.csv"'},
    )


def _comparison(request: HttpRequest, runs: list[Run]) -> dict[str, Any]:
    base, benchmark = runs[0], runs[0].benchmark
    dimensions = list(benchmark.dimensions.all())
    titles = flips.titles_on(dimensions, benchmark.board_axis)
    pairs = _pairs(runs)
    drawn = figure(pairs, titles)
    variants = [run.submission.variant_id for run in runs]
    shared = selection.shared_benchmarks(variants, request.user)
    return {
        "title": naming.title(runs),
        "base": base,
        "columns": _columns(runs),
        "pairs": pairs,
        "refused": [pair for pair in pairs if pair.refusal],
        "figure": drawn,
        "metric": metric_title(_metric(pairs)),
        "tabs": shared,
        "here": selection.with_run(runs),
        "serving": serving.rows(runs),
        "hardware": serving.hardware(runs),
        "differences": serving.differences(runs),
        **(_flips(request, base, drawn, dimensions) if drawn else {}),
    }


def _columns(runs: Sequence[Run]) -> list[dict[str, Any]]:
    """Return each run with its name, and the addresses without it and with it as the baseline."""
    return [
        {
            "run": run,
            "name": name,
            "without": (without := selection.with_run(runs, without=run)),
            "first": f"{run.public_id},{without}",
        }
        for run, name in zip(runs, naming.names(runs), strict=True)
    ]


def _pairs(runs: Sequence[Run]) -> list[Pair]:
    """Compare every run with the first one; a difference is the run less the first."""
    found = []
    for run, name in list(zip(runs, naming.names(runs), strict=True))[1:]:
        try:
            found.append(Pair(run, name, compared(run, runs[0])))
        except NotComparable as refused:
            found.append(Pair(run, name, None, str(refused)))
    return found


def _metric(pairs: Sequence[Pair]) -> str:
    return next((pair.comparison.metric for pair in pairs if pair.comparison), "")


def _flips(
    request: HttpRequest, base: Run, drawn: Figure, dimensions: Sequence[Dimension]
) -> dict[str, Any]:
    wanted = request.GET.get("with", "")
    pair = next((p for p in drawn.pairs if str(p.run.public_id) == wanted), drawn.pairs[0])
    way = flips.read_way(request.GET.get("way", ""))
    found = flips.flipped(base, pair.run, way)
    shown = page_of(found, request.GET, key="item__position", size=flips.PAGE_SIZE)
    axis = base.benchmark.board_axis
    try:
        declared = declaration_of(base.benchmark)
    except EvaluationError:
        declared = None
    return {
        "pair": pair,
        "way": way,
        "flip_numbers": flips.numbers_of(base, pair.run),
        "flips": flips.flips(shown.rows, declared, flips.titles_on(dimensions, axis), axis),
        "page": shown,
    }


def _picker(request: HttpRequest, runs: list[Run]) -> dict[str, Any]:
    return {
        "picking": True,
        "benchmarks": [] if runs else selection.offered_benchmarks(),
        "offered": [
            {"run": run, "runs": selection.with_run(runs, added=run)}
            for run in selection.offered(runs, request.GET, request.user)
        ],
    }
