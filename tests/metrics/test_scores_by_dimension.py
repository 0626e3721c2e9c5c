"""Means of points, for the whole set and by every value of every axis."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.metrics.by_dimension import PointsRow, accuracy_by_dimension, mean_by_dimension
from evaluator.metrics.intervals import wilson

DECLARED = [("overall", "overall"), ("shape", "round"), ("shape", "square"), ("size", "small")]


def by_place(scores):
    return {(s.axis, s.dimension): s for s in scores}


def test_every_value_that_occurs_has_a_score():
    rows = [
        PointsRow(1.0, {"shape": "round", "size": "big"}),
        PointsRow(0.0, {"shape": "round"}),
        PointsRow(1.0, {"shape": "square", "colour": ["red", "blue", "red"]}),
    ]
    scores = accuracy_by_dimension(rows, DECLARED)
    assert {place: (s.correct, s.total) for place, s in by_place(scores).items()} == {
        ("overall", "overall"): (2, 3),
        ("shape", "round"): (1, 2),
        ("shape", "square"): (1, 1),
        ("colour", "blue"): (1, 1),
        ("colour", "red"): (1, 1),
        ("size", "big"): (1, 1),
    }
    # Declared places first, then the others in order.
    assert [(s.axis, s.dimension) for s in scores] == list(by_place(scores))


def test_intervals_of_independent_items_are_wilsons():
    rows = [PointsRow(float(n % 3 == 0), {"shape": "round"}) for n in range(40)]
    for score in accuracy_by_dimension(rows, DECLARED):
        assert (score.low, score.high) == wilson(14, 40)


def test_what_is_not_scored_is_in_no_total():
    rows = [PointsRow(1.0, {"shape": "round"}), PointsRow(None, {"shape": "square"})]
    for scores in (accuracy_by_dimension(rows, DECLARED), mean_by_dimension(rows, DECLARED, "m")):
        assert {place: s.total for place, s in by_place(scores).items()} == {
            ("overall", "overall"): 1,
            ("shape", "round"): 1,
        }


def test_a_run_of_which_nothing_is_scored_has_no_value():
    rows = [PointsRow(None, {"shape": "round"})]
    for scores in (accuracy_by_dimension(rows, DECLARED), mean_by_dimension(rows, DECLARED, "m")):
        (score,) = scores
        assert (score.axis, score.value, score.total) == ("overall", None, 0)
        assert (score.low, score.high) == (None, None)


def test_without_rows_there_are_no_scores():
    assert accuracy_by_dimension([], DECLARED) == mean_by_dimension([], DECLARED, "m") == []


def test_points_in_few_clusters_have_a_wider_interval():
    points = [1.0, 0.9, 0.6, 0.3, 0.0] * 40

    def width(clusters):
        rows = [PointsRow(p, {}, c) for p, c in zip(points, clusters, strict=True)]
        (score,) = mean_by_dimension(rows, DECLARED, "m")
        assert score.value == pytest.approx(0.56)
        assert score.correct is None
        return score.high - score.low

    alone = width(str(n) for n in range(len(points)))
    together = width(f"{p} {n // 40}" for n, p in enumerate(points))
    assert together > 1.5 * alone


POINTS = st.sampled_from([0.0, 0.3, 0.6, 0.9, 1.0])
ROWS = st.lists(
    st.builds(PointsRow, POINTS, st.fixed_dictionaries({"shape": st.sampled_from("ab")})),
    min_size=1,
    max_size=60,
)


@given(ROWS)
def test_parts_of_an_axis_average_to_the_whole(rows):
    whole, *parts = mean_by_dimension(rows, DECLARED, "m")
    assert sum(s.total for s in parts) == whole.total == len(rows)
    assert sum(s.value * s.total for s in parts) == pytest.approx(whole.value * whole.total)


@given(ROWS, st.randoms(use_true_random=False))
def test_scores_do_not_depend_on_the_order_of_rows(rows, random):
    shuffled = random.sample(rows, len(rows))
    ours, theirs = (mean_by_dimension(r, DECLARED, "m") for r in (rows, shuffled))
    for one, other in zip(ours, theirs, strict=True):
        assert one.value == pytest.approx(other.value)
        assert (one.axis, one.dimension, one.total) == (other.axis, other.dimension, other.total)
