"""A problem of one subject, and the kinds of problems that many subjects have."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from PIL import Image

from demo.drawing import diagrams
from demo.drawing import illustrations as draw
from demo.drawing.canvas import Canvas

SIZE = 320
"""Side of the pictures in pixels."""
FIRST = "<image 1>"
CHARTS, TABLES, DIAGRAMS = "Plots and Charts", "Tables", "Diagrams"
TREES, GEOMETRY, ICONS, MAPS = "Trees and Graphs", "Geometric Shapes", "Icons and Symbols", "Maps"


@dataclass(frozen=True)
class Problem:
    """``question`` names its pictures as ``<image 1>`` and so on.

    ``options`` has the right one first; without any, ``gold`` has the answers of which each is right.
    """

    question: str
    pictures: tuple[Image.Image, ...]
    options: tuple[str, ...]
    gold: tuple[str, ...]
    kind: str
    level: str
    field: str

    def __post_init__(self) -> None:
        if bool(self.options) == bool(self.gold) or len(set(self.options)) != len(self.options):
            raise ValueError(f"either different options or answers are needed: {self.question}")


Subject = Callable[[random.Random], Iterator[Problem]]
"""source of randomness -> the problems of one subject"""


def choose(
    question: str,
    *figures: Canvas,
    options: Sequence[str],
    kind: str = DIAGRAMS,
    level: str = "Medium",
    field: str,
) -> Problem:
    """Return a problem with options, the right one first. ``<image 1>`` is put at the end of a question without it."""
    return Problem(_named(question), _drawn(figures), tuple(options), (), kind, level, field)


def solve(
    question: str,
    *figures: Canvas,
    gold: object,
    kind: str = DIAGRAMS,
    level: str = "Medium",
    field: str,
) -> Problem:
    """Return an open problem with one right answer, or a tuple of them."""
    answers = tuple(map(str, gold)) if isinstance(gold, tuple) else (str(gold),)
    return Problem(_named(question), _drawn(figures), (), answers, kind, level, field)


def around(rng: random.Random, answer: float, unit: str = "", count: int = 4) -> list[str]:
    """Return the answer, a whole number from 1, and ``count`` - 1 other such numbers near it, each with its unit."""
    step = max(1, round(answer / 8))
    wrong = [answer + i * step for i in range(-3, 2 * count) if i and answer + i * step > 0]
    return [f"{number:g}{unit}" for number in (answer, *rng.sample(wrong, count - 1))]


def first_of(rng: random.Random, answer: str, pool: Sequence[str], count: int = 4) -> list[str]:
    """Return the answer and up to ``count`` - 1 other members of ``pool``."""
    others = [word for word in dict.fromkeys(pool) if word != answer]
    return [answer, *rng.sample(others, min(count - 1, len(others)))]


def largest(
    rng: random.Random, title: str, names: Sequence[str], question: str, field: str, scale: int = 10
) -> Problem:
    """Ask which bar of a chart is tallest."""
    values = {name: n * scale for name, n in zip(names, _apart(rng, len(names)), strict=True)}
    best = max(values, key=lambda name: values[name])
    chart = diagrams.bar_chart(rng, SIZE, title, values)
    options = first_of(rng, best, names)
    return choose(question, chart, options=options, kind=CHARTS, level="Easy", field=field)


def tallest_color(rng: random.Random, title: str, names: Sequence[str], field: str) -> Problem:
    """Ask openly for the colour of the tallest bar."""
    colors = rng.sample(diagrams.PALETTE, len(names))
    numbers = _apart(rng, len(names))
    values = dict(zip(names, numbers, strict=True))
    chart = diagrams.bar_chart(rng, SIZE, title, values, colors)
    gold = colors[numbers.index(max(numbers))]
    text = "What is the color of the tallest bar in the chart?"
    return solve(text, chart, gold=gold, kind=CHARTS, level="Easy", field=field)


def largest_share(
    rng: random.Random, title: str, names: Sequence[str], question: str, field: str
) -> Problem:
    """Ask for the largest slice of a pie; the shares are percentages."""
    numbers = _apart(rng, len(names))
    shares = [round(100 * n / sum(numbers)) for n in numbers]
    shares[-1] = 100 - sum(shares[:-1])
    best = names[shares.index(max(shares))]
    chart = diagrams.pie_chart(rng, SIZE, f"{title} (%)", dict(zip(names, shares, strict=True)))
    options = first_of(rng, best, names)
    return choose(question, chart, options=options, kind=CHARTS, level="Easy", field=field)


def read_off(
    rng: random.Random,
    heads: tuple[str, str],
    values: Mapping[str, float],
    question: str,
    answer: str,
    field: str,
) -> Problem:
    """Ask about a table of names and numbers; the wrong options are its other names."""
    rows = [heads, *((name, f"{value:g}") for name, value in values.items())]
    figure = diagrams.table(rng, SIZE, "", rows)
    options = first_of(rng, answer, list(values))
    return choose(question, figure, options=options, kind=TABLES, field=field)


def computed(
    rng: random.Random,
    heads: tuple[str, str],
    values: Mapping[str, float],
    question: str,
    answer: float,
    field: str,
    unit: str = "",
) -> Problem:
    """Ask for a number that follows from a table."""
    rows = [heads, *((name, f"{value:g}") for name, value in values.items())]
    options = around(rng, answer, unit)
    figure = diagrams.table(rng, SIZE, "", rows)
    return choose(question, figure, options=options, kind=TABLES, level="Hard", field=field)


def next_step(rng: random.Random, title: str, steps: Sequence[str], field: str) -> Problem:
    """Ask which box follows another one in a chain of four."""
    corners = ((0.22, 0.3), (0.78, 0.3), (0.78, 0.78), (0.22, 0.78))
    places, arrows = dict(zip(steps, corners, strict=True)), list(pairwise(steps))
    start, end = rng.choice(arrows)
    figure = diagrams.boxes(rng, SIZE, title, places, arrows)
    text = f"According to the diagram, what comes right after {start}?"
    options = first_of(rng, end, [name for name in steps if name != start])
    return choose(text, figure, options=options, level="Easy", field=field)


def depicted(rng: random.Random, question: str, pool: Sequence[str], field: str) -> Problem:
    """Ask which of ``pool`` (names of emoji) is shown."""
    name = rng.choice(pool)
    options = first_of(rng, name, pool)
    picture = draw.portrait(rng, SIZE, name)
    return choose(question, picture, options=options, kind=ICONS, level="Easy", field=field)


def named(rng: random.Random, question: str, pool: Sequence[str], field: str) -> Problem:
    """Ask openly which of ``pool`` (names of emoji) is shown."""
    name = rng.choice(pool)
    picture = draw.portrait(rng, SIZE, name)
    return solve(question, picture, gold=name, kind=ICONS, level="Easy", field=field)


def _apart(rng: random.Random, count: int) -> list[int]:
    """Return different numbers from 2 to 9, the largest of them at least 2 above the next."""
    while True:
        numbers = rng.sample(range(2, 10), count)
        if count < 2 or sorted(numbers)[-1] - sorted(numbers)[-2] >= 2:
            return numbers


def _named(question: str) -> str:
    return question if FIRST in question else f"{question} {FIRST}"


def _drawn(figures: Sequence[Canvas]) -> tuple[Image.Image, ...]:
    return tuple(figure.picture() for figure in figures)
