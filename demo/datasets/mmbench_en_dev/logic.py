"""Reasoning with charts, tables and what happens next."""

from __future__ import annotations

import random
from collections.abc import Iterator

from demo.datasets.mmbench_en_dev.choice import SIZE, Category, Choice, from_scene, options
from demo.drawing import illustrations as draw
from demo.drawing.catalog import SHAPES
from demo.drawing.scenes import draw_chart

FALLS = {"left": "to the left", "right": "to the right", "flat": "it stays where it is"}
FRUIT = ("apples", "bananas", "grapes", "lemons", "peaches", "melons")
COLORS = ("red", "blue", "green", "purple", "orange")


def structuralized_imagetext_understanding(rng: random.Random, count: int) -> Iterator[Choice]:
    """Bar and pie charts, and small tables."""
    tables = count // 3
    counted = 1 if count > 3 else 0
    yield from from_scene(
        rng, draw_chart, "chart", count - tables - counted, lambda q: len(q.distractors) == 3
    )
    yield from from_scene(rng, draw_chart, "count", counted)
    for turn in range(tables):
        names = rng.sample(FRUIT, 4)
        numbers = rng.sample(range(11, 99), 4)
        picture = draw.table(rng, SIZE, list(zip(names, numbers, strict=True))).picture()
        if turn % 2:
            best = names[numbers.index(max(numbers))]
            text = "Which row of the table has the largest number?"
            yield Choice(picture, text, options(rng, names, best))
        else:
            row = rng.randrange(4)
            values = [str(number) for number in numbers]
            text = f"According to the table, how many {names[row]} are there?"
            yield Choice(picture, text, options(rng, values, values[row]))


def future_prediction(rng: random.Random, count: int) -> Iterator[Choice]:
    """Which way a ball will roll, and what comes next in a row of shapes."""
    rolls = count // 2
    for falls in rng.sample(list(FALLS), rolls):
        picture = draw.slope(rng, SIZE, falls).picture()
        text = "The ball is let go. Which way will it roll?"
        yield Choice(picture, text, options(rng, list(FALLS.values()), FALLS[falls], 3))
    for turn in range(count - rolls):
        period = 2 + turn % 2
        cycle, palette = rng.sample(SHAPES, period), rng.sample(COLORS, period)
        kinds = [cycle[i % period] for i in range(6)]
        colors = [palette[i % period] for i in range(6)]
        picture = draw.sequence(rng, SIZE, kinds[:5], colors[:5]).picture()
        if turn % 2:
            text = "What is the color of the shape that comes next?"
            yield Choice(picture, text, options(rng, COLORS, colors[5]))
        else:
            text = "What shape comes next in the row?"
            yield Choice(picture, text, options(rng, SHAPES, kinds[5]))


CATEGORIES: dict[str, Category] = {
    "structuralized_imagetext_understanding": structuralized_imagetext_understanding,
    "future_prediction": future_prediction,
}
