"""The figure of paired differences: every mark is inside its scale, and a verdict needs evidence."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.metrics.paired import PairedResult
from leaderboard.comparisons.figure import _Scale, p_text, significant

RESULT = PairedResult(
    n=10,
    clusters=10,
    first=0.5,
    second=0.5,
    difference=0.0,
    low=None,
    high=None,
    first_better=0,
    second_better=0,
    p=1.0,
    first_only=0,
    second_only=0,
)
fractions = st.floats(min_value=-1, max_value=1, allow_nan=False)


@given(st.lists(st.tuples(fractions, fractions, fractions), max_size=6))
def test_every_mark_lies_inside_the_scale(found: list[tuple[float, float, float]]) -> None:
    results = []
    for values in found:
        low, middle, high = sorted(values)
        results.append(replace(RESULT, difference=middle, low=low, high=high))
    scale = _Scale.of(results)
    for values in found:
        assert all(-0.01 <= scale.at(value) <= 100.01 for value in values)
    assert sum(tick.zero for tick in scale.ticks()) == 1
    assert 3 <= len(scale.ticks()) <= 8


@pytest.mark.parametrize(
    ("difference", "p", "low", "high", "verdict"),
    [
        (-0.1, 0.01, -0.2, -0.05, "down"),
        (0.1, 0.049, 0.0, 0.2, "up"),
        (-0.1, 0.05, -0.2, -0.05, ""),
        (-0.1, None, -0.2, -0.05, "down"),
        (-0.1, None, -0.2, 0.05, ""),
        (-0.1, None, None, None, ""),
        (0.0, 0.001, 0.0, 0.0, ""),
        (None, None, None, None, ""),
    ],
)
def test_a_verdict_goes_by_p_and_without_one_by_the_interval(
    difference: float | None, p: float | None, low: float | None, high: float | None, verdict: str
) -> None:
    result = replace(RESULT, difference=difference, low=low, high=high)
    assert significant(result, p) == verdict


@pytest.mark.parametrize(
    ("p", "text"), [(None, "—"), (0.0004, "< 0.001"), (0.02, "0.020"), (1.0, "1.000")]
)
def test_p_has_three_decimals(p: float | None, text: str) -> None:
    assert p_text(p) == text
