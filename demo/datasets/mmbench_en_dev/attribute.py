"""Reasoning about what a thing is, is like, and is for."""

from __future__ import annotations

import random
from collections.abc import Iterator

from demo.datasets.mmbench_en_dev.choice import SIZE, Category, Choice, from_scene, options
from demo.drawing import illustrations as draw
from demo.drawing.scenes import draw_emoji

PROPERTIES: dict[str, tuple[str, tuple[str, ...]]] = {
    "Which of these things is the lightest in real life?": (
        "feather",
        ("hammer", "car", "anchor", "rock", "bicycle"),
    ),
    "Which of these things melts in the sun?": ("ice", ("rock", "key", "shoe", "hammer", "anchor")),
    "Which of these things is too hot to touch?": (
        "fire",
        ("fish", "flower", "ball", "book", "apple"),
    ),
    "Which of these things rises into the air when you let it go?": (
        "balloon",
        ("hammer", "book", "shoe", "rock", "key"),
    ),
    "Which of these things attracts iron nails?": (
        "magnet",
        ("banana", "feather", "book", "ball", "carrot"),
    ),
}
HEAVIER = (("elephant", "butterfly"), ("bus", "shoe"), ("horse", "apple"), ("car", "banana"))
PURPOSES = {
    "umbrella": "keeping off the rain",
    "key": "opening a lock",
    "watch": "telling the time",
    "guitar": "making music",
    "scissors": "cutting paper",
    "hammer": "driving nails",
    "thermometer": "measuring temperature",
    "telescope": "looking at the stars",
    "broom": "sweeping the floor",
    "lamp": "giving light",
}
TOOL_FOR = {
    "tells the time": "watch",
    "opens a door": "key",
    "keeps off the rain": "umbrella",
    "makes music": "guitar",
}
JOBS = (
    "cook",
    "firefighter",
    "police officer",
    "doctor",
    "farmer",
    "astronaut",
    "painter",
    "teacher",
)
ANIMAL_CLASSES = {
    "cow": "mammal",
    "butterfly": "insect",
    "chicken": "bird",
    "turtle": "reptile",
    "frog": "amphibian",
}


def physical_property_reasoning(rng: random.Random, count: int) -> Iterator[Choice]:
    """Heat, magnetism and the like; and weight, where the lighter thing is drawn larger."""
    weights = count // 3
    for text in rng.sample(list(PROPERTIES), count - weights):
        answer, pool = PROPERTIES[text]
        names = (answer, *rng.sample(pool, 3))
        yield Choice(draw.group(rng, SIZE, names).picture(), text, names)
    for heavy, light in rng.sample(HEAVIER, weights):
        picture = draw.unequal(rng, SIZE, large=light, small=heavy).picture()
        first, second = rng.sample([heavy, light], 2)
        text = f"Which object is heavier in real life, the {first} or the {second}?"
        yield Choice(picture, text, (heavy, light))


def function_reasoning(rng: random.Random, count: int) -> Iterator[Choice]:
    """What a thing is for, and which thing serves a purpose."""
    named = count // 2
    for name in rng.sample(list(PURPOSES), count - named):
        picture = draw.portrait(rng, SIZE, name).picture()
        purposes = options(rng, list(PURPOSES.values()), PURPOSES[name])
        yield Choice(picture, "What is the object in the image used for?", purposes)
    for purpose in rng.sample(list(TOOL_FOR), named):
        name = TOOL_FOR[purpose]
        picture = draw.portrait(rng, SIZE, name).picture()
        tools = options(rng, list(TOOL_FOR.values()), name)
        yield Choice(picture, f"Which object in this picture {purpose}?", tools)


def identity_reasoning(rng: random.Random, count: int) -> Iterator[Choice]:
    """An animal's name and its class, and a person's job from what they wear."""
    animals = count // 2
    yield from from_scene(rng, draw_emoji, "object", animals, lambda q: " animal " in q.text)
    for job in rng.sample(JOBS, count - animals - 1):
        picture = draw.portrait(rng, SIZE, job).picture()
        text = "What is the job of the person in the image?"
        yield Choice(picture, text, options(rng, JOBS, job))
    name = rng.choice(list(ANIMAL_CLASSES))
    classes = options(rng, list(ANIMAL_CLASSES.values()), ANIMAL_CLASSES[name])
    picture = draw.portrait(rng, SIZE, name).picture()
    yield Choice(picture, "To which class does this animal belong?", classes)


CATEGORIES: dict[str, Category] = {
    "physical_property_reasoning": physical_property_reasoning,
    "function_reasoning": function_reasoning,
    "identity_reasoning": identity_reasoning,
}
