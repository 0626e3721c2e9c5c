"""The page of a model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from leaderboard.catalog.models import Variant, VlmModel
from leaderboard.profiles import gathered, presenters
from leaderboard.profiles.gathered import Standing
from leaderboard.runs import score_summary
from leaderboard.runs.pages import list_rows
from leaderboard.runs.provenance import provenance
from leaderboard.runs.serving import level_titles, serving
from leaderboard.runs.telemetry import telemetry

HALLUCINATION = "hallusionbench"


@require_safe
def model(request: HttpRequest, slug: str) -> HttpResponse:
    """One model: ``variant`` chooses its configuration, ``against`` a baseline, ``benchmark`` whose bars are shown.

    A model of which the reader may see no run does not exist for them.
    """
    found = get_object_or_404(VlmModel, slug=slug)
    variants = gathered.shown_variants(found, request.user)
    variant = gathered.chosen(variants, request.GET.get("variant", ""))
    if variant is None:
        raise Http404
    others = gathered.baselines(variant)
    base = _baseline(others, variant, request.GET)
    standings = gathered.standings([variant, base])
    own, other = standings[variant.pk], standings[base.pk] if base else {}
    name = str(variant)
    bars = presenters.profile(own, other)
    context = {
        "model": found,
        "variants": variants,
        "variant": variant,
        "others": others,
        "base": base,
        "identity": presenters.identity(variant),
        "components": presenters.component_rows(variant),
        "bars": bars,
        "bars_title": presenters.profile_title(name, str(base) if base else "", bars),
        "standings": list(own.values()),
        "history": list_rows(gathered.history(found, request.user)),
        **_benchmark(request, own, other),
        **_hallucination(own),
    }
    return render(request, "profiles/model.html", context)


def _baseline(
    others: Sequence[Variant], variant: Variant, parameters: Mapping[str, Any]
) -> Variant | None:
    """Return the chosen baseline; by itself the model's variant of most bits, or a baseline; None for ``none``."""
    wanted = str(parameters.get("against", ""))
    if wanted == "none":
        return None
    found = next((other for other in others if str(other.pk) == wanted), None)
    usual = (o for o in others if o.model_id == variant.model_id or o.model.is_baseline)
    return found or next(usual, None)


def _benchmark(
    request: HttpRequest, own: Mapping[int, Standing], other: Mapping[int, Standing]
) -> dict[str, Any]:
    """Return what is shown of the chosen benchmark's run."""
    wanted = request.GET.get("benchmark", "")
    by_slug = {standing.run.benchmark.slug: standing for standing in own.values()}
    standing = by_slug.get(wanted) or next(iter(by_slug.values()), None)
    if standing is None:
        return {}
    run = standing.run
    base = presenters.comparable(standing, other.get(run.benchmark_id))
    bars = presenters.dimension_bars(standing, base, list(run.benchmark.dimensions.all()))
    return {
        "run": run,
        "compared": base.run if base else None,
        "dimension_bars": bars,
        "dimension_title": presenters.dimensions_title(run.benchmark.title, bars),
        "ablation": presenters.ablation(standing),
        "serving": serving(run.manifest),
        "level_titles": level_titles(),
        "telemetry": telemetry(run.manifest),
        "facts": provenance(run, private=False),
    }


def _hallucination(own: Mapping[int, Standing]) -> dict[str, Any]:
    standing = next((s for s in own.values() if s.run.benchmark.family == HALLUCINATION), None)
    if standing is None:
        return {}
    benchmark = standing.run.benchmark
    dimensions = list(benchmark.dimensions.all())
    return {
        "hallucination": standing.run,
        "hallucination_tiles": score_summary.tiles(benchmark, standing.scores),
        "breakdowns": score_summary.breakdowns(benchmark, dimensions, standing.scores),
    }
