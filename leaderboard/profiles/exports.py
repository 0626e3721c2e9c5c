"""The numbers of a model's charts as a table for a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from django.utils.text import slugify

from leaderboard.catalog.models import Dimension, Variant
from leaderboard.core.tables import Table, Type, Value
from leaderboard.profiles.gathered import Standing
from leaderboard.profiles.presenters import comparable, dimension_metric
from leaderboard.runs.scores import ScoreLike

COLUMNS: dict[str, Type] = {
    "benchmark": "text",
    "run": "text",
    "axis": "text",
    "dimension": "text",
    "metric": "text",
    "value": "number",
    "low": "number",
    "high": "number",
    "correct": "whole",
    "total": "whole",
    "baseline": "text",
    "baseline_run": "text",
    "baseline_value": "number",
    "difference": "number",
}


def scores_table(
    variant: Variant,
    base: Variant | None,
    own: Mapping[int, Standing],
    other: Mapping[int, Standing],
    chosen: Standing | None,
    dimensions: Sequence[Dimension],
) -> Table:
    """Return a row for each benchmark's headline, and for each of ``dimensions`` of the chosen benchmark; fractions.

    The baseline's numbers stand only where both measure the same thing.
    """
    name = f"{slugify(str(variant)) or 'model'}_scores"
    return Table(name, COLUMNS, _rows(base, own, other, chosen, dimensions))


def _rows(
    base: Variant | None,
    own: Mapping[int, Standing],
    other: Mapping[int, Standing],
    chosen: Standing | None,
    dimensions: Sequence[Dimension],
) -> Iterator[list[Value]]:
    for key, standing in own.items():
        beside = comparable(standing, other.get(key))
        if standing.headline:
            yield _row(standing, standing.headline, base, beside)
        if standing is not chosen:
            continue
        metric = dimension_metric(standing.run.benchmark)
        for dimension in dimensions:
            score = standing.scores.get((dimension.axis, dimension.key, metric))
            if score and score is not standing.headline:
                yield _row(standing, score, base, beside)


def _row(
    standing: Standing, score: ScoreLike, base: Variant | None, beside: Standing | None
) -> list[Value]:
    place = (score.axis, score.dimension, score.metric)
    reference = beside.scores.get(place) if beside else None
    value, against = score.value, reference.value if reference else None
    return [
        standing.run.benchmark.slug,
        str(standing.run.public_id),
        *place,
        value,
        score.low,
        score.high,
        score.correct,
        score.total,
        str(base) if base and beside else "",
        str(beside.run.public_id) if beside else "",
        against,
        None if value is None or against is None else value - against,
    ]
