"""Pairs of a question over several figures: what became of them, and which a filter shows."""

from __future__ import annotations

from itertools import count

import pytest

from leaderboard.explorer.pairs import (
    Answered,
    Outcome,
    Pair,
    PairFilter,
    pairs_of,
    place_of,
    same_figures,
)
from leaderboard.results.models import Verdict

RIGHT, WRONG = Verdict.CORRECT, Verdict.INCORRECT


def pair(key: str, *verdicts: Verdict, dimension: str = "VD/math", cause: str = "") -> Pair:
    """Return a pair over the figures f0, f1, … of its set, which is the part of its key before the question."""
    places = count(int(key.partition("_")[0]) * 10)
    return Pair(
        key,
        tuple(
            Answered(
                item=(at := next(places)),
                position=at,
                pair=key,
                figure=f"{key.partition('_')[0]}_f{number}",
                dimension=dimension,
                verdict=verdict,
                diagnosis="" if verdict is RIGHT else cause,
            )
            for number, verdict in enumerate(verdicts)
        ),
    )


@pytest.mark.parametrize(
    ("verdicts", "outcome"),
    [
        ([RIGHT, RIGHT], Outcome.RIGHT),
        ([RIGHT, WRONG], Outcome.MIXED),
        ([WRONG, Verdict.UNPARSED], Outcome.WRONG),
        ([RIGHT], Outcome.RIGHT),
        ([RIGHT, Verdict.ERRORED], Outcome.UNKNOWN),
        ([WRONG, Verdict.UNJUDGED], Outcome.UNKNOWN),
        ([RIGHT, Verdict.UNPARSED], Outcome.MIXED),
    ],
)
def test_a_pair_is_what_all_its_answers_are(verdicts: list[Verdict], outcome: Outcome) -> None:
    assert pair("1_q0", *verdicts).outcome is outcome


def test_pairs_come_in_the_order_of_the_data_set_and_originals_first() -> None:
    later, earlier = pair("2_q0", RIGHT, WRONG), pair("1_q0", RIGHT, WRONG)
    shuffled = [*reversed(later.answers), *reversed(earlier.answers)]
    assert pairs_of(shuffled) == [earlier, later]


ALL = [
    pair("1_q0", RIGHT, WRONG, cause="mixed"),
    pair("2_q0", WRONG, WRONG, cause="visual_illusion"),
    pair("3_q0", RIGHT, RIGHT, dimension="VS/chart"),
    pair("4_q0", RIGHT, WRONG, dimension="VS/chart", cause="mixed"),
]


def keys(pairs: list[Pair]) -> list[str]:
    return [p.key for p in pairs]


def test_filters_narrow_together() -> None:
    assert keys(PairFilter(outcome="inconsistent").of(ALL)) == ["1_q0", "4_q0"]
    assert keys(PairFilter(diagnosis="visual_illusion").of(ALL)) == ["2_q0"]
    assert keys(PairFilter(dimension="VS/chart", diagnosis="mixed").of(ALL)) == ["4_q0"]
    assert keys(PairFilter.parse({"outcome": "sideways"}).of(ALL)) == keys(ALL)


def test_numbers_tell_what_each_choice_would_leave() -> None:
    numbers = PairFilter(dimension="VS/chart", outcome="right").numbers(ALL)
    assert numbers["outcome"] == {"right": 1, "inconsistent": 1}
    assert numbers["dimension"] == {"VS/chart": 1}
    assert numbers["diagnosis"] == {}


def test_neighbours_are_those_of_the_filter_also_for_a_pair_outside_of_it() -> None:
    matching = PairFilter(outcome="inconsistent").of(ALL)
    first = place_of(ALL[0], ALL, matching)
    assert (first.number, first.of, first.previous, first.following) == (1, 2, None, "4_q0")
    outside = place_of(ALL[2], ALL, matching)
    assert (outside.number, outside.previous, outside.following) == (None, "1_q0", "4_q0")


def test_all_questions_on_the_same_figures_are_found() -> None:
    other = pair("1_q1", RIGHT, RIGHT)
    assert keys(same_figures(ALL[0], [*ALL, other])) == ["1_q0", "1_q1"]
