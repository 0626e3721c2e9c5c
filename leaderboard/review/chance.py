"""What guessing scores on a data set: the benchmark's own headline of a seeded guesser. Pure."""

from __future__ import annotations

import random
from collections.abc import Iterable

from evaluator.benchmarks import Benchmark
from evaluator.grading.marking import mark
from evaluator.records import Item, Response

SEED = 0


def chance_of(benchmark: Benchmark, items: Iterable[Item]) -> float | None:
    """Return the headline of a model that guesses; None where the benchmark has none for it.

    It draws an option where there are any, and yes or no where the right answer is one of these; it says nothing to
    what is open. One draw: with hundreds of questions it is within two points of the mean.
    """
    guesser = random.Random(SEED)  # noqa: S311 - a yardstick, no secret
    rows = []
    for item in items:
        choices = _choices(benchmark, item)
        text = guesser.choice(choices) if choices else ""
        marked = mark(benchmark, item, Response(item.key, item.position, text=text))
        rows.append((item, marked.graded))
    headline = benchmark.headline
    scores = (s for s in benchmark.score(rows) if (s.axis, s.dimension, s.metric) == headline)
    return next((score.value for score in scores), None)


def _choices(benchmark: Benchmark, item: Item) -> list[str]:
    letters = list(benchmark.options(item.fields))
    if letters:
        return letters
    gold = benchmark.gold(item.fields).casefold()
    return ["Yes", "No"] if gold.partition(".")[0] in ("yes", "no") else []
