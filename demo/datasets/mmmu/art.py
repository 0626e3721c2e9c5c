"""Art and Design."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping

from demo.datasets.mmmu.problem import (
    SIZE,
    Problem,
    Subject,
    choose,
    first_of,
    largest_share,
    named,
    solve,
)
from demo.drawing import diagrams, illusions
from demo.drawing import illustrations as draw
from demo.drawing.canvas import Canvas
from demo.drawing.catalog import COLORS, SHAPES

COMPLEMENTS = {"red": "green", "blue": "orange", "yellow": "purple"}
NOTES = ("mi", "fa", "sol", "la", "si", "do", "re")
"""From the lowest line up."""


def art(rng: random.Random) -> Iterator[Problem]:
    """Compositions of shapes, and palettes."""
    field = "Drawing and Painting"
    back, front = rng.sample(SHAPES[:5], 2)
    colors = rng.sample(["red", "blue", "green", "yellow"], 2)
    canvas = draw.overlapping(rng, SIZE, (back, colors[0]), (front, colors[1]))
    text = "Which shape overlaps the other one in this composition?"
    yield choose(text, canvas, options=first_of(rng, front, SHAPES), kind="Paintings", field=field)
    primary = rng.choice(["red", "blue", "yellow"])
    palette = rng.sample([primary, "green", "orange", "purple"], 4)
    figure = diagrams.swatches(rng, SIZE, palette)
    options = [primary, *(color for color in palette if color != primary)]
    yield choose(
        "Which color of this palette is a primary color of painters?",
        figure, options=options, kind="Paintings", field=field,
    )  # fmt: skip
    style = rng.choice(draw.FILLINGS)
    figure = draw.filled_shapes(rng, SIZE, style)
    text = "In which style are the shapes drawn?"
    yield choose(
        text, figure, options=first_of(rng, style, draw.FILLINGS), kind="Paintings", field=field
    )
    kind, color = rng.choice(SHAPES), rng.choice(["red", "blue", "green"])
    canvas = Canvas(rng, SIZE, light=True)
    canvas.shape(kind, 0.5, 0.5, 0.22, color)
    text = "What shape is in the image?"
    yield choose(
        text, canvas, options=first_of(rng, kind, SHAPES), kind="Paintings", level="Easy", field=field
    )  # fmt: skip


def art_theory(rng: random.Random) -> Iterator[Problem]:
    """Colour, symmetry, perspective and contrast."""
    field = "Art Theory"
    color = rng.choice(list(COMPLEMENTS))
    figure = diagrams.swatches(rng, SIZE, [color])
    options = first_of(rng, COMPLEMENTS[color], [*COMPLEMENTS.values(), "pink", "black"])
    text = "Which color lies opposite to this one on the color wheel of painters?"
    yield choose(text, figure, options=options, kind="Paintings", field=field)
    side, middle, other = rng.sample(SHAPES, 3)
    rows = [[side, middle, side], [side, middle, other]]
    rng.shuffle(rows)
    figures = [_row(rng, row) for row in rows]
    right = "the first" if rows[0][0] == rows[0][2] else "the second"
    text = "Which arrangement has mirror symmetry, <image 1> or <image 2>?"
    options = first_of(rng, right, ["the first", "the second"])
    yield choose(text, *figures, options=options, kind="Paintings", field=field)
    devices = ["lines that meet at a vanishing point", "strong outlines", "a single flat color"]
    yield choose(
        "Which device gives this drawing its depth?",
        illusions.ponzo(rng, SIZE, False), options=devices, kind="Sketches and Drafts", field=field,
    )  # fmt: skip
    effects = ["simultaneous contrast", "linear perspective", "cross-hatching", "golden ratio"]
    yield choose(
        "The two inner squares have the same color. Which effect does the figure show?",
        illusions.contrast(rng, SIZE, False), options=effects, level="Hard", field=field,
    )  # fmt: skip


def design(rng: random.Random) -> Iterator[Problem]:
    """Letters, grids, logos and the use of colour."""
    field = "Graphic Design"
    color = rng.choice(["red", "blue", "green", "purple"])
    canvas = diagrams.sheet(rng, SIZE)
    canvas.write(rng.choice(["SALE", "OPEN", "CAFE"]), 0.5, 0.5, 0.3, COLORS[color], widest=0.9)
    text = "What is the color of the text?"
    options = first_of(rng, color, list(diagrams.PALETTE))
    yield choose(text, canvas, options=options, kind="Posters", level="Easy", field=field)
    columns = rng.randint(3, 6)
    grid = diagrams.dots(rng, SIZE, columns, 3)
    yield solve("How many columns does this layout grid have?", grid, gold=columns, field=field)
    logo = rng.choice(SHAPES)
    canvas = Canvas(rng, SIZE, light=True)
    canvas.shape(logo, 0.5, 0.4, 0.2, rng.choice(["red", "blue", "orange"]), angle=0)
    canvas.write("Brand", 0.5, 0.8, 0.14)
    yield choose(
        "Which shape is the logo built on?", canvas,
        options=first_of(rng, logo, SHAPES), kind="Logos and Branding", level="Easy", field=field,
    )  # fmt: skip
    parts = ["text", "pictures", "white space"]
    yield largest_share(rng, "Area of a page", parts, "What takes up most of this page?", field)


def music(rng: random.Random) -> Iterator[Problem]:
    """Notes on five lines, read with a treble clef; and instruments."""
    field, kind = "Music", "Sheet Music"
    step = rng.randrange(7)
    note = NOTES[step]
    figure = diagrams.staff(rng, SIZE, [step])
    text = "Read with a treble clef, which note is this?"
    yield choose(
        text, figure, options=first_of(rng, note, NOTES), kind=kind, level="Hard", field=field
    )
    count = rng.randint(3, 6)
    figure = diagrams.staff(rng, SIZE, [rng.randrange(8) for _ in range(count)])
    yield solve(
        "How many notes are written on the staff?", figure, gold=count, kind=kind, field=field
    )
    rising = rng.random() < 0.5
    melody = sorted(rng.sample(range(9), 4), reverse=not rising)
    figure = diagrams.staff(rng, SIZE, melody)
    moves = ["it rises", "it falls"] if rising else ["it falls", "it rises"]
    options = [*moves, "it stays on one note"]
    yield choose("How does this melody move?", figure, options=options, kind=kind, field=field)
    yield named(rng, "Which object is in this picture?", ["guitar", "ball", "book", "umbrella"], field)  # fmt: skip


def _row(rng: random.Random, kinds: list[str]) -> Canvas:
    canvas = Canvas(rng, SIZE, light=True)
    for i, kind in enumerate(kinds):
        canvas.shape(kind, 0.2 + 0.3 * i, 0.5, 0.1, "blue", angle=0)
    return canvas


SUBJECTS: Mapping[str, Subject] = {
    "Art": art,
    "Art_Theory": art_theory,
    "Design": design,
    "Music": music,
}
