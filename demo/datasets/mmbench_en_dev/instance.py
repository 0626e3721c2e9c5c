"""Fine-grained perception of one thing."""

from __future__ import annotations

import random
from collections.abc import Iterator

from demo.datasets.mmbench_en_dev.choice import SIZE, Category, Choice, from_scene, options
from demo.drawing import illustrations as draw
from demo.drawing.scenes import draw_emoji, draw_shapes, draw_text

WELL_KNOWN = (
    "Santa Claus",
    "Statue of Liberty",
    "Easter Island moai",
    "Mount Fuji",
    "Tokyo Tower",
    "vampire",
    "mermaid",
    "snowman",
)


def object_localization(rng: random.Random, count: int) -> Iterator[Choice]:
    """In which quarter, on which side, and how many."""
    sides = count // 3
    quarters = (count - sides) // 2
    yield from from_scene(rng, draw_shapes, "location", quarters // 2)
    yield from from_scene(rng, draw_emoji, "location", quarters - quarters // 2)
    yield from from_scene(rng, draw_emoji, "object", sides, lambda q: " side, " in q.text)
    yield from from_scene(rng, draw_shapes, "count", count - sides - quarters)


def attribute_recognition(rng: random.Random, count: int) -> Iterator[Choice]:
    """Colours and shapes; one colour is that of a text."""
    shapes = count // 2
    yield from from_scene(rng, draw_shapes, "shape", shapes)
    yield from from_scene(rng, draw_shapes, "color", count - shapes - 1)
    yield from from_scene(rng, draw_text, "color", 1)


def celebrity_recognition(rng: random.Random, count: int) -> Iterator[Choice]:
    """Widely known characters and landmarks: a drawn set can have no celebrities, so this is a stand-in."""
    for name in rng.sample(WELL_KNOWN, count):
        picture = draw.portrait(rng, SIZE, name).picture()
        text = "Which well-known character or landmark is this?"
        yield Choice(picture, text, options(rng, WELL_KNOWN, name))


def ocr(rng: random.Random, count: int) -> Iterator[Choice]:
    """A written word or number."""
    yield from from_scene(rng, draw_text, "ocr_word", count // 2)
    yield from from_scene(rng, draw_text, "ocr_number", count - count // 2)


CATEGORIES: dict[str, Category] = {
    "object_localization": object_localization,
    "attribute_recognition": attribute_recognition,
    "celebrity_recognition": celebrity_recognition,
    "ocr": ocr,
}
