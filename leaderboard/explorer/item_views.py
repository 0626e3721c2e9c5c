"""Questions across the published runs: what all models made of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import Count, Prefetch, Q, QuerySet
from django.db.models.functions import Left
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from evaluator.benchmarks import Benchmark as Declaration
from leaderboard.catalog.models import Benchmark, DatasetVersion, Dimension, Item, ItemImage
from leaderboard.core.paging import page_of
from leaderboard.core.requests import HtmxRequest, render_part
from leaderboard.core.text import storable
from leaderboard.explorer import item_pages, presenters
from leaderboard.explorer.facets import facet
from leaderboard.explorer.item_filters import ItemFilter, Sort, numbers_of, sort_of
from leaderboard.explorer.wording import ruling_view
from leaderboard.results.models import (
    ItemStatistics,
    JudgeRuling,
    Response,
    ResponseQuerySet,
    Verdict,
)
from leaderboard.results.published import on_board
from leaderboard.runs.models import Run

PAGE_SIZE = 48
EXCERPT = 240
"""Characters of an answer that a line shows."""
LIST_VIEW = "list"
CARRIED = ("dimension", "level", "differ", "verdict", "how", "sort", "view")
"""Parameters that the form keeps, since links set them."""
IMAGES = ItemImage.objects.select_related("image").order_by("position")


@dataclass
class Shelf:
    """A benchmark's current data set, the runs on its board, and what the address asks of it."""

    dataset: DatasetVersion
    request: HttpRequest

    @property
    def benchmark(self) -> Benchmark:
        return self.dataset.benchmark

    @cached_property
    def runs(self) -> list[Run]:
        """Models by name, baselines last."""
        runs = on_board(self.benchmark, self.dataset, self.benchmark.protocol)
        return sorted(runs, key=_by_name)

    @cached_property
    def dimensions(self) -> list[Dimension]:
        return list(self.benchmark.dimensions.all())

    @cached_property
    def declared(self) -> Declaration | None:
        return presenters.declaration(self.benchmark)

    @cached_property
    def chosen(self) -> ItemFilter:
        return ItemFilter.parse(self.request.GET, self.dimensions, self.runs)

    @cached_property
    def sort(self) -> Sort:
        return sort_of(self.request.GET)

    def found(self) -> QuerySet[ItemStatistics]:
        return self.chosen.of(self.dataset, self.runs)

    @property
    def counted_runs(self) -> list[Run]:
        """The runs that the statistics count."""
        return [run for run in self.runs if not run.submission.variant.model.is_baseline]


def _by_name(run: Run) -> tuple[bool, str, str]:
    variant = run.submission.variant
    return variant.model.is_baseline, variant.model.name.casefold(), variant.precision


@require_safe
def items(request: HtmxRequest) -> HttpResponse:
    """The questions of one benchmark, filtered by what the published models made of them."""
    sizes = _sizes()
    dataset = _dataset(request, sizes)
    if dataset is None:
        return render(request, "explorer/items.html", {"path": request.path})
    shelf = Shelf(dataset, request)
    found = shelf.found()
    images = Prefetch("item__item_images", IMAGES)
    rows = found.select_related("item").prefetch_related(images)
    page = page_of(rows, request.GET, key=shelf.sort.value, size=PAGE_SIZE)
    axis = shelf.benchmark.board_axis
    facets = item_pages.facets(
        numbers_of(shelf.chosen, dataset, shelf.runs, axis),
        shelf.dimensions,
        axis,
        query=request.GET,
        path=request.path,
    )
    context = {
        "path": request.path,
        "clear": f"{request.path}?benchmark={shelf.benchmark.slug}",
        "carried": [(name, value) for name in CARRIED if (value := request.GET.get(name))],
        "shelf": shelf,
        "total": sizes[dataset],
        "number": found.count(),
        "facets": [_benchmarks(request, sizes, dataset), *facets],
        "sorts": item_pages.sort_titles(),
        "listed": request.GET.get("view") == LIST_VIEW,
        "page": page,
        "items": [
            item_pages.item_view(row.item, row, shelf.declared, shelf.dimensions, axis)
            for row in page.rows
        ],
    }
    return render_part(request, "explorer/items.html", "explorer/_items.html", context)


@require_safe
def item(request: HttpRequest, slug: str, key: str) -> HttpResponse:
    """One question with every published model's answer; ``run`` chooses whose is shown in full."""
    shelf = shelf_of(slug, request)
    shown = item_on(shelf, key)
    passes = passes_of(shelf, shown)
    statistics = ItemStatistics.objects.filter(item__in=[p.pk for p in passes]).first()
    excerpts = answers_to(shelf, shown).annotate(excerpt=Left("text", EXCERPT)).defer("text")
    responses = {response.run_id: response for response in excerpts}
    wanted = request.GET.get("run")
    answered = [run for run in shelf.runs if run.pk in responses]
    chosen = next((r for r in answered if str(r.public_id) == wanted), next(iter(answered), None))
    axis = shelf.benchmark.board_axis
    context = {
        "shelf": shelf,
        "item": item_pages.item_view(shown, statistics, shelf.declared, shelf.dimensions, axis),
        "rows": item_pages.answer_rows(shelf.runs, responses, verdicts_on(shelf, passes), chosen),
        **(_answer(shelf, shown, passes, chosen) if chosen else {}),
        "up": _up(shelf),
        **_neighbours(shelf, statistics),
    }
    return render(request, "explorer/item.html", context)


def shelf_of(slug: str, request: HttpRequest) -> Shelf:
    """Return the shelf of a benchmark that has something published on its current data set. Raises Http404."""
    datasets = DatasetVersion.objects.filter(current=True, benchmark__active=True)
    dataset = get_object_or_404(datasets.select_related("benchmark"), benchmark__slug=slug)
    shelf = Shelf(dataset, request)
    if not shelf.runs:
        raise Http404
    return shelf


def item_on(shelf: Shelf, key: str) -> Item:
    """Return a question with its pictures. Raises Http404."""
    items = Item.objects.filter(dataset=shelf.dataset).with_images()
    return get_object_or_404(items, key=storable(key))


def answers_to(shelf: Shelf, shown: Item) -> ResponseQuerySet:
    """Return what the runs on the board answered to a question."""
    return Response.objects.filter(benchmark=shelf.benchmark, item=shown, run__in=shelf.runs)


def _sizes() -> dict[DatasetVersion, int]:
    """Return the current data sets that have statistics, with their numbers of questions, in the benchmarks' order."""
    counted = ItemStatistics.objects.values("dataset").annotate(number=Count("pk"))
    numbers = dict(counted.values_list("dataset", "number"))
    datasets = (
        DatasetVersion.objects.filter(pk__in=numbers, current=True, benchmark__active=True)
        .select_related("benchmark")
        .order_by("benchmark__position", "benchmark__slug")
    )
    return {dataset: numbers[dataset.pk] for dataset in datasets}


def _dataset(request: HttpRequest, sizes: dict[DatasetVersion, int]) -> DatasetVersion | None:
    """Return the one that ``benchmark`` names, or the first. Raises Http404 for one that is not there."""
    slug = request.GET.get("benchmark")
    if not slug:
        return next(iter(sizes), None)
    found = next((d for d in sizes if d.benchmark.slug == slug), None)
    if found is None:
        raise Http404
    return found


def _benchmarks(
    request: HttpRequest, sizes: dict[DatasetVersion, int], dataset: DatasetVersion
) -> Any:
    """Return the facet of benchmarks, under each of which the other parameters mean something else."""
    query = request.GET.copy()
    for name in list(query):
        if name not in ("view", "sort"):
            del query[name]
    query["benchmark"] = dataset.benchmark.slug
    return facet(
        gettext("Benchmark"),
        "benchmark",
        [(d.benchmark.slug, d.benchmark.title) for d in sizes],
        {d.benchmark.slug: number for d, number in sizes.items()},
        query=query,
        path=request.path,
        clearable=False,
    )


def passes_of(shelf: Shelf, shown: Item) -> list[Item]:
    """Return the items that are passes of the same question, in order; the item alone where there are none."""
    declared = shelf.declared
    keys = declared.group_keys(shown.fields) if declared and declared.circular else ()
    if len(keys) < 2:
        return [shown]
    by_key = {i.key: i for i in Item.objects.filter(dataset=shelf.dataset, key__in=keys)}
    return [by_key[key] for key in keys if key in by_key]


def verdicts_on(shelf: Shelf, passes: list[Item]) -> dict[int, list[Verdict | None]]:
    """Return each run's verdicts on the passes in order; nothing for a single pass."""
    if len(passes) < 2:
        return {}
    rows = Response.objects.filter(
        benchmark=shelf.benchmark, item__in=passes, run__in=shelf.runs
    ).values_list("run_id", "item_id", "verdict")
    found = {(run, item): Verdict(verdict) for run, item, verdict in rows}
    return {run.pk: [found.get((run.pk, p.pk)) for p in passes] for run in shelf.runs}


def _answer(shelf: Shelf, shown: Item, passes: list[Item], run: Run) -> dict[str, Any]:
    """Return what the page shows of one run's answer."""
    of_run = Response.objects.of_run(run).filter(item__in=passes)
    responses = {response.item_id: response for response in of_run}
    response = responses[shown.pk]
    response.item = shown
    declared, rotations = shelf.declared, []
    if declared is not None and len(passes) > 1:
        rotations = presenters.rotations(passes, responses, declared, shown.key)
    return {
        "run": run,
        "sample": presenters.sample(response, declared, shelf.dimensions, private=False),
        "ruling": ruling_view(response, JudgeRuling.objects.behind(response), private=False),
        "rotations": rotations,
    }


def _neighbours(shelf: Shelf, statistics: ItemStatistics | None) -> dict[str, Any]:
    """Return the questions before and after under the filter, and which one of how many this is."""
    if statistics is None:
        return {}
    column = shelf.sort.value
    here = getattr(statistics, column)
    found = shelf.found()
    keys = found.values_list("item__key", flat=True)
    counted = found.aggregate(
        of=Count("pk"),
        before=Count("pk", filter=Q(**{f"{column}__lt": here})),
        inside=Count("pk", filter=Q(**{column: here})),
    )
    return {
        "previous": keys.filter(**{f"{column}__lt": here}).order_by(f"-{column}").first(),
        "following": keys.filter(**{f"{column}__gt": here}).order_by(column).first(),
        "number": counted["before"] + 1 if counted["inside"] else None,
        "of": counted["of"],
    }


def _up(shelf: Shelf) -> str:
    """Return the address of the list under the same filter."""
    query = shelf.request.GET.copy()
    query.pop("run", None)
    query["benchmark"] = shelf.benchmark.slug
    return f"{reverse('explorer:items')}?{query.urlencode()}"
