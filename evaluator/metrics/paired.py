"""Two runs on the same items: how much they differ, and whether that could be chance."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from evaluator.metrics.intervals import cluster_bootstrap
from evaluator.metrics.shares import cluster_codes, per_cluster

Units = Mapping[str, tuple[str, float]]
"""Cluster and points by unit, as ``Benchmark.units`` returns them."""


@dataclass(frozen=True, slots=True)
class PairedResult:
    """What came of comparing a first run with a second one, on the ``n`` units that both have.

    ``first`` and ``second`` are their means over these units, fractions; ``difference`` is the first less the second,
    with its 95 % interval ``low`` to ``high`` (None when no unit differs, or all do alike). ``first_better`` and
    ``second_better`` count the units where one has more points: the flips, where points are 0 or 1. ``p`` is
    McNemar's, None unless they are. ``first_only`` and ``second_only`` count units that only one run has; they are in
    nothing else. Without common units, every mean is None.
    """

    n: int
    clusters: int
    first: float | None
    second: float | None
    difference: float | None
    low: float | None
    high: float | None
    first_better: int
    second_better: int
    p: float | None
    first_only: int
    second_only: int


def compare(first: Units, second: Units) -> PairedResult:
    """Compare two runs of one benchmark on the units that both have.

    The interval is a cluster bootstrap's of the differences: a unit stays paired with itself, and units of one cluster
    stay together (``metrics.intervals``). Does not check that the runs are of one benchmark, data set and protocol.
    """
    common = sorted(first.keys() & second.keys())
    clusters = cluster_codes(first[unit][0] for unit in common)
    a = np.array([first[unit][1] for unit in common], dtype=np.float64)
    b = np.array([second[unit][1] for unit in common], dtype=np.float64)
    low, high = cluster_bootstrap(*per_cluster(a - b, clusters)) or (None, None)
    first_better, second_better = int((a > b).sum()), int((b > a).sum())
    binary = bool(np.isin(a, (0, 1)).all() and np.isin(b, (0, 1)).all())
    return PairedResult(
        n=len(common),
        clusters=int(clusters.max()) + 1 if common else 0,
        first=float(a.mean()) if common else None,
        second=float(b.mean()) if common else None,
        difference=float((a - b).mean()) if common else None,
        low=low,
        high=high,
        first_better=first_better,
        second_better=second_better,
        p=mcnemar(first_better, second_better) if common and binary else None,
        first_only=len(first) - len(common),
        second_only=len(second) - len(common),
    )


def mcnemar(b: int, c: int) -> float:
    """Return the two-sided p-value of McNemar's exact test, given the flips one way and the other.

    The hypothesis is that a unit that flips does so either way with probability 1/2, so that ``b`` is binomial:
    p is twice the smaller tail, at most 1. McNemar (1947), Psychometrika 12:153-157, in the exact form of Fagerland,
    Lydersen and Laake (2013), BMC Med. Res. Methodol. 13:91. It takes units to be independent, which rows of one
    cluster are not: there the interval of the difference is the one to go by.
    """
    n, k = b + c, min(b, c)
    if 2 * k == n:
        return 1.0
    # The tail is summed in units of its largest term, which alone can be too small for a float.
    term = total = 1.0
    for i in range(k, 0, -1):
        term *= i / (n - i + 1)
        total += term
        if term < 1e-17 * total:
            break
    log_largest = math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
    return min(1.0, 2 * math.exp(log_largest - n * math.log(2) + math.log(total)))


def holm(p_values: Sequence[float]) -> list[float]:
    """Return the p-values adjusted for being several, in the order given: those at most alpha are significant.

    Holm (1979), Scandinavian Journal of Statistics 6:65-70: the family-wise error rate is at most alpha, whatever the
    tests' dependence.
    """
    adjusted = [0.0] * len(p_values)
    least = 0.0
    for rank, place in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        least = max(least, min(1.0, (len(p_values) - rank) * p_values[place]))
        adjusted[place] = least
    return adjusted
