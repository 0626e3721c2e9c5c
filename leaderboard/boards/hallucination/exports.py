"""The figures of the page as a table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from leaderboard.boards.hallucination.measured import (
    ACCURACIES,
    BIAS,
    CAUSES,
    CONSISTENCY,
    SUBCATEGORY,
    WHOLE,
    Configuration,
)
from leaderboard.boards.models import BoardVersion
from leaderboard.core.tables import Table, Type, Value

FIGURES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "accuracy": (WHOLE[0], ACCURACIES),
    "causes": (WHOLE[0], CAUSES),
    "bias": (WHOLE[0], BIAS),
    "subcategories": (SUBCATEGORY, ("aAcc",)),
    "consistency": (WHOLE[0], CONSISTENCY),
}
"""The axis and the metrics of each figure, by the name that its file has."""

COLUMNS: dict[str, Type] = {
    "model": "text",
    "precision": "text",
    "engine": "text",
    "baseline": "truth",
    "run": "text",
    "axis": "text",
    "dimension": "text",
    "metric": "text",
    "value": "number",
    "low": "number",
    "high": "number",
    "correct": "whole",
    "total": "whole",
}


def figures_table(
    version: BoardVersion, found: Sequence[Configuration], figure: str | None
) -> Table:
    """Return one figure's numbers, or those of all (None): a row for each score, fractions with 95 % intervals.

    Raises KeyError for a figure that there is not.
    """
    wanted = [FIGURES[figure]] if figure else list(FIGURES.values())
    name = f"{version.benchmark.slug}_{figure or 'figures'}_v{version.number}"
    return Table(name, COLUMNS, _rows(found, wanted))


def _rows(
    found: Sequence[Configuration], wanted: Sequence[tuple[str, tuple[str, ...]]]
) -> Iterator[list[Value]]:
    for who in found:
        leading: list[Value] = [who.model, who.precision, who.engine, who.baseline, str(who.run)]
        for axis, metrics in wanted:
            for (at, dimension, metric), score in who.scores.items():
                if at == axis and metric in metrics:
                    yield [
                        *leading,
                        axis,
                        dimension,
                        metric,
                        score.value,
                        score.low,
                        score.high,
                        score.correct,
                        score.total,
                    ]
