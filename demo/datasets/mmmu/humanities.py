"""Humanities and Social Science."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping

from demo.datasets.mmmu.problem import (
    CHARTS,
    ICONS,
    SIZE,
    TREES,
    Problem,
    Subject,
    choose,
    computed,
    depicted,
    first_of,
    largest,
    largest_share,
    next_step,
    read_off,
    solve,
    tallest_color,
)
from demo.drawing import diagrams, illusions

LANDMARKS = ("Statue of Liberty", "Easter Island moai", "Mount Fuji", "Tokyo Tower")
VERSES = {
    ("The sun sank low,", "the wind was slow,", "a crow flew west", "to find its nest."): "aabb",
    ("The sun sank low,", "a crow flew west,", "the wind was slow,", "it found its nest."): "abab",
    ("The sun sank low,", "a crow flew west", "to find its nest,", "the wind was slow."): "abba",
}


def history(rng: random.Random) -> Iterator[Problem]:
    """Times, landmarks and trade."""
    field = "World History"
    years = dict(zip(["bridge", "castle", "harbor"], rng.sample(range(1100, 1800), 3), strict=True))
    oldest = min(years, key=lambda name: years[name])
    text = "Which of these was built first?"
    yield read_off(rng, ("Building", "Year"), years, text, oldest, field)
    yield depicted(rng, "Which landmark is shown in the image?", LANDMARKS, "Art History")
    eras = ["Stone Age", "Bronze Age", "Iron Age", "Middle Ages"]
    yield next_step(rng, "Eras", eras, "Ancient History")
    start, length = rng.randrange(1500, 1600, 10), rng.randrange(12, 40)
    values = {"Crowned": start, "Died": start + length}
    text = "How many years did the queen reign?"
    yield computed(rng, ("Event", "Year"), values, text, length, field)


def literature(rng: random.Random) -> Iterator[Problem]:
    """Rhyme, plot and characters."""
    field = "Poetry"
    lines, scheme = rng.choice(list(VERSES.items()))
    figure = diagrams.sign(rng, SIZE, lines, "green")
    options = first_of(rng, scheme, [*VERSES.values(), "abcd"])
    text = "What is the rhyme scheme of these lines?"
    yield choose(text, figure, options=options, kind="Poster", level="Hard", field=field)
    plot = ["opening", "conflict", "climax", "ending"]
    yield next_step(rng, "Plot", plot, "Drama")
    yield solve("How many lines does the poem have?", figure, gold=4, kind="Poster", field=field)
    pool = ["mermaid", "vampire", "Santa Claus", "snowman"]
    text = "Which figure of tales and legends is shown?"
    yield depicted(rng, text, pool, "Comparative Literature")


def sociology(rng: random.Random) -> Iterator[Problem]:
    """Families, incomes and networks."""
    field = "Social Structure"
    names = rng.sample(["Ada", "Ben", "Cleo", "Dan", "Eve"], 5)
    spots = [(0.5, 0.25), (0.25, 0.52), (0.75, 0.52), (0.25, 0.82), (0.75, 0.82)]
    places = dict(zip(names, spots, strict=True))
    arrows = [
        (names[0], names[1]),
        (names[0], names[2]),
        (names[1], names[3]),
        (names[2], names[4]),
    ]
    figure = diagrams.boxes(rng, SIZE, "Family (parent to child)", places, arrows)
    options = first_of(rng, names[0], names[:3])
    text = f"Who is a grandparent of {names[3]}?"
    yield choose(text, figure, options=options, kind=TREES, field=field)
    options = first_of(rng, "cousins", ["siblings", "parent and child", "grandparent and child"])
    text = f"What are {names[3]} and {names[4]} to each other?"
    yield choose(text, figure, options=options, kind=TREES, level="Hard", field=field)
    groups = ["lower", "middle", "upper"]
    text = "Which class is the largest?"
    yield largest_share(rng, "Classes", groups, text, "Social Stratification")
    yield tallest_color(rng, "Internet use", ["young", "adult", "old"], "Communication")


def psychology(rng: random.Random) -> Iterator[Problem]:
    """Illusions, emotions and memory."""
    field = "Perception"
    drawn = {
        "Mueller-Lyer illusion": illusions.mueller_lyer,
        "Ponzo illusion": illusions.ponzo,
        "Ebbinghaus illusion": illusions.ebbinghaus,
        "Hering illusion": illusions.hering,
    }
    name = rng.choice(list(drawn))
    figure = drawn[name](rng, SIZE, False)
    options = first_of(rng, name, list(drawn))
    text = "Which illusion does the figure show?"
    yield choose(text, figure, options=options, kind=ICONS, level="Hard", field=field)
    faces = ["happy", "sad", "angry", "surprised"]
    yield depicted(rng, "Which emotion does the face show?", faces, "Emotion")
    kept = [100, 60, 45, 36, 30]
    figure = diagrams.line_chart(rng, SIZE, "Remembered (%)", {"words": kept}, [*"01234"])
    options = ["on the first day", "on the second day", "on the third day", "on the fourth day"]
    text = "The ticks are days. When is most forgotten?"
    yield choose(text, figure, options=options, kind=CHARTS, field="Memory")
    lists = ["words", "faces", "digits", "places"]
    yield largest(rng, "Items recalled", lists, "What is recalled best?", "Memory")


SUBJECTS: Mapping[str, Subject] = {
    "History": history,
    "Literature": literature,
    "Sociology": sociology,
    "Psychology": psychology,
}
