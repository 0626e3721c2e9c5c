"""A bootstrap over clusters for many ratios at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evaluator.metrics.intervals import DRAWN_AT_ONCE, RESAMPLES, SEED


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
    step = max(1, DRAWN_AT_ONCE // clusters)
    for start in range(0, RESAMPLES, step):
        rows = min(step, RESAMPLES - start)
        drawn = draws.integers(clusters, size=(rows, clusters))
        drawn += clusters * np.arange(rows)[:, np.newaxis]
        times = np.bincount(drawn.ravel(), minlength=rows * clusters).reshape(rows, clusters)
        # Not ``@``: the threads of a BLAS cost more than they save where others use the processors.
        totals[start : start + rows] = np.einsum("rc,mc->rm", times.astype(np.float64), columns)
    of, among = totals[:, :ratios], totals[:, ratios:]
    return np.divide(of, among, out=np.full_like(of, np.nan), where=among > 0)
