"""The differences as a table for a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evaluator.metrics.paired import PairedResult
from leaderboard.comparisons.figure import Pair
from leaderboard.core.tables import Table, Type, Value
from leaderboard.runs.models import Run

COLUMNS: dict[str, Type] = {
    "baseline": "text",
    "run": "text",
    "name": "text",
    "metric": "text",
    "axis": "text",
    "dimension": "text",
    "n": "whole",
    "baseline_value": "number",
    "run_value": "number",
    "difference": "number",
    "low": "number",
    "high": "number",
    "run_better": "whole",
    "baseline_better": "whole",
    "p": "number",
    "p_holm": "number",
}


def differences_table(pairs: Sequence[Pair], base: Run) -> Table:
    """Return a row for each pair and dimension, fractions; the whole set has an empty dimension."""
    return Table(f"{base.benchmark.slug}_differences", COLUMNS, _rows(pairs, base))


def _rows(pairs: Sequence[Pair], base: Run) -> Iterator[list[Value]]:
    for pair in pairs:
        found = pair.comparison
        if found is None:
            continue
        head: list[Value] = [str(base.public_id), str(pair.run.public_id), pair.name, found.metric]
        yield [*head, "", "", *_values(found.whole), None]
        for place in found.dimensions:
            yield [*head, found.axis, place.dimension, *_values(place.result), place.p_adjusted]


def _values(result: PairedResult) -> list[Value]:
    return [
        result.n,
        result.second,
        result.first,
        result.difference,
        result.low,
        result.high,
        result.first_better,
        result.second_better,
        result.p,
    ]
