"""Ranks, ties and rank intervals."""

from __future__ import annotations

import random

from leaderboard.boards.ranking import Rank, Standing, rank


def test_the_highest_value_is_first() -> None:
    ranks = rank([Standing(0.2), Standing(0.9), Standing(0.5)])
    assert [r and r.rank for r in ranks] == [3, 1, 2]


def test_ties_share_a_rank_and_the_next_counts_on() -> None:
    ranks = rank([Standing(0.5), Standing(0.9), Standing(0.5), Standing(0.1)])
    assert [r and r.rank for r in ranks] == [2, 1, 2, 4]


def test_a_missing_score_is_not_ranked_and_moves_nobody() -> None:
    ranks = rank([Standing(None), Standing(0.3), Standing(0.0)])
    assert ranks == [None, Rank(1, 1, 1), Rank(2, 2, 2)]


def test_a_baseline_is_not_ranked_and_moves_nobody() -> None:
    ranks = rank([Standing(0.99, ranked=False), Standing(0.3)])
    assert ranks == [None, Rank(1, 1, 1)]


def test_overlapping_intervals_leave_several_ranks_open() -> None:
    standings = [
        Standing(0.80, 0.75, 0.85),
        Standing(0.78, 0.73, 0.83),
        Standing(0.50, 0.45, 0.55),
    ]
    assert rank(standings) == [Rank(1, 1, 2), Rank(2, 1, 2), Rank(3, 3, 3)]


def test_intervals_that_touch_do_not_decide() -> None:
    assert rank([Standing(0.6, 0.5, 0.7), Standing(0.4, 0.3, 0.5)]) == [
        Rank(1, 1, 2),
        Rank(2, 1, 2),
    ]


def test_an_empty_board_has_no_ranks() -> None:
    assert rank([]) == []


def test_the_interval_counts_what_lies_wholly_above_and_below() -> None:
    """Against the definition, pair by pair, on random boards."""
    dice = random.Random(7)
    for _ in range(50):
        standings = []
        for _ in range(dice.randint(1, 12)):
            value, width = round(dice.random(), 1), dice.choice([0.0, 0.1, 0.3])
            standings.append(Standing(value, value - width, value + width, dice.random() < 0.8))
        ranked = [s for s in standings if s.ranked]
        for standing, found in zip(standings, rank(standings), strict=True):
            if not standing.ranked:
                assert found is None
                continue
            above = sum(other.low > standing.high for other in ranked)
            not_below = sum(other.high >= standing.low for other in ranked)
            higher = sum(other.value > standing.value for other in ranked)
            assert found == Rank(1 + higher, 1 + above, not_below)
            assert found.low <= found.rank <= found.high
