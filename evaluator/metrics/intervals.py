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

    ``sums`` and ``sizes`` have one entry per cluster: the total of the row values, and the number of rows (at least
    1). None when there is no cluster, or when no resample differs from another (the data say nothing of the spread).

    Efron and Tibshirani (1993), chapter 13, for the percentiles; Field and Welsh (2007), JRSS B 69:369-390, for
    resampling clusters. Clusters that are alike are drawn together: drawing n clusters with replacement and counting
    how many are of each kind is one multinomial draw, so the cost grows with the number of kinds, not of clusters.
    The result does not depend on the clusters' order.
    """
    clusters: NDArray[np.float64] = np.column_stack(
        (np.asarray(sums, dtype=np.float64), np.asarray(sizes, dtype=np.float64))
    )
    if not len(clusters):
        return None
    kinds, counts = np.unique(clusters, axis=0, return_counts=True)
    draws = np.random.default_rng(SEED).multinomial(
        len(clusters), counts / len(clusters), size=RESAMPLES
    )
    drawn = draws @ kinds
    estimates = drawn[:, 0] / drawn[:, 1]
    if math.isclose(estimates.min(), estimates.max(), abs_tol=1e-12):
        return None
    low, high = np.quantile(estimates, (0.025, 0.975))
    return Interval(float(low), float(high))
