"""RealWorldQA's schema with drawn streets and things: questions with lettered options, and some with free answers."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from demo.datasets.files import IMAGE, TEXT, DemoSet, Row, png
from demo.drawing import illustrations as draw
from demo.drawing.canvas import Canvas
from demo.drawing.catalog import with_article
from demo.drawing.scenes import draw_emoji, draw_shapes
from demo.drawing.street import ARROWS, LIGHTS, Street, Thing, street

SIZE = 384
"""Side of the pictures in pixels."""
LETTERS = "ABCD"
LETTER_NOTE = "Please answer directly with only the letter of the correct option and nothing else."
WORD_NOTE = "Please answer directly with a single word or number."
COLUMNS = {"image_path": TEXT, "question": TEXT, "answer": TEXT, "image": IMAGE}
VEHICLES = ("car", "bus", "bicycle")
BESIDE = ("tree", "house", "dog", "cat", "horse", "cow")
ROUNDS = 5
"""How often each kind of question is asked; there are twelve kinds."""


class Asked(NamedTuple):
    """A picture with a question; ``options`` are in the order shown, without any the answer is free."""

    canvas: Canvas
    question: str
    answer: str
    options: tuple[str, ...] = ()


def build(seed: int) -> DemoSet:
    """Return the set of ``seed``."""
    rng = random.Random(f"realworldqa:{seed}")
    asked = [each for _ in range(ROUNDS) for each in _round(rng)]
    rows = [_row(number, each) for number, each in enumerate(asked)]
    return DemoSet(COLUMNS, {"test": rows})


def _row(number: int, asked: Asked) -> Row:
    if asked.options:
        lines = [f"{letter}. {text}" for letter, text in zip(LETTERS, asked.options, strict=False)]
        answer = LETTERS[asked.options.index(asked.answer)]
        text = "\n".join([f"{asked.question}\n", *lines, LETTER_NOTE])
    else:
        answer, text = asked.answer, f"{asked.question}\n{WORD_NOTE}"
    picture = png(asked.canvas.picture())
    return {"image_path": f"{number}.png", "question": text, "answer": answer, "image": picture}


def _round(rng: random.Random) -> Iterator[Asked]:
    """Yield one question of each kind: eight with options, four without."""
    yield from _signs(rng)
    yield from _vehicles(rng)
    yield from _places(rng)
    yield from _free(rng)


def _signs(rng: random.Random) -> Iterator[Asked]:
    light, arrow, limit = rng.choice(LIGHTS), rng.choice(ARROWS), rng.choice((30, 50, 70, 90))
    canvas = street(rng, SIZE, Street(_traffic(rng), light=light))
    yield _choice(rng, canvas, "What is the color of the traffic light?", light, LIGHTS)
    canvas = street(rng, SIZE, Street(_traffic(rng), arrow=arrow))
    yield _choice(rng, canvas, "In which direction does the sign point?", arrow, ARROWS)
    canvas = street(rng, SIZE, Street(_traffic(rng), limit=str(limit)))
    limits = [str(limit + step) for step in (-20, 0, 20)]
    yield _choice(rng, canvas, "What is the speed limit?", str(limit), limits)


def _vehicles(rng: random.Random) -> Iterator[Asked]:
    near, far = rng.sample(VEHICLES, 2)
    x = rng.choice((0.3, 0.7))
    things = (Thing(near, x, 0.95), Thing(far, 1.0 - 0.8 * x - 0.1, 0.2))
    canvas = street(rng, SIZE, Street(things))
    text = f"Which object is closer to us, the {min(near, far)} or the {max(near, far)}?"
    yield _choice(rng, canvas, text, near, (near, far))
    left, right = rng.sample(VEHICLES, 2)
    canvas = street(rng, SIZE, Street((Thing(left, 0.3, 0.8), Thing(right, 0.7, 0.8))))
    text = "Which vehicle is on the left side of the road?"
    yield _choice(rng, canvas, text, left, (left, right, rng.choice(BESIDE)))


def _places(rng: random.Random) -> Iterator[Asked]:
    night = rng.random() < 0.5
    thing = rng.choice(BESIDE)
    canvas = street(rng, SIZE, Street((Thing(thing, rng.choice((0.2, 0.8)), 0.7),), night=night))
    times = ("by day", "at night")
    yield _choice(rng, canvas, "When was this picture taken?", times[night], times)
    canvas = street(rng, SIZE, Street((Thing(thing, rng.choice((0.2, 0.8)), 0.8),)))
    others = rng.sample([name for name in BESIDE if name != thing], 2)
    yield _choice(rng, canvas, "Which of the following is in the image?", thing, (thing, *others))
    place = rng.choice(list(draw.BALL_PLACES))
    canvas = draw.ball_and_box(rng, SIZE, place)
    yield _choice(rng, canvas, "Where is the ball?", place, list(draw.BALL_PLACES))


def _free(rng: random.Random) -> Iterator[Asked]:
    count = rng.randint(1, 4)
    spots = rng.sample([(0.3, 0.9), (0.7, 0.9), (0.36, 0.5), (0.64, 0.5)], count)
    name = rng.choice(VEHICLES)
    canvas = street(rng, SIZE, Street([Thing(name, x, near) for x, near in spots]))
    yield Asked(canvas, "How many vehicles are on the road?", str(count))
    shown, absent = rng.sample(BESIDE, 2)
    name = rng.choice((shown, absent))
    canvas = street(rng, SIZE, Street((Thing(shown, rng.choice((0.2, 0.8)), 0.8),)))
    text = f"Is there {with_article(name)} in the image?"
    yield Asked(canvas, text, "Yes" if name == shown else "No")
    drawing = draw_shapes(rng, SIZE, 0.5)
    question = next(q for q in drawing.questions if q.skill == "count")
    yield Asked(drawing.canvas, question.text, question.answer)
    while True:
        drawing = draw_emoji(rng, SIZE, 0.5)
        named = [q for q in drawing.questions if q.skill == "object" and q.form == "any"]
        if named:
            yield Asked(drawing.canvas, named[0].text, named[0].answer)
            return


def _traffic(rng: random.Random) -> list[Thing]:
    """Return a vehicle, and something beside the road."""
    vehicle = Thing(rng.choice(VEHICLES), rng.choice((0.36, 0.64)), rng.uniform(0.5, 0.8))
    return [vehicle, Thing(rng.choice(BESIDE[:2]), rng.choice((0.3, 0.72)), 0.12)]


def _choice(
    rng: random.Random, canvas: Canvas, question: str, answer: str, options: Sequence[str]
) -> Asked:
    return Asked(canvas, question, answer, tuple(rng.sample(options, len(options))))
