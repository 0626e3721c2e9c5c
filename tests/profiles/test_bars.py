"""The bars of a model's page: a difference is judged only where the intervals tell both scores apart."""

from __future__ import annotations

import pytest

from leaderboard.profiles.presenters import bar, profile_title
from leaderboard.results.models import Score


def score(value: float, half: float | None) -> Score:
    low, high = (None, None) if half is None else (value - half, value + half)
    return Score(value=value, low=low, high=high, total=100)


@pytest.mark.parametrize(
    ("own", "base", "better"),
    [
        (score(0.8, 0.05), score(0.6, 0.05), True),
        (score(0.5, 0.05), score(0.7, 0.05), False),
        (score(0.62, 0.05), score(0.6, 0.05), None),
        (score(0.8, None), score(0.6, 0.05), None),
    ],
)
def test_a_difference_is_coloured_where_the_intervals_are_apart(
    own: Score, base: Score, better: bool | None
) -> None:
    assert bar("Place", "", own, base).better is better


def test_the_title_counts_every_lead_however_small() -> None:
    bars = [bar("A", "", score(0.62, 0.05), score(0.6, 0.05)), bar("B", "", score(0.1, 0.05), score(0.6, 0.05))]  # fmt: skip
    assert profile_title("Mine", "Base", bars) == "Mine is ahead of Base on 1 of 2 benchmarks"
