"""The samples behind a run's numbers."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Prefetch, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from evaluator.benchmarks import Benchmark
from leaderboard.catalog.models import Dimension, Item, ItemImage
from leaderboard.core.paging import page_of
from leaderboard.core.requests import HtmxRequest, render_part
from leaderboard.core.text import storable
from leaderboard.explorer import presenters
from leaderboard.explorer.filters import SampleFilter, value_of
from leaderboard.explorer.wording import ruling_view
from leaderboard.results.flags import Flag, flag_numbers
from leaderboard.results.models import JudgeRuling, Response, Verdict
from leaderboard.runs.models import Run

PAGE_SIZE = 50
PICTURES = Prefetch(
    "item__item_images", ItemImage.objects.select_related("image").order_by("position")
)


@require_safe
def samples(request: HtmxRequest, public_id: UUID) -> HttpResponse:
    """The samples of a run in the order of the data set; ``verdict``, ``flag``, ``dimension`` and ``q`` filter."""
    run = visible_run(request, public_id)
    dimensions = list(run.benchmark.dimensions.all())
    chosen = SampleFilter.parse(request.GET, dimensions)
    found = chosen.of_run(run).prefetch_related(PICTURES)
    page = page_of(found, request.GET, key="item__position", size=PAGE_SIZE)
    declared = presenters.declaration(run.benchmark)
    private = run.submission.details_visible_to(request.user)
    numbers = flag_numbers(run)
    context = {
        "run": run,
        "chosen": chosen,
        "verdicts": [(v.value, v.label, run.counts.get(v.value)) for v in Verdict],
        "flags": [(f.value, f.label, numbers.get(f.value)) for f in Flag],
        "dimensions": _choices(dimensions, run),
        "samples": [
            presenters.sample(response, declared, dimensions, private=private)
            for response in page.rows
        ],
        "page": page,
    }
    return render_part(request, "explorer/samples.html", "explorer/_samples.html", context)


@require_safe
def sample(request: HttpRequest, public_id: UUID, key: str) -> HttpResponse:
    """One sample with everything that is known of it, between its neighbours under the same filter."""
    run = visible_run(request, public_id)
    dimensions = list(run.benchmark.dimensions.all())
    chosen = SampleFilter.parse(request.GET, dimensions)
    responses = Response.objects.of_run(run).select_related("item").prefetch_related(PICTURES)
    response = get_object_or_404(responses, item__dataset=run.dataset, item__key=storable(key))
    declared = presenters.declaration(run.benchmark)
    private = run.submission.details_visible_to(request.user)
    context = {
        "run": run,
        "sample": presenters.sample(response, declared, dimensions, private=private),
        "ruling": ruling_view(response, JudgeRuling.objects.behind(response), private=private),
        "rotations": _rotations(run, response, declared),
        **_neighbours(chosen.of_run(run), response.item),
    }
    return render(request, "explorer/sample.html", context)


def visible_run(request: HttpRequest, public_id: UUID) -> Run:
    """Return a run that the user may see and that has been graded."""
    runs = Run.objects.visible_to(request.user).for_display()
    run = get_object_or_404(runs, public_id=public_id)
    if run.dataset is None:
        raise Http404
    return run


def _choices(dimensions: list[Dimension], run: Run) -> list[tuple[str, Dimension]]:
    """Return the dimensions to choose from: all that divide the set."""
    return [(value_of(d), d) for d in dimensions if d.axis != run.benchmark.headline_axis]


def _rotations(
    run: Run, response: Response, declared: Benchmark | None
) -> list[presenters.Rotation]:
    keys = declared.group_keys(response.item.fields) if declared else ()
    if declared is None or len(keys) < 2:
        return []
    by_key = {item.key: item for item in Item.objects.filter(dataset=run.dataset, key__in=keys)}
    items = [by_key[key] for key in keys if key in by_key]
    answered = {r.item_id: r for r in Response.objects.of_run(run).filter(item__in=items)}
    return presenters.rotations(items, answered, declared, response.item.key)


def _neighbours(found: QuerySet[Response], item: Item) -> dict[str, Any]:
    """Return the keys of the samples before and after, under the filter."""
    keys = found.values_list("item__key", flat=True)
    return {
        "previous": keys.filter(item__position__lt=item.position)
        .order_by("-item__position")
        .first(),
        "following": keys.filter(item__position__gt=item.position)
        .order_by("item__position")
        .first(),
    }
