"""Fine-grained perception across several things."""

from __future__ import annotations

import random
from collections.abc import Iterator

from demo.datasets.mmbench_en_dev.choice import SIZE, Category, Choice, from_scene, options
from demo.drawing import illustrations as draw
from demo.drawing.catalog import OBJECT_NAMES
from demo.drawing.scenes import draw_emoji, draw_lines, draw_shapes

ACTIONS = (
    "running",
    "cycling",
    "swimming",
    "surfing",
    "dancing",
    "sleeping",
    "skiing",
    "lifting weights",
    "climbing",
)


def spatial_relationship(rng: random.Random, count: int) -> Iterator[Choice]:
    """Where one thing is as seen from another, and what lies between."""
    between = count // 3
    shapes = (count - between) // 2
    yield from from_scene(rng, draw_shapes, "relation", shapes)
    yield from from_scene(rng, draw_emoji, "relation", count - between - shapes)
    for _ in range(between):
        left, middle, right = rng.sample(OBJECT_NAMES, 3)
        picture = draw.row(rng, SIZE, [left, middle, right]).picture()
        first, second, third = rng.sample([left, middle, right], 3)
        text = f"Which object is in the middle, the {first}, the {second} or the {third}?"
        yield Choice(picture, text, (middle, left, right))


def attribute_comparison(rng: random.Random, count: int) -> Iterator[Choice]:
    """Which of two is larger or longer, or whether they are alike."""
    sizes = count // 2
    yield from from_scene(rng, draw_shapes, "size", sizes)
    yield from from_scene(rng, draw_lines, "compare", count - sizes)


def action_recognition(rng: random.Random, count: int) -> Iterator[Choice]:
    """What a person is doing."""
    for action in rng.sample(ACTIONS, count):
        picture = draw.portrait(rng, SIZE, action).picture()
        text = "What is the person in the image doing?"
        yield Choice(picture, text, options(rng, ACTIONS, action))


CATEGORIES: dict[str, Category] = {
    "spatial_relationship": spatial_relationship,
    "attribute_comparison": attribute_comparison,
    "action_recognition": action_recognition,
}
