"""What each tab of the board shows: rows and columns from the database, and everything that is made of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext, pgettext

from leaderboard.boards import filters, quantising, speed_chart
from leaderboard.boards.changes import changes
from leaderboard.boards.columns import Column, columns_of, shown_of, with_own_keys
from leaderboard.boards.models import BoardRow, BoardVersion
from leaderboard.boards.overall import (
    Family,
    families_of,
    overall_columns,
    overall_rows,
)
from leaderboard.boards.precisions import differences_between
from leaderboard.boards.presenters import board_table
from leaderboard.boards.rows import ComputedRow, is_verified
from leaderboard.boards.serving_board import serving_rows
from leaderboard.boards.serving_columns import Conditions, quality_columns, serving_columns
from leaderboard.boards.state import SPEEDS, BoardState
from leaderboard.catalog.models import Benchmark

HISTORY = 40
"""Versions that the picker offers."""


@dataclass(frozen=True, slots=True)
class Board:
    """A tab's rows and columns, before any filter.

    ``headings`` are the titles of the columns that the table of quantising has for the ``families``; ``left_out`` are
    boards that are not shown beside the others because their data are of another kind.
    """

    title: str
    rows: Sequence[ComputedRow]
    columns: Sequence[Column]
    conditions: Conditions
    families: Sequence[tuple[str, str]]
    protocols: Sequence[str]
    quality: Column | None
    left_out: Sequence[BoardVersion] = field(default_factory=tuple)


def versions_as_of(as_of: int | None) -> list[BoardVersion]:
    """Return the board that each benchmark shows now, or showed as of a version. One query."""
    if as_of is None:
        chosen = BoardVersion.objects.live().filter(benchmark__active=True)
    else:
        chosen = BoardVersion.objects.as_of(as_of).filter(benchmark__active=True)
    return list(chosen.newest())


def overall_board(
    versions: Sequence[BoardVersion], benchmarks: Sequence[Benchmark], state: BoardState
) -> Board:
    """Return the board over all benchmarks. One query."""
    families, rows, left_out = _families(versions, benchmarks)
    computed = overall_rows(families, rows)
    conditions = Conditions.of(computed, state)
    quality = overall_columns(families, computed)
    # Without a configuration that has everything there is no mean to draw: the first benchmark then stands for it.
    drawn = quality if any(row.cells[0] for row in computed) else quality[1:]
    return Board(
        title=pgettext("the board of all benchmarks", "Overall"),
        rows=computed,
        columns=with_own_keys([*quality, *quality_columns(computed, conditions)]),
        conditions=conditions,
        families=[(family.name, family.title) for family in families],
        protocols=[family.version.protocol for family in families],
        quality=next(iter(drawn), None),
        left_out=left_out,
    )


def serving_board(
    versions: Sequence[BoardVersion], benchmarks: Sequence[Benchmark], state: BoardState
) -> Board:
    """Return the board of how the configurations serve, on one class of hardware. One query."""
    families, rows, left_out = _families(versions, benchmarks)
    computed = overall_rows(families, rows)
    conditions = Conditions.of(computed, state)
    here = serving_rows(computed, conditions)
    return Board(
        title=gettext("Serving"),
        rows=here,
        columns=with_own_keys(serving_columns(here, conditions)),
        conditions=conditions,
        families=[(family.name, family.title) for family in families],
        protocols=[family.version.protocol for family in families],
        quality=None,
        left_out=left_out,
    )


def benchmark_board(version: BoardVersion, rows: Sequence[BoardRow], state: BoardState) -> Board:
    """Return the board of one benchmark. One query, for its dimensions."""
    family = version.benchmark.family
    computed = [
        ComputedRow(
            run=row.run,
            cells=row.cells,
            serving=row.serving,
            rank=row.rank,
            rank_low=row.rank_low,
            rank_high=row.rank_high,
            runs={family: row.run},
            verified=is_verified(row),
        )
        for row in rows
    ]
    conditions = Conditions.of(computed, state)
    scores = columns_of(version.columns, list(version.benchmark.dimensions.all()), computed)
    return Board(
        title=version.benchmark.title,
        rows=computed,
        columns=with_own_keys([*scores, *quality_columns(computed, conditions)]),
        conditions=conditions,
        families=[(family, scores[0].title)],
        protocols=[version.protocol],
        quality=scores[0],
    )


def part(board: Board, state: BoardState) -> dict[str, Any]:
    """Return what the part of a page shows that depends on filters, order and choices. One query at most."""
    shown = shown_of(board.columns, state.columns)
    rows = filters.matching(board.rows, state)
    offered = filters.choices(board.rows, state)
    table = board_table(board.columns, board.rows, state, shown)
    here = {row.run for row in table.rows}
    # Chosen rows that the table does not show have no checkbox to be sent with the form.
    chosen = [("select", str(run)) for run in state.select if run not in here]
    return {
        "title": board.title,
        "table": table,
        "state": state,
        "conditions": board.conditions,
        "applied": filters.applied(state, offered),
        "tray": _tray(board.rows, state),
        "hidden": [*state.fields(*filters.FIELDS, "select"), *chosen],
        "chooser_hidden": state.fields("columns"),
        "every_field": state.fields(),
        "speeds": [(name, speed_chart.speed_title(name), state.url(speed=name)) for name in SPEEDS],
        **_chart(board, rows, state),
        **_costs(board, rows, state),
    }


def frame(board: Board, state: BoardState) -> dict[str, Any]:
    """Return what the filter bar and the column chooser offer."""
    shown = {column.key for column in shown_of(board.columns, state.columns)}
    return {
        "choices": filters.choices(board.rows, state),
        "chooser": [(c.key, c.title, c.group, c.key in shown) for c in board.columns[1:]],
        "total": len(board.rows),
    }


def history(version: BoardVersion | None) -> list[BoardVersion]:
    """Return the newest versions of a benchmark's board on any data, or of all boards. One query."""
    known = BoardVersion.objects.select_related("benchmark", "dataset").order_by("-pk")
    if version is not None:
        known = known.filter(benchmark=version.benchmark_id)
    return list(known[:HISTORY])


def changed_since(
    version: BoardVersion, rows: Sequence[BoardRow], known: Sequence[BoardVersion]
) -> dict[str, Any]:
    """Return how the version differs from the one before it on the same data and protocol. One query at most."""
    board = (version.dataset_id, version.protocol)
    before = (v for v in known if v.pk < version.pk and (v.dataset_id, v.protocol) == board)
    previous = next(before, None)
    if previous is None:
        return {"previous": None, "changed": []}
    return {"previous": previous, "changed": changes(list(previous.rows.headlines()), rows)}


def _families(
    versions: Sequence[BoardVersion], benchmarks: Sequence[Benchmark]
) -> tuple[list[Family], list[BoardRow], list[BoardVersion]]:
    """Return the families that have rows, the rows of their boards, and the boards that were left out."""
    rows = list(BoardRow.objects.filter(version__in=versions).headlines())
    filled = {row.version_id for row in rows}
    ranked = Counter(row.version_id for row in rows if row.rank is not None)
    shown = [version for version in versions if version.pk in filled]
    families, left_out = families_of(shown, benchmarks, ranked)
    kept = {family.version.pk for family in families}
    return families, [row for row in rows if row.version_id in kept], left_out


def _tray(rows: Sequence[ComputedRow], state: BoardState) -> dict[str, Any]:
    """Return the chosen rows, and the runs to compare: those on the first benchmark that all have, if there is one."""
    by_run = {row.run.public_id: row for row in rows}
    chosen = [by_run[run] for run in state.select if run in by_run]
    shared = [f for f in (chosen[0].runs if chosen else ()) if all(f in row.runs for row in chosen)]
    runs = [row.runs[shared[0]].public_id for row in chosen] if shared else []
    return {
        "rows": [(row.run.submission.variant, state.toggled(row.run.public_id)) for row in chosen],
        "runs": ",".join(map(str, runs)) if len(runs) > 1 else "",
        "clear": state.url(select=()),
    }


def _chart(board: Board, rows: Iterable[ComputedRow], state: BoardState) -> dict[str, Any]:
    if board.quality is None:
        return {"chart": None}
    found = speed_chart.measured(list(rows), board.quality, board.conditions, state.speed)
    return {"chart": speed_chart.speed_chart(found, board.quality, board.conditions, state.speed)}


def _costs(board: Board, rows: Sequence[ComputedRow], state: BoardState) -> dict[str, Any]:
    differences = differences_between(quantising.run_pairs(rows), board.protocols)
    families = [name for name, _ in board.families]
    found = quantising.costs(rows, families, differences, state.streams)
    return {
        "costs": [quantising.cost_view(cost) for cost in found],
        "costs_title": quantising.takeaway(found),
        "cost_headings": [title for _, title in board.families],
    }
