"""The radar of a model's page: whole polygons, names that stay whole, and titles that claim only what is so."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaderboard.profiles.presenters import Bar, bar
from leaderboard.profiles.radar import FEWEST, HEIGHT, MOST, WIDTH, radar, takeaway, wrapped
from leaderboard.results.models import Score

shares = st.floats(0, 1)


def bars(*values: tuple[float | None, float | None]) -> list[Bar]:
    def score(value: float | None) -> Score | None:
        return None if value is None else Score(value=value, total=10)

    return [bar(f"Place {i}", "", score(a), score(b)) for i, (a, b) in enumerate(values)]


@given(st.lists(st.tuples(shares, shares), min_size=FEWEST, max_size=MOST))
def test_everything_is_inside_of_the_picture(values: list[tuple[float, float]]) -> None:
    drawn = radar(bars(*values), "T")
    assert drawn is not None
    for polygon in (drawn.own, drawn.base, *(ring.points for ring in drawn.rings)):
        places = [tuple(map(float, place.split(","))) for place in polygon.split()]
        assert len(places) == len(values)
        assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in places)


@pytest.mark.parametrize("number", [0, FEWEST - 1, MOST + 1])
def test_too_few_or_too_many_dimensions_are_not_drawn(number: int) -> None:
    assert radar(bars(*[(0.5, 0.5)] * number), "T") is None


def test_what_is_not_known_has_no_spoke_and_a_partial_baseline_no_polygon() -> None:
    drawn = radar(bars((0.5, 0.4), (None, 0.4), (0.6, None), (0.7, 0.2)), "T")
    assert drawn is not None
    assert len(drawn.spokes) == 3
    assert drawn.own
    assert drawn.base == ""


def test_the_title_names_where_both_are_furthest_apart() -> None:
    ahead = takeaway("Mine", "Base", "MMBench", bars((0.9, 0.5), (0.4, 0.5)))
    assert ahead == "Mine is furthest ahead of Base on Place 0: 40.0 points"
    behind = takeaway("Mine", "Base", "MMBench", bars((0.6, 0.5), (0.1, 0.5)))
    assert behind == "Base is furthest ahead of Mine on Place 1: 40.0 points"


@pytest.mark.parametrize(
    "values", [[(0.5, 0.5)] * 3, [(0.75, 0.5), (0.25, 0.5)], [(0.5, None)] * 3, []]
)
def test_without_one_such_place_the_title_claims_nothing(
    values: list[tuple[float, float | None]],
) -> None:
    assert takeaway("Mine", "Base", "MMBench", bars(*values)) == "MMBench by dimension"


def test_names_are_broken_between_words() -> None:
    assert wrapped("Fine-grained perception, single instance") == [
        "Fine-grained",
        "perception,",
        "single instance",
    ]
    assert all(len(line) <= 8 for line in wrapped("细粒度感知（单个实例）"))
