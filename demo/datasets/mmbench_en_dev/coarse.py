"""Coarse perception: the picture as a whole."""

from __future__ import annotations

import random
from collections.abc import Iterator

from demo.datasets.mmbench_en_dev.choice import SIZE, Category, Choice, from_scene, options
from demo.drawing import illustrations as draw
from demo.drawing.catalog import GROUPS
from demo.drawing.scenes import draw_chart, draw_emoji, draw_shapes, draw_text

FACES = ("happy", "sad", "angry", "surprised", "sleepy", "in love")
TOPICS = {"animal": "animals", "food": "food", "vehicle": "vehicles"}
OTHER_TOPICS = ("people", "weather", "sports")
PLACES = {
    "a street": draw.Landscape((200, 225, 245), (110, 110, 115), ("car", "bus"), ("sun",)),
    "the sea": draw.Landscape((205, 230, 250), (50, 120, 200), ("boat", "boat"), ("bird",)),
    "a desert": draw.Landscape((250, 235, 200), (225, 185, 115), ("cactus", "cactus"), ("sun",)),
    "a farm": draw.Landscape((205, 230, 250), (110, 175, 90), ("house", "cow", "pig"), ("bird",)),
    "a snowy field": draw.Landscape(
        (190, 205, 225), (248, 250, 255), ("snowman", "tree"), ("snowflake", "snowflake")
    ),
}
LIGHTS = {
    "sun": draw.Landscape((185, 220, 250), (120, 180, 95), ("house", "tree"), ("sun",)),
    "moon": draw.Landscape((25, 30, 60), (35, 60, 45), ("house", "tree"), ("moon",)),
}


def image_style(rng: random.Random, count: int) -> Iterator[Choice]:
    """What kind of picture it is, and how it is drawn."""
    charts = (count + 1) // 3
    yield from from_scene(rng, draw_chart, "chart_type", min(charts, 2))
    pictures = {
        "a drawing of objects": draw_emoji,
        "a chart": draw_chart,
        "a written text": draw_text,
        "geometric shapes": draw_shapes,
    }
    kinds = rng.sample(list(pictures), charts)
    for kind in kinds:
        picture = pictures[kind](rng, SIZE, 0.5).canvas.picture()
        yield Choice(picture, "What kind of picture is this?", options(rng, list(pictures), kind))
    for filling in rng.sample(draw.FILLINGS, count - len(kinds) - min(charts, 2)):
        picture = draw.filled_shapes(rng, SIZE, filling).picture()
        text = "In which style are the shapes drawn?"
        yield Choice(picture, text, options(rng, draw.FILLINGS, filling))


def image_topic(rng: random.Random, count: int) -> Iterator[Choice]:
    """What the picture is about: one main object, or four things of one group."""
    groups = min(3, count)
    about_one = "What is the main object in the image?"
    yield from from_scene(rng, draw_emoji, "object", count - groups, lambda q: q.text == about_one)
    for key in rng.sample(list(TOPICS), groups):
        picture = draw.group(rng, SIZE, rng.sample(list(GROUPS[key]), 4)).picture()
        topics = options(rng, [*TOPICS.values(), *OTHER_TOPICS], TOPICS[key])
        yield Choice(picture, "What is the picture about?", topics)


def image_scene(rng: random.Random, count: int) -> Iterator[Choice]:
    """Where, and by day or by night."""
    times = min(2, count // 2)
    for place in rng.sample(list(PLACES), count - times):
        picture = draw.landscape(rng, SIZE, PLACES[place]).picture()
        yield Choice(
            picture, "Which place is shown in the image?", options(rng, list(PLACES), place)
        )
    for light in rng.sample(list(LIGHTS), times):
        picture = draw.landscape(rng, SIZE, LIGHTS[light]).picture()
        text = "Which object lights the scene, the sun or the moon?"
        yield Choice(picture, text, options(rng, list(LIGHTS), light, 2))


def image_emotion(rng: random.Random, count: int) -> Iterator[Choice]:
    """What a drawn face expresses."""
    for face in rng.sample(FACES, count):
        picture = draw.portrait(rng, SIZE, face).picture()
        yield Choice(picture, "Which emotion does the face show?", options(rng, FACES, face))


def image_quality(rng: random.Random, count: int) -> Iterator[Choice]:
    """What is wrong with a picture, and which half of one is sharp."""
    halves = min(2, count // 2)
    for flaw in rng.sample(draw.FLAWS, count - halves):
        things = rng.sample(list(GROUPS["food"]), 4)
        picture = draw.spoil(rng, draw.group(rng, SIZE, things).picture(), flaw)
        text = "What is wrong with the quality of the image?"
        yield Choice(picture, text, options(rng, draw.FLAWS, flaw))
    for blurred, sharp in rng.sample([("left", "right"), ("right", "left")], halves):
        names = rng.sample(list(GROUPS["animal"]), 4)
        picture = draw.blurred_half(draw.group(rng, SIZE, names).picture(), blurred)
        yield Choice(picture, "Which half of the image is sharp?", (sharp, blurred))


CATEGORIES: dict[str, Category] = {
    "image_style": image_style,
    "image_topic": image_topic,
    "image_scene": image_scene,
    "image_emotion": image_emotion,
    "image_quality": image_quality,
}
