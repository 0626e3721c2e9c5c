"""95 % confidence intervals: Wilson's for independent units, a cluster bootstrap for rows that are not."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Z_95 = 1.959963984540054
"""The 97.5 % point of the standard normal distribution."""

RESAMPLES = 2000
SEED = 20230713
"""Fixed, so that the same responses always have the same interval."""


class Interval(NamedTuple):
    """Lower and upper bound, in the unit of the estimate."""

    low: float
    high: float


def wilson(successes: int, total: int) -> Interval | None:
    """Return Wilson's score interval of a proportion of independent units; None without units.

    E. B. Wilson (1927), JASA 22:209-212; recommended over the normal approximation by Brown, Cai and DasGupta
    (2001), Statistical Science 16:101-133. It stays inside 0 to 1 and is not empty at 0 or ``total`` successes.
    """
    if total == 0:
        return None
    share, z2 = successes / total, Z_95 * Z_95
    centre = (share + z2 / (2 * total)) / (1 + z2 / total)
    half = Z_95 / (1 + z2 / total) * math.sqrt(share * (1 - share) / total + z2 / (4 * total**2))
    low = 0.0 if successes == 0 else centre - half
    high = 1.0 if successes == total else centre + half
    return Interval(low, high)


def cluster_bootstrap(sums: ArrayLike, sizes: ArrayLike) -> Interval | None:
    """Return the percentile bootstrap interval of ``sum(sums) / sum(sizes)``, resampling whole clusters.

    ``sums`` and ``sizes`` have one entry per cluster, both finite. For the mean of a metric (0/1, or fractions such as
    VQA accuracy) they are the total of the row values and the number of rows; for a ratio, the cluster's parts of
    numerator and denominator. Sizes are 0 or more; a resample whose sizes sum to 0 has no ratio and is left out.
    None when there is no cluster, or when no resample differs from another (the data say nothing of the spread).

    Efron and Tibshirani (1993), chapter 13, for the percentiles; Field and Welsh (2007), JRSS B 69:369-390, for
    resampling clusters. The result does not depend on the clusters' order.
    """
    clusters: NDArray[np.float64] = np.column_stack(
        (np.asarray(sums, dtype=np.float64), np.asarray(sizes, dtype=np.float64))
    )
    if not len(clusters):
        return None
    kinds, counts = np.unique(clusters, axis=0, return_counts=True)
    few = len(kinds) * _KIND_COST <= len(clusters)
    drawn = _drawn_by_kind(kinds, counts) if few else _drawn_one_by_one(kinds, counts)
    drawn = drawn[drawn[:, 1] > 0]
    return percentile_interval(drawn[:, 0] / drawn[:, 1])


def percentile_interval(estimates: NDArray[np.float64]) -> Interval | None:
    """Return the middle 95 % of resampled estimates, those that are NaN left out.

    None when no resample has an estimate or none differs from another: the data say nothing of the spread.
    """
    known = estimates[~np.isnan(estimates)]
    if not len(known) or math.isclose(known.min(), known.max(), abs_tol=1e-12):
        return None
    low, high = np.quantile(known, (0.025, 0.975))
    return Interval(float(low), float(high))


_KIND_COST = 16
"""Drawing how often a kind of cluster comes up costs about as much as drawing this many single clusters."""
DRAWN_AT_ONCE = 2_000_000
"""Single clusters drawn at a time: bounds the memory."""


def _drawn_by_kind(kinds: NDArray[np.float64], counts: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return (sum, size) of every resample. Clusters that are alike are drawn together.

    Drawing n clusters with replacement and counting how many are of each kind is one multinomial draw, so the cost
    grows with the number of kinds, not of clusters.
    """
    total = int(counts.sum())
    draws = np.random.default_rng(SEED).multinomial(total, counts / total, size=RESAMPLES)
    drawn: NDArray[np.float64] = draws @ kinds
    return drawn


def _drawn_one_by_one(kinds: NDArray[np.float64], counts: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return (sum, size) of every resample, where hardly two clusters are alike."""
    sums, sizes = np.repeat(kinds, counts, axis=0).T.copy()
    rng, total = np.random.default_rng(SEED), len(sums)
    drawn = np.empty((RESAMPLES, 2))
    step = max(1, DRAWN_AT_ONCE // total)
    for start in range(0, RESAMPLES, step):
        rows = drawn[start : start + step]
        chosen = rng.integers(0, total, (len(rows), total), dtype=np.int32)
        rows[:, 0], rows[:, 1] = sums[chosen].sum(axis=1), sizes[chosen].sum(axis=1)
    return drawn
