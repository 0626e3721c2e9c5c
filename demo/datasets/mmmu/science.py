"""Science."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping

from demo.datasets.mmmu.problem import (
    CHARTS,
    GEOMETRY,
    MAPS,
    SIZE,
    TABLES,
    Problem,
    Subject,
    around,
    choose,
    computed,
    first_of,
    largest,
    named,
    next_step,
    read_off,
    solve,
    tallest_color,
)
from demo.drawing import diagrams
from demo.drawing import illustrations as draw

WEIGHTS = {"hydrogen": 1, "carbon": 12, "nitrogen": 14, "oxygen": 16}
PLACES = {
    "desert": draw.Landscape((250, 235, 200), (225, 185, 115), ("cactus", "cactus"), ("sun",)),
    "ocean": draw.Landscape((205, 230, 250), (50, 120, 200), ("boat", "boat"), ("bird",)),
    "tundra": draw.Landscape((190, 205, 225), (248, 250, 255), ("snowman",), ("snowflake",)),
}


def biology(rng: random.Random) -> Iterator[Problem]:
    """Food chains, heredity and kinds of animals."""
    yield next_step(rng, "Food chain", ["grass", "rabbit", "snake", "eagle"], "Ecology")
    parents = rng.choice([("Aa", "Aa", 25), ("Aa", "aa", 50), ("AA", "aa", 0)])
    first, second, share = parents
    cells = [["", *first], *([b, *(_pair(a, b) for a in first)] for b in second)]
    figure = diagrams.table(rng, SIZE, f"{first} x {second}", cells)
    options = [f"{share}%", *(f"{n}%" for n in (0, 25, 50, 75) if n != share)]
    text = "Which share of the offspring shows the recessive trait?"
    yield choose(text, figure, options=options, kind=TABLES, level="Hard", field="Genetics")
    pool = ["horse", "elephant", "cow", "pig", "dog"]
    yield named(rng, "What animal is shown in the image?", pool, "Animal Science")
    count = rng.randint(2, 4)
    animals = ["butterfly", "bee", "frog", "fish", "turtle"]
    figure = draw.row(rng, SIZE, rng.sample(animals, count))
    text = "How many animals are in the image?"
    yield solve(text, figure, gold=count, field="Animal Science")


def chemistry(rng: random.Random) -> Iterator[Problem]:
    """Rings, acids and atoms."""
    corners, doubles, name = rng.choice([(6, 3, "benzene"), (6, 0, "cyclohexane")])
    group, kind = rng.choice([("OH", "alcohol group"), ("NH2", "amino group")])
    figure = diagrams.ring(rng, SIZE, corners, group, doubles)
    rings = ["benzene", "cyclohexane", "cyclopentane", "cyclobutane"]
    text = "On which ring is this compound built?"
    options = first_of(rng, name, rings)
    structures, field = "Chemical Structures", "Organic Chemistry"
    yield choose(text, figure, options=options, kind=structures, level="Hard", field=field)
    groups = ["alcohol group", "amino group", "nitro group", "methyl group"]
    options = first_of(rng, kind, groups)
    text = "Which functional group stands at the top?"
    yield choose(text, figure, options=options, kind=structures, level="Hard", field=field)
    value = rng.choice([2, 3, 11, 12])
    figure = diagrams.gauge(rng, SIZE, "pH", 0, 14, value)
    kinds = ["acidic", "basic"] if value < 7 else ["basic", "acidic"]
    yield choose(
        "What is the solution in this measurement?",
        figure, options=[*kinds, "neutral"], kind="Diagrams", field="Analytical Chemistry",
    )  # fmt: skip
    name = rng.choice(list(WEIGHTS))
    heaviest = max(WEIGHTS, key=lambda atom: WEIGHTS[atom])
    text = "Which of these atoms is the heaviest?"
    yield read_off(rng, ("Element", "Mass (u)"), WEIGHTS, text, heaviest, "Inorganic Chemistry")


def geography(rng: random.Random) -> Iterator[Problem]:
    """Maps, climate and landscapes."""
    names = rng.sample(["Alba", "Bora", "Cena", "Dora", "Elva"], 4)
    places = dict(zip(names, [(0, 0), (1, 0), (0, 1), (1, 1)], strict=True))
    figure = diagrams.tile_map(rng, SIZE, "Provinces", places)
    text = f"Which province lies directly south of {names[0]}?"
    options = first_of(rng, names[2], names[1:])
    yield choose(text, figure, options=options, kind=MAPS, level="Easy", field="Physical Geography")
    text = "Which month is the wettest?"
    yield largest(rng, "Rain in mm", ["Jan", "Apr", "Jul", "Oct"], text, "Climatology")
    place = rng.choice(list(PLACES))
    figure = draw.landscape(rng, SIZE, PLACES[place])
    options = first_of(rng, place, [*PLACES, "rain forest"])
    text = "Which landscape is shown in the image?"
    yield choose(text, figure, options=options, kind="Landscapes", field="Physical Geography")
    yield tallest_color(rng, "Population", ["north", "south", "west"], "Human Geography")


def math(rng: random.Random) -> Iterator[Problem]:
    """Geometry, angles, sequences and shares; the share may be written in two ways."""
    times = rng.randint(1, 4)
    figure = diagrams.triangle(rng, SIZE, (str(4 * times), str(3 * times), "x"))
    text = "The angle at the lower left is a right angle. How long is x?"
    yield choose(text, figure, options=around(rng, 5 * times), kind=GEOMETRY, field="Geometry")
    degrees = rng.choice([40, 60, 90, 120, 140])
    kinds = ["acute", "right", "obtuse"]
    kind = "right" if degrees == 90 else "acute" if degrees < 90 else "obtuse"
    figure = diagrams.angle(rng, SIZE, degrees)
    options = first_of(rng, kind, kinds)
    yield choose("What kind of angle is marked?", figure, options=options, kind=GEOMETRY, field="Geometry")  # fmt: skip
    quarters = rng.choice([1, 3])
    colors = ["red", "blue"] if quarters == 1 else ["blue", "red"]
    figure = diagrams.pie_chart(rng, SIZE, "", dict(zip(colors, (1, 3), strict=True)), colors)
    yield solve(
        "Which fraction of the circle is red?", figure,
        gold=(f"{quarters}/4", quarters / 4), kind=GEOMETRY, field="Arithmetic",
    )  # fmt: skip
    shapes = rng.sample(["circle", "square", "triangle", "star"], 2)
    cycle = [shapes[i % 2] for i in range(6)]
    figure = draw.sequence(rng, SIZE, cycle[:5], ["blue"] * 5)
    text = "What shape comes next in the row?"
    options = first_of(rng, cycle[5], ["circle", "square", "triangle", "star"])
    yield choose(text, figure, options=options, kind=GEOMETRY, level="Easy", field="Logic")


def physics(rng: random.Random) -> Iterator[Problem]:
    """Motion, levers and circuits."""
    falls = rng.choice(["left", "right", "flat"])
    figure = draw.slope(rng, SIZE, falls)
    words = {"left": "to the left", "right": "to the right", "flat": "it stays where it is"}
    options = first_of(rng, words[falls], list(words.values()))
    text = "The ball is let go. Which way will it roll?"
    yield choose(text, figure, options=options, field="Classical Mechanics")
    speed = rng.choice([2, 3, 4])
    series = {"car": [speed * i for i in range(6)]}
    figure = diagrams.line_chart(
        rng, SIZE, f"Way in m (at the end: {5 * speed})", series, [*"012345"]
    )
    text = "The ticks are seconds. What is the speed of the car?"
    options = around(rng, speed, " m/s")
    yield choose(text, figure, options=options, kind=CHARTS, level="Hard", field="Kinematics")
    near, far = rng.choice([(2, 4), (1, 2), (1, 3), (1, 4)])
    figure = diagrams.lever(rng, SIZE, ("12 kg", near), ("? kg", far))
    text = "The beam is in balance. What is the mass on the right?"
    options = around(rng, 12 * near / far, " kg")
    yield choose(text, figure, options=options, level="Hard", field="Statics")
    resistors = {"R1": rng.randrange(10, 50, 10), "R2": rng.randrange(50, 90, 10)}
    text = "The two resistors are in series. What is their total resistance?"
    total = sum(resistors.values())
    yield computed(rng, ("Part", "Ohm"), resistors, text, total, "Electromagnetism", " ohm")


def _pair(a: str, b: str) -> str:
    return "".join(sorted((a, b)))


SUBJECTS: Mapping[str, Subject] = {
    "Biology": biology,
    "Chemistry": chemistry,
    "Geography": geography,
    "Math": math,
    "Physics": physics,
}
