"""Reasoning about how two things stand to each other."""

from __future__ import annotations

import random
from collections.abc import Iterator

from demo.datasets.mmbench_en_dev.choice import SIZE, Category, Choice, options
from demo.drawing import illustrations as draw
from demo.drawing.catalog import SHAPES

SOCIAL = {
    ("woman", "baby"): "mother and child",
    ("old man", "child"): "grandfather and grandchild",
    ("bride", "groom"): "a couple at their wedding",
    ("teacher", "child"): "teacher and pupil",
    ("doctor", "man"): "doctor and patient",
    ("two friends",): "friends",
}
NATURE = {
    ("lion", "zebra"): "one hunts the other",
    ("cat", "mouse"): "one hunts the other",
    ("caterpillar", "butterfly"): "one grows into the other",
    ("seedling", "tree"): "one grows into the other",
    ("bee", "flower"): "one pollinates the other",
    ("rabbit", "carrot"): "one eats the other as plant food",
}
LIVES = {
    "lives in the water": ("fish", ("cat", "horse", "rabbit", "bird", "cow")),
    "carries its house on its back": ("turtle", ("dog", "pig", "bird", "butterfly", "horse")),
    "drinks from flowers": ("butterfly", ("fish", "dog", "elephant", "cow", "cat")),
}
PLACES = (*draw.BALL_PLACES, "under the box")


def social_relation(rng: random.Random, count: int) -> Iterator[Choice]:
    """Who two drawn people most likely are to each other."""
    for people in rng.sample(list(SOCIAL), count):
        picture = draw.row(rng, SIZE, people, 0.3 if len(people) == 1 else None).picture()
        text = "What is most likely the relation between the people in the image?"
        yield Choice(picture, text, options(rng, list(SOCIAL.values()), SOCIAL[people]))


def nature_relation(rng: random.Random, count: int) -> Iterator[Choice]:
    """Hunting, growing, pollinating, grazing; and which animal lives how."""
    lives = count // 2
    kinds = list(dict.fromkeys(NATURE.values()))
    for pair in rng.sample(list(NATURE), count - lives):
        picture = draw.row(rng, SIZE, pair).picture()
        text = "What is the relation between the two living things in the image?"
        yield Choice(picture, text, options(rng, kinds, NATURE[pair]))
    for life in rng.sample(list(LIVES), lives):
        animal, others = LIVES[life]
        picture = draw.portrait(rng, SIZE, animal).picture()
        text = f"Which animal in this picture {life}?"
        yield Choice(picture, text, (animal, *rng.sample(others, 3)))


def physical_relation(rng: random.Random, count: int) -> Iterator[Choice]:
    """On, in, under or beside a box; in front of another shape."""
    hidden = count // 2
    for place in rng.sample(PLACES, count - hidden):
        picture = draw.ball_and_box(rng, SIZE, place).picture()
        yield Choice(picture, "Where is the ball?", options(rng, PLACES, place))
    for _ in range(hidden):
        back, front = rng.sample(SHAPES[:5], 2)
        colors = rng.sample(["red", "blue", "green", "yellow"], 2)
        canvas = draw.overlapping(rng, SIZE, (back, colors[0]), (front, colors[1]))
        first, second = rng.sample([back, front], 2)
        text = f"Which shape is in front, the {first} or the {second}?"
        yield Choice(canvas.picture(), text, (front, back))


CATEGORIES: dict[str, Category] = {
    "social_relation": social_relation,
    "nature_relation": nature_relation,
    "physical_relation": physical_relation,
}
