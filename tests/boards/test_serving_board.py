"""Serving figures: one class of hardware and one number of streams at a time, ranked only where that is fair."""

from __future__ import annotations

from typing import Any

import pytest

from leaderboard.boards.cells import Scale, cell_view
from leaderboard.boards.rows import ComputedRow
from leaderboard.boards.serving_board import serving_rows
from leaderboard.boards.serving_columns import Conditions, quality_columns, serving_columns
from leaderboard.boards.state import BoardState
from tests.boards.board_rows import make_row, name_of
from tests.serving_facts import H200, served

L4 = "1x NVIDIA L4"
ROWS = [
    make_row("Slow", 0.9, facts=served(600, 20, 0.95)),
    make_row("Fast", 0.5, facts=served(100, 120, 0.3)),
    make_row("Elsewhere", 0.7, facts=served(50, 300, 0.3, L4)),
]


def conditions(rows: list[ComputedRow], **state: Any) -> Conditions:
    return Conditions.of(rows, BoardState(**state))


def texts(rows: list[ComputedRow], key: str, **state: Any) -> list[str]:
    here = conditions(rows, **state)
    column = next(c for c in serving_columns(rows, here) if c.key == key)
    scale = Scale.of(column, rows)
    return [cell_view(column, column.source(row), scale).text for row in rows]


def test_the_commonest_hardware_and_the_usual_streams_are_shown_first() -> None:
    here = conditions(ROWS)
    assert (here.hardware, here.streams) == (H200, 16)
    assert here.title == "1x NVIDIA H200, 16 streams"


def test_another_class_and_another_load_can_be_chosen() -> None:
    here = conditions(ROWS, hardware=L4, streams=1)
    assert (here.hardware, here.streams) == (L4, 1)
    assert [name_of(row) for row in serving_rows(ROWS, here)] == ["Elsewhere"]


def test_what_was_never_measured_falls_back_to_what_was() -> None:
    here = conditions(ROWS, hardware="no such machine", streams=7)
    assert (here.hardware, here.streams) == (H200, 16)


def test_ranks_are_within_one_class_of_hardware() -> None:
    ranked = serving_rows(ROWS, conditions(ROWS))
    assert [(name_of(row), row.rank) for row in ranked] == [("Fast", 1), ("Slow", 2)]


def test_hardware_that_nobody_told_is_shown_and_not_ranked() -> None:
    rows = [make_row("API", facts=served(), kind="endpoint"), make_row("API 2", facts=served(), kind="endpoint")]  # fmt: skip
    here = conditions(rows)
    assert here.hardware == ""
    assert [row.rank for row in serving_rows(rows, here)] == [None, None]


def test_a_baseline_is_not_ranked() -> None:
    rows = [make_row("Always A", facts=served(), is_baseline=True)]
    assert [row.rank for row in serving_rows(rows, conditions(rows))] == [None]


def test_figures_of_other_hardware_are_not_shown_beside_scores() -> None:
    here = conditions(ROWS)
    column = next(c for c in quality_columns(ROWS, here) if c.key == "tokens-per-s")
    assert [column.source(row) is None for row in ROWS] == [False, False, True]
    assert column.group == "Serving: 1x NVIDIA H200, 16 streams"


def test_targets_are_counted_and_the_missed_ones_named() -> None:
    here = conditions(ROWS)
    column = next(c for c in serving_columns(ROWS, here) if c.key == "targets")
    slow, fast = (cell_view(column, column.source(row), Scale.of(column, ROWS)) for row in ROWS[:2])
    assert (slow.text, slow.ok) == ("0/3", False)
    assert slow.title == "time to first token too long, too few tokens/s, too much GPU memory"
    assert (fast.text, fast.ok, fast.title) == ("3/3", True, "all targets met")


def test_a_figure_that_misses_its_target_says_so() -> None:
    here = conditions(ROWS)
    column = next(c for c in serving_columns(ROWS, here) if c.key == "ttft-ms-p95")
    slow, fast = (cell_view(column, column.source(row), Scale.of(column, ROWS)) for row in ROWS[:2])
    assert (slow.ok, slow.title) == (False, "misses the target")
    assert fast.ok is None
    assert column.tooltip == "target: below 500 ms"


def test_more_streams_are_slower_for_each() -> None:
    one, sixteen = texts(ROWS, "tokens-per-s", streams=1), texts(ROWS, "tokens-per-s", streams=16)
    assert float(one[0]) > float(sixteen[0])
    assert texts(ROWS, "output-tokens-per-s")[2] == "—"


def test_without_a_probe_the_evaluations_own_requests_are_shown() -> None:
    rows = [make_row("A", facts={"serving": {"ttft_ms_p50": 41.0}})]
    here = conditions(rows)
    assert here.streams is None
    assert [c.key for c in quality_columns(rows, here)] == ["ttft-ms-p50"]


@pytest.mark.parametrize("rows", [[], [make_row("A")]])
def test_nothing_measured_is_no_column_and_no_row(rows: list[ComputedRow]) -> None:
    here = conditions(rows)
    assert quality_columns(rows, here) == []
    assert serving_rows(rows, here) == []
