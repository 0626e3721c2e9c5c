"""The board's table: order, shades, positions. Pure: the rows never touch a database."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import QueryDict
from django.utils.text import slugify

from leaderboard.boards.columns import Column, columns_of, with_own_keys
from leaderboard.boards.models import BoardRow
from leaderboard.boards.presenters import PAGE_SIZE, BoardTable, board_table
from leaderboard.boards.serving_columns import Conditions, quality_columns
from leaderboard.boards.state import BoardState
from leaderboard.catalog.models import Dimension, Variant, VlmModel
from leaderboard.runs.models import Run, Submission

STORED = [
    {"axis": "overall", "dimension": "overall", "metric": "circular"},
    {"axis": "L2", "dimension": "logic (hard)", "metric": "circular"},
    {"axis": "overall", "dimension": "overall", "metric": "vanilla"},
    {"axis": "overall", "dimension": "overall", "metric": "gap"},
]
DIMENSIONS = [
    Dimension(axis="L1", key="reasoning", title_en="Reasoning"),
    Dimension(axis="L2", key="logic (hard)", parent="reasoning", title_en="Logic"),
]


def cell(value: float | None, spread: float = 0.1, total: int = 20) -> dict[str, Any] | None:
    if value is None:
        return None
    return {"value": value, "low": value - spread, "high": value + spread, "total": total}


def row(name: str, score: float | None, part: float | None = None, **fields: Any) -> BoardRow:
    model = VlmModel(
        slug=slugify(name) or "model",
        name=name,
        organization="Acme",
        is_baseline=fields.pop("baseline", False),
    )
    variant = Variant(model=model, engine="vllm", precision=fields.pop("precision", "bf16"))
    gap = None if score is None else {"value": score - 0.9}
    found = BoardRow(
        run=Run(submission=Submission(variant=variant)),
        cells=[cell(score), cell(part), cell(0.9), gap],
        serving=fields.pop("serving", {}),
        **fields,
    )
    # Rows that are read for display have it from the database.
    found.verified = False
    return found


def columns(rows: list[BoardRow], state: BoardState) -> list[Column]:
    served = quality_columns(rows, Conditions.of(rows, state))
    return with_own_keys([*columns_of(STORED, DIMENSIONS, rows), *served])


def table(rows: list[BoardRow], parameters: str = "") -> BoardTable:
    state = BoardState.read(QueryDict(parameters))
    return board_table(columns(rows, state), rows, state)


def names(rows: list[BoardRow], parameters: str) -> list[str]:
    return [shown.model for shown in table(rows, parameters).rows]


ROWS = [
    row("Kestrel", 0.8, 0.5, rank=1, rank_low=1, rank_high=2, serving={"ttft_ms_p50": 90.0}),
    row("Marlin", 0.6, None, rank=2, rank_low=1, rank_high=2, serving={"ttft_ms_p50": 30.0}),
    row("Ibis", None, 0.9),
    row("Always A", 0.25, 0.1, baseline=True, precision="unknown"),
]


def test_the_headline_sorts_first_and_highest_first() -> None:
    shown = table(ROWS)
    assert [r.model for r in shown.rows] == ["Kestrel", "Marlin", "Always A", "Ibis"]
    assert shown.headings[0].sorted == "descending"


@pytest.mark.parametrize("sort", ["logic-hard", "-logic-hard"])
def test_what_is_missing_comes_last_in_both_directions(sort: str) -> None:
    assert names(ROWS, f"sort={sort}")[-1] == "Marlin"


def test_every_column_sorts_both_ways() -> None:
    for heading in table(ROWS).headings:
        key = heading.url.rpartition("sort=")[2].removeprefix("-")
        upward, downward = names(ROWS, f"sort={key}"), names(ROWS, f"sort=-{key}")
        assert set(upward) == set(downward) == {r.run.submission.variant.model.name for r in ROWS}
    assert names(ROWS, "sort=model") == ["Always A", "Ibis", "Kestrel", "Marlin"]
    assert names(ROWS, "sort=ttft-ms-p50")[:2] == ["Marlin", "Kestrel"]


def test_an_unknown_sort_is_the_headline() -> None:
    assert names(ROWS, "sort=no-such-column") == names(ROWS, "")


def test_a_heading_turns_the_order_round_and_keeps_the_filter() -> None:
    first = table(ROWS, "q=acme&sort=-circular").headings[0]
    assert QueryDict(first.url[1:]).dict() == {"q": "acme", "sort": "circular"}


def test_the_first_click_shows_the_best_first() -> None:
    urls = {h.title: h.url for h in table(ROWS).headings}
    assert urls["Logic"].endswith("sort=-logic-hard")
    assert urls["TTFT p50"].endswith("sort=ttft-ms-p50")


@pytest.mark.parametrize(
    ("text", "found"),
    [("kest", ["Kestrel"]), ("ACME vllm ibis", ["Ibis"]), ("undisclosed", ["Always A"]), ("x", [])],
)
def test_every_word_of_the_filter_must_occur(text: str, found: list[str]) -> None:
    assert names(ROWS, f"q={text}") == found


def test_a_filter_does_not_recolour_what_stays() -> None:
    def kestrel(parameters: str) -> Any:
        return next(r for r in table(ROWS, parameters).rows if r.model == "Kestrel").cells

    assert kestrel("q=kestrel") == kestrel("")


def test_shades_span_the_column() -> None:
    shades = {r.model: r.cells[3].shade for r in table(ROWS).rows}
    assert shades == {"Kestrel": 4, "Marlin": None, "Ibis": 7, "Always A": 1}


def test_equal_values_are_not_shaded() -> None:
    alike = [row("A", 0.5, 0.5), row("B", 0.6, 0.5)]
    assert {r.cells[3].shade for r in table(alike).rows} == {None}


def test_an_interval_is_placed_in_percent_of_the_columns_range() -> None:
    style = {r.model: r.cells[0].style for r in table(ROWS).rows}
    assert style["Kestrel"] == "--v:86.7;--lo:73.3;--hi:100.0"
    assert style["Always A"] == "--v:13.3;--lo:0.0;--hi:26.7"


def test_missing_is_a_dash_and_a_baseline_has_no_rank() -> None:
    rows = {r.model: r for r in table(ROWS).rows}
    assert rows["Ibis"].cells[0].text == "—"
    assert rows["Always A"].rank == "—"
    assert rows["Always A"].baseline
    assert rows["Kestrel"].rank_range == "⟨1–2⟩"


def test_dimensions_stand_under_their_parents_and_serving_last() -> None:
    shown = table(ROWS)
    assert [(g.title, g.span) for g in shown.groups] == [
        ("All dimensions", 3),
        ("Reasoning", 1),
        ("Serving: hardware not told, the evaluation's own requests", 1),
    ]
    assert [h.title for h in shown.headings] == ["Circular", "Vanilla", "Gap", "Logic", "TTFT p50"]
    assert shown.headings[3].hint == "20"


def test_serving_figures_that_nobody_has_are_no_columns() -> None:
    assert [c.key for c in columns([row("A", 0.5, 0.5)], BoardState())] == [
        "circular",
        "vanilla",
        "gap",
        "logic-hard",
    ]


def test_a_dimension_that_is_no_longer_declared_is_still_shown() -> None:
    assert [c.title for c in columns_of(STORED, [], ROWS)][3] == "logic (hard)"


def test_a_board_without_scores_can_be_shown() -> None:
    assert [r.cells[0].text for r in table([row("A", None)]).rows] == ["—"]


def many(number: int) -> list[BoardRow]:
    return [row(f"Model {i:03}", 1 - i / 1000) for i in range(number)]


def test_a_long_board_has_pages() -> None:
    first, last = table(many(PAGE_SIZE + 1)), table(many(PAGE_SIZE + 1), "page=2")
    assert (len(first.rows), len(last.rows)) == (PAGE_SIZE, 1)
    assert last.rows[0].model == f"Model {PAGE_SIZE:03}"
    assert [url for _, url in first.pages] == ["?", "?page=2"]
    assert (first.found, first.total) == (PAGE_SIZE + 1, PAGE_SIZE + 1)


def test_a_page_after_the_last_is_the_last() -> None:
    assert table(many(3), "page=99").page == 1


def test_sorting_begins_at_the_first_page() -> None:
    assert "page" not in table(many(PAGE_SIZE + 1), "page=2").headings[0].url


def test_a_filter_counts_what_it_leaves() -> None:
    shown = table(ROWS, "q=kestrel")
    assert (shown.found, shown.total) == (1, 4)
