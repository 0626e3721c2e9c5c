"""Visual supplement: charts, tables, maps and texts that state facts, and edits that state the contrary.

Whoever knows the fact and does not look answers the edited figure wrong: that is language hallucination.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from PIL import Image

from demo.datasets.hallusion_bench.case import SIZE, Case, Claim, Subcategory
from demo.drawing import diagrams


@dataclass(frozen=True)
class Facts:
    """Numbers under a heading; ``question`` has the fields ``more`` and ``less``. ``colors`` where names are colours."""

    heading: str
    values: Mapping[str, float]
    question: str
    colors: Sequence[str] = diagrams.PALETTE


CHARTS = (
    Facts(
        "Wavelength in nm",
        {"red": 700, "orange": 610, "green": 530, "blue": 470},
        "According to the chart, is {more} higher than {less}?",
        ("red", "orange", "green", "blue"),
    ),
    Facts(
        "Number of legs",
        {"spider": 8, "ant": 6, "dog": 4, "bird": 2},
        "According to the chart, does a {more} have more legs than a {less}?",
    ),
    Facts(
        "Height in metres",
        {"Everest": 8849, "Kilimanjaro": 5895, "Mont Blanc": 4806, "Fuji": 3776},
        "According to the chart, is {more} higher than {less}?",
    ),
    Facts(
        "Diameter (1000 km)",
        {"Jupiter": 143, "Saturn": 120, "Neptune": 49, "Earth": 13},
        "According to the chart, is {more} larger than {less}?",
    ),
)
SHARES = (
    Facts(
        "Gases in the air (%)",
        {"nitrogen": 78, "oxygen": 21, "other": 1},
        "According to the chart, is there more {more} than {less} in the air?",
    ),
    Facts(
        "Surface of the Earth (%)",
        {"water": 71, "land": 29},
        "According to the chart, is more of the Earth covered by {more} than by {less}?",
        ("blue", "green"),
    ),
)
TABLES = (
    Facts(
        "Days",
        {"July": 31, "June": 30, "February": 28},
        "According to the table, does {more} have more days than {less}?",
    ),
    Facts(
        "Atomic number",
        {"gold": 79, "iron": 26, "oxygen": 8, "carbon": 6},
        "According to the table, is the atomic number of {more} larger than that of {less}?",
    ),
    Facts(
        "Boiling point (C)",
        {"iron": 2862, "water": 100, "alcohol": 78, "oxygen": -183},
        "According to the table, does {more} boil at a higher temperature than {less}?",
    ),
    Facts(
        "Strings",
        {"harp": 47, "guitar": 6, "violin": 4},
        "According to the table, does a {more} have more strings than a {less}?",
    ),
)
MAPS: Mapping[str, Mapping[str, tuple[int, int]]] = {
    "Western Europe": {
        "Britain": (1, 0),
        "France": (1, 1),
        "Germany": (2, 1),
        "Portugal": (0, 2),
        "Spain": (1, 2),
        "Italy": (2, 2),
    },
    "Africa": {
        "Morocco": (0, 0),
        "Egypt": (2, 0),
        "Nigeria": (0, 1),
        "Kenya": (2, 1),
        "Angola": (1, 2),
        "Zimbabwe": (2, 2),
    },
    "The Americas": {
        "Canada": (0, 0),
        "Mexico": (0, 1),
        "Brazil": (2, 2),
        "Peru": (1, 2),
        "Chile": (1, 3),
        "Cuba": (1, 1),
    },
}
TEXTS = (
    ("An apple a day|keeps the|{} away", "doctor", "teacher", "does an apple a day keep the {} away"),
    ("The early bird|catches|the {}", "worm", "fish", "does the early bird catch the {}"),
    ("All roads|lead to|{}", "Rome", "Paris", "do all roads lead to {}"),
    ("A stitch in time|saves {}", "nine", "five", "does a stitch in time save {}"),
    ("Make hay while|the {} shines", "sun", "moon", "should hay be made while the {} shines"),
)  # fmt: skip


def chart(rng: random.Random) -> Iterator[Case]:
    """Three bar charts and a pie chart."""
    for facts in rng.sample(CHARTS, 3):
        yield _compared(rng, facts, _bars)
    yield _compared(rng, rng.choice(SHARES), _pie)


def table(rng: random.Random) -> Iterator[Case]:
    """Three tables of two columns."""
    for facts in rng.sample(TABLES, 3):
        yield _compared(rng, facts, _table)


def map_(rng: random.Random) -> Iterator[Case]:
    """Two maps of tiles; in the edit two places have changed theirs."""
    for heading in rng.sample(list(MAPS), 2):
        places = MAPS[heading]
        axis, words = rng.choice([(0, ("east", "west")), (1, ("south", "north"))])
        first, second = _far_apart(rng, places, axis)
        swapped = {**places, first: places[second], second: places[first]}
        seed = rng.random()
        pictures = tuple(
            diagrams.tile_map(random.Random(seed), SIZE, heading, where).picture()
            for where in (places, swapped)
        )
        claims = []
        for word, sign in zip(words, (1, -1), strict=True):
            truths = tuple(
                sign * (where[first][axis] - where[second][axis]) > 0 for where in (places, swapped)
            )
            text = f"According to the map, is {first} {word} of {second}?"
            claims.append(Claim(text, truths))
        yield Case(f"map: {heading}", pictures, tuple(claims))


def ocr(rng: random.Random) -> Iterator[Case]:
    """Three proverbs on a board; in the edit one word is another."""
    for text, word, other, asked in rng.sample(TEXTS, 3):
        color, seed = rng.choice(("blue", "green", "purple")), rng.random()
        pictures = tuple(
            diagrams.sign(random.Random(seed), SIZE, text.format(said).split("|"), color).picture()
            for said in (word, other)
        )
        claims = (
            Claim(f"According to the text, {asked.format(word)}?", (True, False)),
            Claim(f"According to the text, {asked.format(other)}?", (False, True)),
        )
        yield Case(f"proverb: {word}", pictures, claims)


def _far_apart(
    rng: random.Random, places: Mapping[str, tuple[int, int]], axis: int
) -> tuple[str, str]:
    """Return two places that differ in column (axis 0) or row (axis 1), in random order."""
    pairs = [(a, b) for a in places for b in places if places[a][axis] != places[b][axis]]
    return rng.choice(pairs)


def _compared(
    rng: random.Random,
    facts: Facts,
    drawn: Callable[[random.Random, Facts, Mapping[str, float]], Image.Image],
) -> Case:
    """Return the case of a figure in whose edit two numbers have changed places."""
    more, less = _two(rng, facts.values)
    values = facts.values
    edited = {**values, more: values[less], less: values[more]}
    claims = []
    for first, second in ((more, less), (less, more)):
        truths = tuple(shown[first] > shown[second] for shown in (values, edited))
        claims.append(Claim(facts.question.format(more=first, less=second), truths))
    seed = rng.random()
    pictures = tuple(drawn(random.Random(seed), facts, shown) for shown in (values, edited))
    return Case(facts.heading, pictures, tuple(claims))


def _two(rng: random.Random, values: Mapping[str, float]) -> tuple[str, str]:
    first, second = rng.sample([name for name in values if name != "other"], 2)
    return (first, second) if values[first] > values[second] else (second, first)


def _bars(rng: random.Random, facts: Facts, values: Mapping[str, float]) -> Image.Image:
    return diagrams.bar_chart(rng, SIZE, facts.heading, values, facts.colors).picture()


def _pie(rng: random.Random, facts: Facts, values: Mapping[str, float]) -> Image.Image:
    return diagrams.pie_chart(rng, SIZE, facts.heading, values, facts.colors).picture()


def _table(rng: random.Random, facts: Facts, values: Mapping[str, float]) -> Image.Image:
    rows = [("", facts.heading), *((name, f"{value:g}") for name, value in values.items())]
    return diagrams.table(rng, SIZE, "", rows).picture()


SUBCATEGORIES: Mapping[str, Subcategory] = {
    "chart": chart,
    "table": table,
    "map": map_,
    "ocr": ocr,
}
