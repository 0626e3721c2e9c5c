"""Places in a scatter: round axes that hold every point, and labels that cover none."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from leaderboard.core.charts import HEIGHT, Axis, labels
from leaderboard.core.charts import _box as box_of

shares = st.floats(-1, 1, allow_nan=False)


@given(st.lists(shares, min_size=1, max_size=30))
def test_an_axis_holds_every_value_between_its_ticks(values: list[float]) -> None:
    axis = Axis.around(values, size=100)
    ticks = axis.ticks(str)
    assert 2 <= len(ticks) <= 8
    assert (ticks[0].at, ticks[-1].at) == (0.0, 100.0)
    assert all(-0.1 <= axis.place(value) <= 100.1 for value in values)


def test_a_flipped_axis_has_its_highest_value_at_its_beginning() -> None:
    axis = Axis.around([0.4, 0.8], size=HEIGHT, flipped=True)
    assert (axis.place(axis.high), axis.place(axis.low)) == (0.0, HEIGHT)
    assert [tick.label for tick in axis.ticks(lambda v: f"{v:.1f}")] == [
        "0.4", "0.5", "0.6", "0.7", "0.8"
    ]  # fmt: skip


points = st.lists(
    st.tuples(st.floats(0, 100), st.floats(0, HEIGHT), st.text("ab观", min_size=1, max_size=20)),
    max_size=25,
)


@given(points)
def test_no_label_covers_another(places: list[tuple[float, float, str]]) -> None:
    found = labels(places)
    assert len(found) == len(places)
    boxes = [
        box_of(x / 100 * 440, y, text, label)
        for (x, y, text), label in zip(places, found, strict=True)
        if label
    ]
    for a, b in combinations(boxes, 2):
        assert not (a[0] < b[2] and a[2] > b[0] and a[1] < b[3] and a[3] > b[1])


def test_a_lone_point_has_its_label_on_the_right_and_at_the_edge_on_the_left() -> None:
    (inner,) = labels([(50, 100, "Kestrel")])
    (edge,) = labels([(99, 100, "Kestrel")])
    assert inner
    assert edge
    assert (inner.anchor, edge.anchor) == ("start", "end")
