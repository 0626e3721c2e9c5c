"""Measure the rule grader and the bootstrap: ``python scripts/bench_grading.py``.

Aims: 50,000 responses a second, and less than 100 ms for the interval of a run of 4,377 rows.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from evaluator.benchmarks import Benchmark, get_benchmark
from evaluator.metrics.intervals import cluster_bootstrap
from evaluator.records import Item, Response

GROUPS = 1176
ROWS = 4377
ANSWERS = {
    "letters": ("A", "B", "C.", "(D)"),
    "sentences": (
        "The answer is B.",
        "**C. a bus**",
        "D\n\nThe picture shows a tall tree next to a small house.",
        "I think it is a red car.",
        "The answer is (C) because A is wrong.",
        "I'm sorry, I cannot tell from this picture.",
        "答案是B。",
        "<think>A cat? No, it barks.</think>A",
    ),
    "reasoning": (
        "Let me look at the picture. There is a road with a number of cars on it. "
        "Option A names a red car, and there is a car, but it is not red. "
        "Option B names a bus; a bus would be longer. " * 4 + "So the answer is C.",
    ),
}


def best_of(repeats: int, work: Callable[[], object]) -> float:
    """Return the seconds of the fastest run."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def item(position: int) -> Item:
    """Return a drawn item: group and pass by position, options of usual length."""
    number, group = divmod(position, GROUPS)
    fields = {
        "index": number * 1_000_000 + group,
        "question": "What is in the picture?",
        "A": "a red car",
        "B": f"a bus on line {group}",
        "C": "two people who wait for a bus",
        "D": "a tall tree",
        "answer": "ABCD"[(group + number) % 4],
        "category": "image_scene",
        "L2-category": "coarse_perception",
    }
    return Item(str(fields["index"]), position, fields)


def grade_all(benchmark: Benchmark, pairs: Sequence[tuple[Item, Response]]) -> None:
    """Grade every pair."""
    for one, response in pairs:
        benchmark.grade(one, response)


def main() -> None:
    """Print one line per measure."""
    benchmark = get_benchmark("mmbench_en_dev")
    items = [item(position) for position in range(ROWS)]
    for name, texts in ANSWERS.items():
        pairs = [(i, Response(i.key, i.position, texts[i.position % len(texts)])) for i in items]
        seconds = best_of(5, partial(grade_all, benchmark, pairs))
        print(f"rule grader, {name:<10} {ROWS / seconds:>12,.0f} responses/s")

    graded = [(i, benchmark.grade(i, Response(i.key, i.position, "B"))) for i in items]
    rng = np.random.default_rng(0)
    sizes = np.bincount(np.arange(ROWS) % GROUPS)
    sums = rng.binomial(sizes, 0.75)
    seconds = best_of(5, lambda: cluster_bootstrap(sums, sizes))
    print(f"bootstrap of {ROWS:,} rows     {1000 * seconds:>12.1f} ms")
    seconds = best_of(5, lambda: benchmark.score(graded))
    print(f"all scores of {ROWS:,} rows    {1000 * seconds:>12.1f} ms")


if __name__ == "__main__":
    main()
