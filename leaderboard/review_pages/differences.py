"""What has changed since the model's previous run: on the same questions, and in how it was made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import BooleanField, Case, F, Q, Value, When

from evaluator.errors import EvaluationError
from evaluator.metrics.paired import PairedResult
from leaderboard.catalog.declarations import declaration_of
from leaderboard.catalog.labels import metric_title
from leaderboard.comparisons import flips, naming, serving
from leaderboard.comparisons.figure import Figure, Mark, Pair, figure
from leaderboard.core import numbers
from leaderboard.results.comparison import Comparison, NotComparable, compare_runs
from leaderboard.results.headline import with_headline
from leaderboard.runs.models import Run
from leaderboard.runs.states import GRADED

FLIPS = 6
"""Answers of either kind that are listed."""


@dataclass(frozen=True, slots=True)
class DifferenceRow:
    """The whole set or a dimension: both runs' values in percent, and the mark that says how they differ."""

    title: str
    n: str
    whole: bool
    before: str
    now: str
    mark: Mark


def previous_of(run: Run) -> Run | None:
    """Return the model's newest run before this one on the same benchmark, with ``headline``; None of a first one.

    One on the same data by the same protocol goes before others, and of those one of the same variant. Whatever has
    been graded counts: what was rejected is what a new attempt is to be held against. One query.
    """
    earlier = Run.objects.in_states(GRADED).filter(
        benchmark=run.benchmark_id,
        pictures=run.pictures,
        submission__variant__model=run.submission.variant.model_id,
        pk__lt=run.pk,
    )
    alike = _holds(Q(dataset=run.dataset_id, protocol=run.protocol))
    same_variant = _holds(Q(submission__variant=run.submission.variant_id))
    ordered = earlier.order_by(alike.desc(), same_variant.desc(), F("pk").desc())
    return with_headline(ordered.for_display()).first()


def _holds(condition: Q) -> Case:
    return Case(
        When(condition, then=Value(True)), default=Value(False), output_field=BooleanField()
    )


def difference_context(run: Run, base: Run) -> dict[str, Any]:
    """Return how the run differs from an earlier one; only ``refusal`` where the two cannot be compared."""
    facts = {"base": base, "facts": serving.differences([base, run])}
    base_name, name = naming.names([base, run])
    try:
        comparison = compare_runs(run, base)
    except NotComparable as refused:
        return facts | {"refusal": str(refused)}
    dimensions = list(run.benchmark.dimensions.all())
    titles = flips.titles_on(dimensions, comparison.axis)
    drawn = figure([Pair(run, name, comparison)], titles)
    return facts | {
        "base_name": base_name,
        "name": name,
        "metric": metric_title(comparison.metric),
        "figure": drawn,
        "rows": rows(comparison, drawn) if drawn else [],
        "flip_numbers": flips.numbers_of(base, run),
        "flips": [
            (way.value, _flips(run, base, way, titles, comparison.axis)) for way in flips.Way
        ],
    }


def rows(comparison: Comparison, drawn: Figure) -> list[DifferenceRow]:
    """Return the rows of a figure of one pair, with the values that differ."""
    results = [comparison.whole, *(place.result for place in comparison.dimensions)]
    return [
        _row(line.title, line.n, line.whole, result, mark)
        for line, result in zip(drawn.lines, results, strict=True)
        for mark in line.marks
        if mark
    ]


def _row(title: str, n: str, whole: bool, result: PairedResult, mark: Mark) -> DifferenceRow:
    before, now = numbers.percent(result.second), numbers.percent(result.first)
    return DifferenceRow(title, n, whole, before, now, mark)


def _flips(
    run: Run, base: Run, way: flips.Way, titles: dict[str, str], axis: str
) -> list[flips.Flip]:
    """Return the first answers that went this way."""
    found = flips.flipped(base, run, way).order_by("item__position")[:FLIPS]
    try:
        declared = declaration_of(run.benchmark)
    except EvaluationError:
        declared = None
    return flips.flips(list(found), declared, titles, axis)
