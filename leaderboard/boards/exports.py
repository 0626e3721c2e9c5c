"""A board version as a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from leaderboard.boards.models import BoardRow, BoardVersion
from leaderboard.boards.serving import TRAFFIC_FIGURES
from leaderboard.core.tables import Table, Type, Value

BOUNDS = ("value", "low", "high")

LEADING_COLUMNS: dict[str, Type] = {
    "rank": "whole",
    "rank_low": "whole",
    "rank_high": "whole",
    "model": "text",
    "organization": "text",
    "parameters_b": "number",
    "baseline": "truth",
    "precision": "text",
    "engine": "text",
    "imported": "truth",
    "revision": "text",
    "run": "text",
}


def board_table(version: BoardVersion) -> Table:
    """Return the rows of the board in its order: who, then three columns for each of the board's (value and 95 %
    interval, as fractions), then the serving figures.

    The version's rows must be those of ``BoardRow.objects.for_display``, or each costs queries. A column of the board is called ``axis/dimension/metric``; its bounds have ``.low`` and ``.high`` behind.
    """
    scores = [f"{c['axis']}/{c['dimension']}/{c['metric']}" for c in version.columns]
    columns: dict[str, Type] = dict(LEADING_COLUMNS)
    for name in scores:
        columns |= {name: "number", f"{name}.low": "number", f"{name}.high": "number"}
    columns |= dict.fromkeys(TRAFFIC_FIGURES, "number")
    name = f"{version.benchmark.slug}_board_v{version.number}"
    return Table(name, columns, map(_row, version.rows.all()))


def _row(row: BoardRow) -> list[Value]:
    submission = row.run.submission
    variant, model = submission.variant, submission.variant.model
    cells = [bound for cell in row.cells for bound in _bounds(cell)]
    return [
        row.rank,
        row.rank_low,
        row.rank_high,
        model.name,
        model.organization or None,
        model.parameters_b,
        model.is_baseline,
        variant.precision,
        variant.engine or None,
        submission.imported,
        variant.revision or None,
        str(row.run.public_id),
        *cells,
        *(row.serving.get(name) for name in TRAFFIC_FIGURES),
    ]


def _bounds(cell: Mapping[str, Any] | None) -> list[Value]:
    return [None] * len(BOUNDS) if cell is None else [cell.get(name) for name in BOUNDS]
