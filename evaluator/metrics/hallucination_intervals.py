"""A bootstrap over clusters for many ratios at once, and for means of them."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from evaluator.metrics.intervals import RESAMPLES, SEED, Interval

_DRAWS_AT_ONCE = 2_000_000
"""Bounds the memory."""


def resampled_ratios(hits: NDArray[np.float64], sizes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return ``sum(hits) / sum(sizes)`` of every ratio in every resample of the clusters.

    ``hits`` and ``sizes`` have the shape (clusters, ratios), the result (RESAMPLES, ratios). All ratios see the same
    resamples, so that functions of several have their interval, too. NaN where a resample holds no unit of a ratio.
    The clusters' order matters: give them in one that does not depend on the rows'.
    """
    clusters, ratios = hits.shape
    totals = np.empty((RESAMPLES, 2 * ratios))
    columns = np.hstack((hits, sizes)).T.copy()
    draws = np.random.default_rng(SEED)
    step = max(1, _DRAWS_AT_ONCE // clusters)
    for start in range(0, RESAMPLES, step):
        rows = min(step, RESAMPLES - start)
        drawn = draws.integers(clusters, size=(rows, clusters))
        drawn += clusters * np.arange(rows)[:, np.newaxis]
        times = np.bincount(drawn.ravel(), minlength=rows * clusters).reshape(rows, clusters)
        # Not ``@``: the threads of a BLAS cost more than they save where others use the processors.
        totals[start : start + rows] = np.einsum("rc,mc->rm", times.astype(np.float64), columns)
    of, among = totals[:, :ratios], totals[:, ratios:]
    return np.divide(of, among, out=np.full_like(of, np.nan), where=among > 0)


def percentile_interval(estimates: NDArray[np.float64]) -> Interval | None:
    """Return the middle 95 % of resampled estimates, those that are NaN left out.

    None when no resample has an estimate or none differs from another: the data say nothing of the spread.
    """
    known = estimates[~np.isnan(estimates)]
    if not len(known) or math.isclose(known.min(), known.max(), abs_tol=1e-12):
        return None
    low, high = np.quantile(known, (0.025, 0.975))
    return Interval(float(low), float(high))
