"""Measure rule graders, scores and the bootstrap: ``python scripts/bench_grading.py [SLUG ...]``.

Aims: 50,000 responses a second of every rule-graded benchmark, in time linear in the rows, and less than 100 ms for
the interval of a run of 4,377 rows. Prints; asserts nothing. Beside each figure that depends on the machine stands
a ratio to a baseline of the same run: of grading, to reading the same answers as JSON lines; of 4 n rows, to n rows;
of the bootstrap, to drawing every cluster by itself.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from evaluator.benchmarks import Benchmark, all_benchmarks
from evaluator.grading.marking import mark
from evaluator.metrics.intervals import RESAMPLES, SEED, cluster_bootstrap
from evaluator.metrics.run import run_scores
from evaluator.records import Item, Response
from scripts.bench_items import QUESTIONS, answer_styles, drawn

ROWS = 4377
"""Of MMBench's dev split in its first release."""
N = 2000
"""Rows of the smaller of two sizes."""


def best_of(repeats: int, work: Callable[[], object]) -> float:
    """Return the processor seconds of the fastest run: other work on the machine does not count."""
    times = []
    for _ in range(repeats):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


def mark_all(benchmark: Benchmark, pairs: Sequence[tuple[Item, Response]]) -> None:
    """Mark every pair."""
    for item, response in pairs:
        mark(benchmark, item, response)


def read_all(lines: Sequence[str]) -> None:
    """Read every line: the baseline."""
    for line in lines:
        json.loads(line)


def measure_grading(benchmark: Benchmark) -> None:
    """Print, by style of answer, responses a second, the ratio to reading them, and how time grows with the rows."""
    for style, texts in answer_styles(benchmark).items():
        pairs = drawn(benchmark, 4 * N, texts)
        lines = [json.dumps(item.fields | {"response": r.text}) for item, r in pairs]
        all_rows = best_of(3, lambda pairs=pairs: mark_all(benchmark, pairs))
        first = best_of(5, lambda pairs=pairs[:N]: mark_all(benchmark, pairs))
        reading = best_of(3, lambda lines=lines: read_all(lines))
        print(
            f"{benchmark.slug:<22} {style:<10} {4 * N / all_rows:>11,.0f} /s   "
            f"{all_rows / reading:>6.2f} x reading   {all_rows / first:>5.2f} x for 4 x the rows"
        )


def measure_scores(benchmark: Benchmark) -> None:
    """Print how long all scores of a run take, and how that grows with the rows."""
    texts = answer_styles(benchmark)["sentences"]
    marked = [mark(benchmark, *pair) for pair in drawn(benchmark, 4 * ROWS, texts)]
    large = best_of(2, lambda: run_scores(benchmark, marked))
    small = best_of(2, lambda: run_scores(benchmark, marked[:ROWS]))
    print(
        f"{benchmark.slug:<22} all scores of {ROWS:,} rows {1000 * small:>8.1f} ms   "
        f"{large / small:>5.2f} x for 4 x the rows"
    )


def plain_bootstrap(sums: np.ndarray, sizes: np.ndarray) -> None:
    """Draw every cluster of every resample by itself: the baseline."""
    drawn_clusters = np.random.default_rng(SEED).integers(0, len(sums), (RESAMPLES, len(sums)))
    estimates = sums[drawn_clusters].sum(axis=1) / sizes[drawn_clusters].sum(axis=1)
    np.quantile(estimates, (0.025, 0.975))


def measure_bootstrap() -> None:
    """Print how long one interval of a run of 4,377 rows takes: of right and wrong rows, and of fractions."""
    rng = np.random.default_rng(0)
    sizes = np.bincount(np.arange(ROWS) % QUESTIONS)
    cases = {
        f"{ROWS:,} rows in {QUESTIONS:,} groups": (rng.binomial(sizes, 0.75), sizes),
        f"{ROWS:,} fractions": (rng.random(ROWS), np.ones(ROWS)),
    }
    for title, (sums, counts) in cases.items():
        seconds = best_of(5, lambda s=sums, c=counts: cluster_bootstrap(s, c))
        plain = best_of(3, lambda s=sums, c=counts: plain_bootstrap(s, c))
        ratio = f"{seconds / plain:>5.2f} x the time of drawing each"
        print(f"bootstrap, {title:<30} {1000 * seconds:>6.1f} ms   {ratio}")


def main() -> None:
    """Print one line per measure."""
    known = all_benchmarks()
    parser = argparse.ArgumentParser(description="Measure rule graders, scores and the bootstrap.")
    parser.add_argument("slugs", nargs="*", metavar="SLUG", help="benchmarks (default: all)")
    slugs = parser.parse_args().slugs or list(known)
    chosen = [known[slug] for slug in slugs]
    for benchmark in chosen:
        measure_grading(benchmark)
    for benchmark in chosen:
        measure_scores(benchmark)
    measure_bootstrap()


if __name__ == "__main__":
    main()
