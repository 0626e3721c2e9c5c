"""The mean of items' points, for the whole set and for every value of every axis."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluator.metrics.shares import OVERALL, Place, cluster_codes, clustered_mean, plain_share
from evaluator.records import Score

Values = Mapping[str, str | Sequence[str]]
"""An item's value by axis; of an axis on which it has several, all of them: it counts at each."""


@dataclass(frozen=True, slots=True)
class PointsRow:
    """One item: its points from 0 to 1 (None: not scored, so in no score), its values, and its cluster."""

    points: float | None
    values: Values
    cluster: str = ""


def accuracy_by_dimension(
    rows: Sequence[PointsRow], declared: Iterable[Place], metric: str = "accuracy"
) -> list[Score]:
    """Return the share of items with full points, overall and at every place (axis, value) that has scored items.

    Items are independent: Wilson's interval, and clusters are not looked at. The ``declared`` places come first, in
    their order, then the others by axis and value. Without rows there are no scores; without scored ones only the
    whole set's, whose value is None.
    """

    def share(place: Place, points: NDArray[np.float64], _: NDArray[np.intp]) -> Score:
        return plain_share(place, metric, int((points == 1).sum()), len(points))

    return list(_scores(rows, declared, share))


def mean_by_dimension(
    rows: Sequence[PointsRow], declared: Iterable[Place], metric: str
) -> list[Score]:
    """Return the mean of the items' points, at the same places as ``accuracy_by_dimension``.

    Points may be fractions, and items of one cluster depend on each other: the interval is the cluster bootstrap's.
    """

    def mean(place: Place, points: NDArray[np.float64], clusters: NDArray[np.intp]) -> Score:
        return clustered_mean(place, metric, points, clusters)

    return list(_scores(rows, declared, mean))


_Statistic = Callable[[Place, NDArray[np.float64], NDArray[np.intp]], Score]


def _scores(
    rows: Sequence[PointsRow], declared: Iterable[Place], statistic: _Statistic
) -> Iterator[Score]:
    if not rows:
        return
    scored = [row for row in rows if row.points is not None]
    points = np.array([row.points for row in scored], dtype=np.float64)
    clusters = cluster_codes(row.cluster for row in scored)
    yield statistic(OVERALL, points, clusters)
    order = {place: number for number, place in enumerate(declared)}
    places = _places(scored)
    for place in sorted(places, key=lambda p: (order.get(p, len(order)), p)):
        here = places[place]
        yield statistic(place, points[here], clusters[here])


def _places(rows: Sequence[PointsRow]) -> dict[Place, NDArray[np.intp]]:
    """Return the positions of the rows that count at each place."""
    positions: dict[Place, list[int]] = {}
    for position, row in enumerate(rows):
        for axis, value in row.values.items():
            for one in (value,) if isinstance(value, str) else set(value):
                positions.setdefault((axis, one), []).append(position)
    return {place: np.array(here, dtype=np.intp) for place, here in positions.items()}
