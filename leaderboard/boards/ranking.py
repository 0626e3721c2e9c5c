"""Ranks and rank intervals of a board. Pure: numbers in, ranks out.

The rank interval counts the rows whose score interval lies wholly above, and wholly below, the row's own, as in
M. Klein, T. Wright, J. Wieczorek, "A joint confidence region for an overall ranking of populations", Journal of
the Royal Statistical Society C 69 (2020), 589-606. They use intervals that hold jointly; ours are the scores' own
95 % intervals, which hold one by one, so the rank interval tells which ranks the data do not rule out, and makes
no joint claim over the whole board.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Standing:
    """What ranks a row: its score and the bounds of the score's interval; None where there is none.

    ``ranked`` False keeps a row out of the ranking whatever its score: baselines are yardsticks.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    ranked: bool = True


@dataclass(frozen=True, slots=True)
class Rank:
    """A rank from 1, and the best (``low``) and worst (``high``) rank that the intervals allow."""

    rank: int
    low: int
    high: int


def rank(standings: Sequence[Standing]) -> list[Rank | None]:
    """Return the rank of each standing, in the order given; None where it is not ranked.

    The highest value is 1. Equal values share the better rank and the next one counts on after them (1, 1, 3).
    A row without a score is not ranked and affects no other row's rank. A score without an interval counts as
    exactly known. O(n log n).
    """
    values = sorted(s.value for s in standings if s.ranked and s.value is not None)
    lows = sorted(_bounds(s)[0] for s in standings if s.ranked and s.value is not None)
    highs = sorted(_bounds(s)[1] for s in standings if s.ranked and s.value is not None)
    ranks: list[Rank | None] = []
    for standing in standings:
        if not standing.ranked or standing.value is None:
            ranks.append(None)
            continue
        low, high = _bounds(standing)
        surely_better = len(lows) - bisect_right(lows, high)
        surely_worse = bisect_left(highs, low)
        ranks.append(
            Rank(
                rank=1 + len(values) - bisect_right(values, standing.value),
                low=1 + surely_better,
                high=len(values) - surely_worse,
            )
        )
    return ranks


def _bounds(standing: Standing) -> tuple[float, float]:
    """The interval's bounds; the value itself where a bound is unknown."""
    value = standing.value
    if value is None:
        raise ValueError("a standing without a value has no bounds")
    return (
        value if standing.low is None else standing.low,
        value if standing.high is None else standing.high,
    )
