"""Proportions as scores: the value, what it was counted from, and its interval."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from evaluator.metrics.intervals import Interval, cluster_bootstrap, wilson
from evaluator.records import Score

Place = tuple[str, str]
"""(axis, dimension)."""

OVERALL: Place = ("overall", "overall")
"""The whole set."""


def plain_share(place: Place, metric: str, hits: int, total: int) -> Score:
    """Return ``hits / total`` over independent units, with Wilson's interval; value None without units."""
    return _score(place, metric, hits, total, wilson(hits, total))


def clustered_share(
    place: Place, metric: str, hits: NDArray[np.bool_], clusters: NDArray[np.intp]
) -> Score:
    """Return the share of true ``hits`` among rows that belong together by ``clusters`` (one code per row).

    The interval is a cluster bootstrap's. When nothing varies (all rows right, or none, or a single cluster) it is
    Wilson's with one unit per cluster, which is the widest that the data allow. It is also Wilson's where every row is
    a cluster of its own: the bootstrap of a few hits would reach down to 0.
    """
    sums, sizes = per_cluster(hits, clusters)
    if len(sizes) == len(hits):
        return plain_share(place, metric, int(hits.sum()), len(hits))
    interval = cluster_bootstrap(sums, sizes)
    if interval is None and len(sizes):
        interval = wilson(round(float((sums / sizes).sum())), len(sizes))
    return _score(place, metric, int(hits.sum()), len(hits), interval)


def clustered_mean(
    place: Place,
    metric: str,
    values: NDArray[np.float64] | NDArray[np.int64],
    clusters: NDArray[np.intp],
) -> Score:
    """Return the mean of per-row ``values`` (fractions, or signed differences of fractions).

    The interval is a cluster bootstrap's, None when nothing varies. ``correct`` is None: the metric counts nothing.
    """
    interval = cluster_bootstrap(*per_cluster(values, clusters))
    total = len(values)
    value = float(values.mean()) if total else None
    low, high = interval or (None, None)
    return Score(*place, metric, value, None, total, low, high)


def unknown(place: Place, metric: str) -> Score:
    """Return the score of a metric that the run's answers do not determine."""
    return Score(*place, metric, None, None, 0)


def cluster_codes(keys: Iterable[str]) -> NDArray[np.intp]:
    """Return one whole number per row, the same for rows of the same cluster: 0, 1, 2 ... as they first occur."""
    codes: dict[str, int] = {}
    return np.fromiter((codes.setdefault(key, len(codes)) for key in keys), dtype=np.intp)


def per_cluster(
    values: NDArray[np.bool_] | NDArray[np.int64] | NDArray[np.float64],
    clusters: NDArray[np.intp],
) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Return the total and the number of rows of every cluster that has rows."""
    sizes = np.bincount(clusters)
    sums = np.bincount(clusters, weights=values).astype(np.float64)
    return sums[sizes > 0], sizes[sizes > 0]


def _score(place: Place, metric: str, hits: int, total: int, interval: Interval | None) -> Score:
    low, high = interval or (None, None)
    return Score(*place, metric, hits / total if total else None, hits, total, low, high)
