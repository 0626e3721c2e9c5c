"""A view of a board as a table for a file: its columns, and the rows that its filters leave, in its order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from leaderboard.boards.columns import Column, Kind, shown_of
from leaderboard.boards.filters import matching
from leaderboard.boards.pages import Board
from leaderboard.boards.presenters import Sort, in_order
from leaderboard.boards.rows import ComputedRow
from leaderboard.boards.state import BoardState
from leaderboard.core.tables import Table, Type, Value

LEADING: dict[str, Type] = {
    "rank": "whole",
    "model": "text",
    "organization": "text",
    "parameters_b": "number",
    "baseline": "truth",
    "precision": "text",
    "engine": "text",
    "hardware": "text",
    "run": "text",
}
WITH_INTERVAL = (Kind.LEAD, Kind.SHARE, Kind.GAIN, Kind.HEAT)


def view_table(name: str, board: Board, state: BoardState) -> Table:
    """Return the table. Scores are fractions; a column with intervals has two more, ``.low`` and ``.high``."""
    columns = shown_of(board.columns, state.columns)
    sort = Sort.parse(state.sort, board.columns)
    rows = in_order(matching(board.rows, state), sort, board.columns)
    types = dict(LEADING)
    for column in columns:
        types |= dict.fromkeys(_names(column), "number")
    return Table(f"board_{name}".replace("-", "_"), types, _rows(columns, rows))


def _names(column: Column) -> list[str]:
    bounds = [".low", ".high"] if column.kind in WITH_INTERVAL else []
    return [column.key + end for end in ("", *bounds)]


def _rows(columns: Sequence[Column], rows: Sequence[ComputedRow]) -> Iterator[list[Value]]:
    for row in rows:
        variant = row.run.submission.variant
        model = variant.model
        leading: list[Value] = [
            row.rank,
            model.name,
            model.organization or None,
            model.parameters_b,
            model.is_baseline,
            variant.precision,
            variant.engine or None,
            row.serving.get("host_class") or None,
            str(row.run.public_id),
        ]
        yield [*leading, *(value for column in columns for value in _values(column, row))]


def _values(column: Column, row: ComputedRow) -> list[Value]:
    cell = column.source(row) or {}
    names = ("value", "low", "high") if column.kind in WITH_INTERVAL else ("value",)
    return [cell.get(name) for name in names]
