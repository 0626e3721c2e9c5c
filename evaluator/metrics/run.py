"""Every score of a run: the benchmark's own, and the rates that all benchmarks have."""

from __future__ import annotations

from collections.abc import Sequence

from evaluator.benchmarks.base import Benchmark
from evaluator.metrics.rates import run_rates
from evaluator.records import Marked, Score


def run_scores(benchmark: Benchmark, marked: Sequence[Marked]) -> list[Score]:
    """Return the benchmark's scores, then the rates (``metrics.rates``)."""
    scores = benchmark.score([(m.item, m.graded) for m in marked])
    return [*scores, *run_rates(benchmark, marked)]
