"""Which columns a board has: as each benchmark declares them, and only where somebody has a number."""

from __future__ import annotations

from typing import Any

import pytest

from leaderboard.boards.columns import Kind, columns_of, shown_of, with_own_keys
from leaderboard.boards.models import BoardRow, BoardVersion
from leaderboard.boards.presenters import board_table
from leaderboard.boards.services import publish_board
from leaderboard.boards.state import BoardState
from leaderboard.catalog.models import Benchmark, Dimension, Variant, VlmModel
from leaderboard.runs.models import Run, Submission
from tests.factories import make_published_run
from tests.small_set import BENCHMARK, always_a

OVERALL = ("overall", "overall")


def stored(*columns: tuple[str, str, str]) -> list[dict[str, str]]:
    return [dict(zip(("axis", "dimension", "metric"), c, strict=True)) for c in columns]


def row(*values: float | None) -> BoardRow:
    variant = Variant(model=VlmModel(slug="kestrel", name="Kestrel"), engine="vllm")
    cells: list[dict[str, Any] | None] = [
        None if v is None else {"value": v, "low": v - 0.1, "high": v + 0.1, "total": 20}
        for v in values
    ]
    found = BoardRow(run=Run(submission=Submission(variant=variant)), cells=cells, serving={})
    # Rows that are read for display have it from the database.
    found.verified = False
    return found


@pytest.mark.django_db
def test_further_metrics_and_the_dimensions_metric_are_as_declared() -> None:
    make_published_run(always_a)
    Benchmark.objects.filter(slug=BENCHMARK).update(
        board_metrics=["all_rows", "pass_2"], board_dimension_metric="vanilla", board_axis="L1"
    )
    before = BoardVersion.objects.get()
    benchmark = Benchmark.objects.get(slug=BENCHMARK)

    version = publish_board(benchmark, before.dataset, before.protocol, "declared anew")

    assert [tuple(c.values()) for c in version.columns] == [
        (*OVERALL, "circular"),
        ("L1", "perception", "vanilla"),
        ("L1", "reasoning", "vanilla"),
        (*OVERALL, "all_rows"),
        (*OVERALL, "pass_2"),
        (*OVERALL, "gap"),
    ]


@pytest.mark.django_db
def test_a_metric_that_nobody_has_is_no_column() -> None:
    make_published_run()
    Benchmark.objects.filter(slug=BENCHMARK).update(board_metrics=["aAcc"])
    before = BoardVersion.objects.get()
    benchmark = Benchmark.objects.get(slug=BENCHMARK)

    version = publish_board(benchmark, before.dataset, before.protocol, "declared anew")

    assert "aAcc" not in {c["metric"] for c in version.columns}


def test_subcategories_of_the_same_name_stand_under_their_own_categories() -> None:
    columns = stored(
        (*OVERALL, "overall"),
        ("subcategory", "VD/ocr", "aAcc"),
        ("subcategory", "VS/chart", "aAcc"),
        ("subcategory", "VS/ocr", "aAcc"),
        (*OVERALL, "aAcc"),
        (*OVERALL, "pct_diff"),
    )
    dimensions = [
        Dimension(axis="category", key="VD", title_en="Visual dependent"),
        Dimension(axis="category", key="VS", title_en="Visual supplement"),
        *(
            Dimension(axis="subcategory", key=key, parent=key[:2], title_en=key[3:].upper())
            for key in ("VD/ocr", "VS/chart", "VS/ocr")
        ),
    ]
    rows = [row(0.5, 0.4, 0.3, 0.2, 0.6, -0.125)]

    table = board_table(with_own_keys(columns_of(columns, dimensions, rows)), rows, BoardState())

    assert [(g.title, g.span) for g in table.groups] == [
        ("All dimensions", 3),
        ("Visual dependent", 1),
        ("Visual supplement", 2),
    ]
    assert [h.title for h in table.headings] == [
        "Overall",
        "aAcc",
        "Pct. Diff",
        "OCR",
        "CHART",
        "OCR",
    ]
    keys = [h.url.rpartition("sort=")[2].removeprefix("-") for h in table.headings]
    assert len(set(keys)) == len(keys)
    assert table.rows[0].cells[2].text == "\u221212.5"


def test_dimensions_that_read_alike_can_each_be_sorted_by() -> None:
    columns = stored((*OVERALL, "accuracy"), ("a", "x y", "accuracy"), ("a", "x-y", "accuracy"))
    rows = [row(0.5, 0.4, 0.3)]
    assert [c.key for c in with_own_keys(columns_of(columns, [], rows))] == [
        "accuracy",
        "x-y",
        "x-y-2",
    ]


def test_a_dimension_called_rank_does_not_hide_the_rank() -> None:
    columns = stored((*OVERALL, "accuracy"), ("a", "rank", "accuracy"))
    assert with_own_keys(columns_of(columns, [], [row(0.5, 0.4)]))[1].key == "rank-2"


def test_the_runs_without_pictures_stand_in_a_group_of_their_own() -> None:
    columns = stored(
        (*OVERALL, "accuracy"),
        ("a", "x", "accuracy"),
        (*OVERALL, "blind"),
        (*OVERALL, "visual_gain"),
    )
    rows = [row(0.5, 0.4, 0.25, 0.25), row(0.6, 0.4, None, None)]

    table = board_table(
        with_own_keys(columns_of(columns, [], rows)), rows, BoardState(sort="visual_gain")
    )

    assert [(g.title, g.span) for g in table.groups] == [
        ("All dimensions", 1),
        ("", 1),
        ("Pictures left out", 2),
    ]
    assert [cell.text for cell in table.rows[0].cells[2:]] == ["25.0", "+25.0"]
    assert table.rows[0].cells[3].title == "[+15.0, +35.0]"
    assert [cell.text for cell in table.rows[1].cells[2:]] == ["—", "—"]
    assert table.rows[0].cells[3].kind == Kind.GAIN


def test_a_view_shows_the_columns_that_it_names_and_always_the_headline() -> None:
    columns = columns_of(
        stored((*OVERALL, "accuracy"), ("a", "x", "accuracy"), ("a", "y", "accuracy")),
        [],
        [row(0.5, 0.4, 0.3)],
    )
    assert [c.key for c in shown_of(columns, ("y",))] == ["accuracy", "y"]
    assert [c.key for c in shown_of(columns, None)] == ["accuracy", "x", "y"]
    assert shown_of(columns, ("no-such-column",)) == columns
