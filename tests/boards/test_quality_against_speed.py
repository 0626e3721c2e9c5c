"""The chart of quality against speed, and the table of what lower precision costs."""

from __future__ import annotations

from typing import Any

import pytest

from leaderboard.boards import quantising, speed_chart
from leaderboard.boards.columns import Column, Kind, cell_of
from leaderboard.boards.models import PrecisionDifference
from leaderboard.boards.rows import ComputedRow
from leaderboard.boards.serving_columns import Conditions
from leaderboard.boards.speed_chart import SpeedChart
from leaderboard.boards.state import BoardState
from tests.boards.board_rows import make_row
from tests.serving_facts import served

QUALITY = Column("mean", "Mean", Kind.LEAD, cell_of(0), "")
BF16 = make_row("Kestrel", 0.8, facts=served(300, 50, 0.8))
FP8 = make_row("Kestrel", 0.75, precision="fp8", facts=served(200, 80, 0.6))
INT4 = make_row("Kestrel", 0.7, precision="awq_int4", facts=served(150, 100, 0.4))
OTHER = make_row("Marlin", 0.9, facts=served(900, 20, 0.95))


def chart(rows: list[ComputedRow], speed: str = "tokens_per_s") -> SpeedChart | None:
    conditions = Conditions.of(rows, BoardState())
    found = speed_chart.measured(rows, QUALITY, conditions, speed)
    return speed_chart.speed_chart(found, QUALITY, conditions, speed)


def test_better_is_higher_and_faster_is_to_the_right() -> None:
    shown = chart([BF16, INT4])
    assert shown is not None
    best, fast = shown.points
    assert best.y < fast.y
    assert best.x < fast.x
    assert best.top < best.y < best.bottom


def test_lines_join_the_precisions_of_one_model_in_order() -> None:
    shown = chart([INT4, BF16, OTHER, FP8])
    assert shown is not None
    places = {p.known_as: (p.x, p.y) for p in shown.points}
    names = ("Kestrel BF16", "Kestrel FP8", "Kestrel AWQ INT4")
    assert [((line.x1, line.y1), (line.x2, line.y2)) for line in shown.lines] == [
        (places[names[0]], places[names[1]]),
        (places[names[1]], places[names[2]]),
    ]


@pytest.mark.parametrize("speed", ["tokens_per_s", "ttft_ms_p50"])
def test_the_title_says_who_is_fastest_and_what_that_costs(speed: str) -> None:
    shown = chart([OTHER, INT4], speed)
    assert shown is not None
    assert shown.title.startswith("Kestrel AWQ INT4 is the fastest, ")
    assert shown.title.endswith("× as fast as Marlin BF16, and 20.0 points behind it")


def test_one_that_is_both_is_named_so() -> None:
    shown = chart([BF16, make_row("Slow", 0.1, facts=served(999, 10))])
    assert shown is not None
    assert shown.title == "Kestrel BF16 is both the best and the fastest"


def test_the_target_stands_on_the_axis_of_its_speed_only() -> None:
    speeds = [chart([BF16, OTHER], speed) for speed in ("tokens_per_s", "ttft_ms_p50")]
    assert [shown and shown.target is not None for shown in speeds] == [True, False]


def test_who_misses_a_target_is_marked() -> None:
    shown = chart([INT4, OTHER])
    assert shown is not None
    assert [point.missed for point in shown.points] == [False, True]


def test_yardsticks_other_hardware_and_missing_scores_are_not_drawn() -> None:
    rows = [
        BF16,
        make_row("Always A", 0.2, facts=served(), is_baseline=True),
        make_row("Elsewhere", 0.5, facts=served(host_class="1x NVIDIA L4")),
        make_row("Unscored", None, facts=served()),
    ]
    assert chart(rows) is None


def stored(difference: float, low: float | None, high: float | None, p: float | None) -> Any:
    return PrecisionDifference(difference=difference, low=low, high=high, p=p)


def costs(found: PrecisionDifference | None, rows: list[ComputedRow]) -> quantising.CostView:
    differences = dict.fromkeys(quantising.run_pairs(rows), found) if found else {}
    (cost,) = quantising.costs(rows, ["mmbench"], differences)
    return quantising.cost_view(cost)


def test_a_variant_is_told_by_its_difference_and_its_ratios() -> None:
    view = costs(stored(-0.05, -0.09, -0.01, 0.0004), [BF16, INT4])
    assert (view.precision, view.baseline) == ("AWQ INT4", "BF16")
    (difference,) = view.differences
    assert (difference.text, difference.interval, difference.p) == ("−5.0", "[−9.0, −1.0]", "< 0.001")  # fmt: skip
    assert difference.ok is False
    assert (view.ttft, view.tokens_per_s, view.memory, view.weights) == ("0.50×", "2.00×", "0.50×", "—")  # fmt: skip


@pytest.mark.parametrize(
    ("low", "high", "ok"), [(-0.1, 0.1, None), (0.01, 0.1, True), (None, None, None)]
)
def test_a_difference_is_judged_only_where_its_interval_excludes_zero(
    low: float | None, high: float | None, ok: bool | None
) -> None:
    assert costs(stored(0.02, low, high, None), [BF16, FP8]).differences[0].ok is ok


def test_what_was_not_compared_is_a_dash() -> None:
    assert costs(None, [BF16, FP8]).differences[0].text == "—"


def test_there_are_no_ratios_where_nobody_told_the_hardware() -> None:
    rows = [make_row("API", 0.5, facts=served(), kind="endpoint", precision=p) for p in ("bf16", "fp8")]  # fmt: skip
    view = costs(stored(0.0, None, None, None), rows)
    assert (view.ttft, view.tokens_per_s, view.memory) == ("—", "—", "—")


def test_the_table_says_what_it_shows() -> None:
    rows = [BF16, INT4]
    differences = dict.fromkeys(quantising.run_pairs(rows), stored(-0.05, None, None, None))
    found = quantising.costs(rows, ["mmbench"], differences)
    assert quantising.takeaway(found) == (
        "Lower precision changes scores by −5.0 points, and speed by 2.00×"
    )
    assert quantising.takeaway([]) == "Cost and gain of lower precision"
