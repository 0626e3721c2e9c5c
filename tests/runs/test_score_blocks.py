"""What a run's page makes of its scores: tables, folds, tiles, breakdowns, rates. Pure: nothing touches a database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from leaderboard.catalog.models import Benchmark, Dimension, Variant
from leaderboard.runs import presenters, score_summary
from leaderboard.runs.models import Run, Submission
from leaderboard.runs.scores import ScoreTable, by_dimension, by_place


@dataclass
class Number:
    """A score as the presenters read it."""

    axis: str
    dimension: str
    metric: str
    value: float | None
    correct: int | None = 5
    total: int = 10
    low: float | None = None
    high: float | None = None
    computed: float | None = None


def benchmark(**fields: Any) -> Benchmark:
    plain = {
        "headline_axis": "overall",
        "headline_dimension": "overall",
        "headline_metric": "accuracy",
        "board_axis": "discipline",
        "board_metrics": [],
    }
    return Benchmark(**plain | fields)


def dimension(axis: str, key: str, parent: str = "") -> Dimension:
    return Dimension(axis=axis, key=key, parent=parent, title_en=key.title(), title_zh=key)


WHOLE = dimension("overall", "overall")
KNOWLEDGE = [
    WHOLE,
    dimension("discipline", "science"),
    dimension("discipline", "art"),
    dimension("subject", "physics", "science"),
    dimension("subject", "biology", "science"),
    dimension("subject", "music", "art"),
    dimension("difficulty", "hard"),
]


def table(dimensions: list[Dimension], metric: str = "accuracy", **fields: Any) -> ScoreTable:
    scores = [Number(d.axis, d.key, metric, 0.5) for d in dimensions]
    return by_dimension(benchmark(**fields), dimensions, by_place(scores))


def test_subjects_are_folded_under_their_disciplines_and_other_axes_follow() -> None:
    shown = table(KNOWLEDGE)
    main, difficulty = shown.sections
    assert main.main
    assert main.title == "Discipline › Subject"
    assert [[row.title for row in group.rows] for group in main.groups] == [
        ["Overall"],
        ["Science"],
        ["Art"],
    ]
    assert [[row.title for row in group.below] for group in main.groups] == [
        [],
        ["Physics", "Biology"],
        ["Music"],
    ]
    assert (difficulty.title, difficulty.main, difficulty.size) == ("Difficulty", False, 1)


def test_what_is_above_the_boards_axis_is_not_folded() -> None:
    main = table(KNOWLEDGE, board_axis="subject").sections[0]
    assert [row.title for group in main.groups for row in group.rows] == [
        "Overall",
        "Science",
        "Physics",
        "Biology",
        "Art",
        "Music",
    ]
    assert [row.depth for group in main.groups for row in group.rows] == [0, 0, 1, 1, 0, 1]


def test_a_key_that_two_axes_share_has_its_children_once() -> None:
    shown = table(
        [
            WHOLE,
            dimension("discipline", "physics"),
            dimension("subfield", "physics"),
            dimension("subject", "optics", "physics"),
        ]
    )
    rows = [
        row.title
        for section in shown.sections
        for group in section.groups
        for row in (*group.rows, *group.below)
    ]
    assert sorted(rows) == ["Optics", "Overall", "Physics", "Physics"]


def test_a_dimension_whose_parent_is_itself_is_shown_once() -> None:
    shown = table([WHOLE, dimension("discipline", "art", "art")])
    assert [g.rows[0].title for g in shown.sections[0].groups] == ["Overall", "Art"]


def test_a_dimension_without_a_score_is_no_row() -> None:
    scores = by_place([Number("overall", "overall", "accuracy", 0.5)])
    shown = by_dimension(benchmark(), KNOWLEDGE, scores)
    assert [section.size for section in shown.sections] == [1]


def test_a_benchmark_without_dimensions_shows_the_whole_set() -> None:
    shown = table([WHOLE], board_axis="overall")
    assert [section.main for section in shown.sections] == [True]


def test_columns_are_the_headline_then_as_declared_then_as_stored() -> None:
    scores = [
        Number(axis, key, metric, 0.5)
        for axis, key in (("overall", "overall"), ("category", "VD"))
        for metric in ("easy_aAcc", "qAcc", "overall", "aAcc", "mixed")
    ]
    shown = by_dimension(
        benchmark(headline_metric="overall", board_metrics=["aAcc", "qAcc"], board_axis="category"),
        [WHOLE, dimension("category", "VD")],
        by_place(scores),
        elsewhere=score_summary.in_breakdowns(),
    )
    assert [title for title, _ in shown.metrics] == ["Overall", "aAcc", "qAcc", "Easy aAcc"]


def whole(*numbers: Number) -> Any:
    return by_place(numbers)


def overall(metric: str, value: float | None, **fields: Any) -> Number:
    return Number("overall", "overall", metric, value, **fields)


HALLUSION = benchmark(headline_metric="overall", board_metrics=["aAcc"], board_axis="category")


def test_tiles_are_the_headline_the_boards_metrics_and_what_deserves_one() -> None:
    scores = whole(
        overall("visual_gain", 0.1, correct=None, low=-0.02, high=0.22),
        overall("pct_diff", -0.067, correct=None),
        overall("fp_ratio", 0.6),
        overall("aAcc", 0.7, low=0.6, high=0.8),
        overall("overall", 0.5, correct=None),
    )
    tiles = {tile.title: tile for tile in score_summary.tiles(HALLUSION, scores)}
    assert list(tiles) == ["Overall", "aAcc", "Pct. Diff", "FP ratio", "Visual gain"]
    assert (tiles["aAcc"].cell.value, tiles["aAcc"].unit) == ("70.0", "%")
    assert tiles["aAcc"].cell.interval == "[60.0, 80.0]"
    assert (tiles["Pct. Diff"].cell.value, tiles["Pct. Diff"].unit) == ("\u22126.7", "points")
    assert tiles["Pct. Diff"].cell.style == ""
    assert tiles["FP ratio"].cell.value == "60.0"
    assert tiles["Visual gain"].cell.value == "+10.0"
    assert tiles["Visual gain"].cell.interval == "[\u22122.0, +22.0]"


def test_a_tile_without_a_value_is_a_dash() -> None:
    tile = score_summary.tiles(HALLUSION, whole(overall("fp_ratio", None, total=0)))[0]
    assert (tile.title, tile.cell.value) == ("FP ratio", "—")


def test_rates_come_in_their_order_and_only_where_known() -> None:
    scores = whole(
        overall("errored", 0.0), overall("unparsed", 0.1), overall("truncated", None, total=0)
    )
    rows = score_summary.rates(HALLUSION, scores)
    assert [(row.title, row.cells[0].value) for row in rows] == [
        ("Unparsed", "10.0"),
        ("Failed requests", "0.0"),
    ]


def test_what_is_left_is_neither_tiled_nor_a_rate_nor_drawn_nor_in_the_table() -> None:
    scores = whole(
        overall("overall", 0.5),
        overall("aAcc", 0.5),
        overall("unparsed", 0.1),
        overall("mixed", 0.2),
        overall("easy_aAcc", 0.3),
        Number("category", "VD", "easy_aAcc", 0.3),
        overall("pass_2", 0.4),
    )
    assert [row.title for row in score_summary.further(HALLUSION, scores)] == ["Pass 2"]


CAUSES = ("language_hallucination", "visual_illusion", "mixed")


def causes(axis: str, key: str, *values: float | None) -> list[Number]:
    return [
        Number(axis, key, metric, value, correct=None if value is None else round(40 * value))
        for metric, value in zip(CAUSES, values, strict=True)
    ]


def test_failures_are_divided_by_cause_for_the_whole_and_each_dimension() -> None:
    scores = whole(
        *causes("overall", "overall", 0.5, 0.45, 0.05), *causes("category", "VD", 0.25, 0.75, 0.0)
    )
    (found,) = score_summary.breakdowns(HALLUSION, [WHOLE, dimension("category", "VD")], scores)
    assert [bar.title for bar in found.bars] == ["Overall", "Vd"]
    parts = found.bars[0].parts
    assert [(p.value, p.count, p.width) for p in parts] == [
        ("50.0", "20", "50.00"),
        ("45.0", "18", "45.00"),
        ("5.0", "2", "5.00"),
    ]
    assert [p.label for p in parts] == ["50.0", "45.0", ""]


def test_a_division_that_is_not_known_is_said_to_be_so() -> None:
    scores = whole(*causes("overall", "overall", None, None, None))
    (found,) = score_summary.breakdowns(HALLUSION, [WHOLE], scores)
    assert (found.bars[0].total, found.bars[0].parts) == ("—", [])
    assert found.unknown


def test_consistency_is_shown_of_the_whole_only() -> None:
    kinds = ("consistent", "inconsistent", "consistently_wrong")
    scores = whole(
        *(overall(metric, 1 / 3) for metric in kinds),
        *(Number("category", "VD", metric, 1 / 3) for metric in kinds),
    )
    (found,) = score_summary.breakdowns(HALLUSION, [WHOLE, dimension("category", "VD")], scores)
    assert [bar.title for bar in found.bars] == ["Overall"]


def test_a_benchmark_without_causes_has_no_breakdown() -> None:
    assert score_summary.breakdowns(benchmark(), [WHOLE], whole(overall("accuracy", 1.0))) == []


def run(kind: str = "endpoint", **fields: Any) -> Run:
    return Run(submission=Submission(variant=Variant(kind=kind)), **fields)


@pytest.mark.parametrize(
    ("fields", "marks"),
    [
        ({}, []),
        ({"pictures": "none"}, ["without image"]),
        ({"pictures": "grey", "frugal": True}, ["without image: grey", "frugal"]),
        ({"kind": "imported"}, ["imported"]),
        ({"protocol": "rules-1"}, []),
        ({"protocol": "rules-1+judge:gpt-5@v2"}, ["judge: gpt-5"]),
        ({"protocol": "rules-1+judge-all:acme/judge:7b@v2"}, ["judge: acme/judge:7b"]),
    ],
)
def test_a_run_that_is_no_ordinary_one_is_marked(fields: dict[str, Any], marks: list[str]) -> None:
    assert presenters.marks(run(**fields)) == marks


def test_how_long_answers_are_is_told_where_it_is_known() -> None:
    spread = {"n": 9, "mean": 12.34, "p50": 9.0, "p95": 1200.0, "max": 2048}
    reasoning = {"answers": 3, "share": 0.5, "tokens": None}
    told = {"answers": 9, "characters": spread, "completion_tokens": None, "reasoning": reasoning}
    assert presenters.answer_lengths(Run(counts={"lengths": told})) == [
        (
            "Length, characters",
            "mean 12.3, median 9, 95 % at most 1\u2009200, longest 2\u2009048",
        ),
        ("Reasoning", "in 3 answers, 50.0 % of their text"),
    ]
    assert presenters.answer_lengths(Run()) == []


def test_a_frugal_run_says_what_it_saved() -> None:
    run = Run(frugal=True, counts={"items": 4329, "skipped": 1234})
    assert presenters.saved_requests(run) == ("1\u2009234 of 4\u2009329 requests saved (28.5 %)")
    assert presenters.saved_requests(Run(frugal=True)) == ""
    assert presenters.saved_requests(Run(counts={"items": 5, "skipped": 0})) == ""
