"""The page of a model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from leaderboard.catalog.models import Dimension, Variant, VlmModel
from leaderboard.core.tables import CONTENT_TYPES, Format, write
from leaderboard.profiles import gathered, presenters
from leaderboard.profiles.exports import scores_table
from leaderboard.profiles.gathered import Standing
from leaderboard.profiles.radar import radar, takeaway
from leaderboard.runs import score_summary
from leaderboard.runs.pages import list_rows
from leaderboard.runs.provenance import provenance
from leaderboard.runs.serving import level_titles, serving
from leaderboard.runs.telemetry import telemetry

HALLUCINATION = "hallusionbench"


@dataclass
class Shown:
    """What an address chooses: ``variant`` a configuration, ``against`` a baseline, ``benchmark`` whose parts to show.

    Anything else than one of the choices means the first one, or the usual baseline.
    """

    model: VlmModel
    variants: Sequence[Variant]
    variant: Variant
    parameters: Mapping[str, Any]

    @classmethod
    def of(cls, request: HttpRequest, slug: str) -> Shown:
        """Raises Http404 for a model of which the reader may see no run: for them it does not exist."""
        found = get_object_or_404(VlmModel, slug=slug)
        variants = gathered.shown_variants(found, request.user)
        variant = gathered.chosen(variants, request.GET.get("variant", ""))
        if variant is None:
            raise Http404
        return cls(found, variants, variant, request.GET)

    @cached_property
    def others(self) -> list[Variant]:
        return gathered.baselines(self.variant)

    @cached_property
    def base(self) -> Variant | None:
        """By itself the model's variant of most bits, or a baseline; None for ``none``."""
        wanted = str(self.parameters.get("against", ""))
        if wanted == "none":
            return None
        found = next((other for other in self.others if str(other.pk) == wanted), None)
        own = self.variant.model_id
        usual = (o for o in self.others if o.model_id == own or o.model.is_baseline)
        return found or next(usual, None)

    @cached_property
    def _standings(self) -> dict[int, dict[int, Standing]]:
        return gathered.standings([self.variant, self.base])

    @property
    def own(self) -> Mapping[int, Standing]:
        return self._standings[self.variant.pk]

    @property
    def other(self) -> Mapping[int, Standing]:
        return self._standings[self.base.pk] if self.base else {}

    @cached_property
    def standing(self) -> Standing | None:
        """That of the chosen benchmark."""
        wanted = self.parameters.get("benchmark", "")
        by_slug = {standing.run.benchmark.slug: standing for standing in self.own.values()}
        return by_slug.get(wanted) or next(iter(by_slug.values()), None)

    @cached_property
    def compared(self) -> Standing | None:
        """The baseline's standing on the chosen benchmark, where it measures the same."""
        if self.standing is None:
            return None
        return presenters.comparable(self.standing, self.other.get(self.standing.run.benchmark_id))

    @cached_property
    def dimensions(self) -> list[Dimension]:
        """Those of the chosen benchmark."""
        return list(self.standing.run.benchmark.dimensions.all()) if self.standing else []


@require_safe
def model(request: HttpRequest, slug: str) -> HttpResponse:
    """One model, as ``Shown`` says."""
    shown = Shown.of(request, slug)
    bars = presenters.profile(shown.own, shown.other)
    base = str(shown.base) if shown.base else ""
    context = {
        "model": shown.model,
        "variants": shown.variants,
        "variant": shown.variant,
        "others": shown.others,
        "base": shown.base,
        "identity": presenters.identity(shown.variant),
        "components": presenters.component_rows(shown.variant),
        "bars": bars,
        "bars_title": presenters.profile_title(str(shown.variant), base, bars),
        "standings": list(shown.own.values()),
        "headlines": list(zip(shown.own.values(), bars, strict=True)),
        "history": list_rows(gathered.history(shown.model, request.user)),
        **(_benchmark(shown, shown.standing) if shown.standing else {}),
        **_hallucination(shown.own),
    }
    return render(request, "profiles/model.html", context)


@require_safe
def scores(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The numbers of the page's charts as CSV, fractions; the same parameters as the page's."""
    shown = Shown.of(request, slug)
    table = scores_table(
        shown.variant, shown.base, shown.own, shown.other, shown.standing, shown.dimensions
    )
    return StreamingHttpResponse(
        write(table, Format.CSV, mark=True),
        content_type=CONTENT_TYPES[Format.CSV],
        headers={"Content-Disposition": f'attachment; filename="{table.name}.csv"'},
    )


def _benchmark(shown: Shown, standing: Standing) -> dict[str, Any]:
    """Return what is shown of the chosen benchmark's run."""
    run, base = standing.run, shown.compared
    bars = presenters.dimension_bars(standing, base, shown.dimensions)
    against = str(shown.base) if base else ""
    title = takeaway(str(shown.variant), against, run.benchmark.title, bars)
    return {
        "run": run,
        "compared": base.run if base else None,
        "dimension_bars": bars,
        "dimension_title": presenters.dimensions_title(run.benchmark.title, bars),
        "radar": radar(bars, title),
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
