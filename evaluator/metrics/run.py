"""Every score of a run: the benchmark's own, and the rates that all benchmarks have."""

from __future__ import annotations

from collections.abc import Sequence

from evaluator.benchmarks.base import Benchmark
from evaluator.records import Marked, Score


def run_scores(benchmark: Benchmark, marked: Sequence[Marked]) -> list[Score]:
    """Return the benchmark's scores."""
    return benchmark.score([(m.item, m.graded) for m in marked])
