"""Emoji as objects: what is there, how many, and where."""

from __future__ import annotations

import random

from demo.drawing.canvas import Canvas, Mark
from demo.drawing.catalog import GROUP_OF, GROUPS, OBJECT_NAMES, with_article
from demo.drawing.questions import (
    QUADRANTS,
    RELATIONS,
    Drawing,
    Question,
    near,
    others,
    quadrant,
    relation,
    yes_no,
)


def draw_emoji(rng: random.Random, size: int, yes_share: float) -> Drawing:
    """Draw one to four emoji, mostly of one group (animals, food, ...), slightly turned."""
    canvas = Canvas(rng, size)
    count = rng.choice([1, 1, 2, 2, 3, 4])
    group = list(GROUPS[rng.choice(list(GROUPS))])
    all_alike = rng.random() < 0.2
    first = rng.choice(group)
    for _ in range(count):
        name = first if all_alike else rng.choice(group if rng.random() < 0.8 else OBJECT_NAMES)
        r = rng.uniform(0.14, 0.19 if count > 2 else 0.34 if count == 1 else 0.24)
        if spot := canvas.free_spot(r):
            flip = rng.random() < 0.3
            canvas.emoji(name, *spot, r, angle=rng.uniform(-15, 15), flip=flip)
    return Drawing("emoji", canvas, _questions(rng, canvas.marks, yes_share))


def _questions(rng: random.Random, marks: list[Mark], yes_share: float) -> list[Question]:
    names = [m.kind for m in marks]
    absent = [name for name in OBJECT_NAMES if name not in names]
    asked = []
    if len(set(names)) == 1:
        asked.append(_identity(rng, names[0]))
    if len(set(names)) > 1 or rng.random() < 0.5:
        name = rng.choice(names)
        text = rng.choice(
            [
                "Which of the following is in the image?",
                "Which of these objects appears in the picture?",
            ]
        )
        asked.append(Question("object", text, name, others(rng, absent, name, 3), form="choice"))
    asked += [_existence(rng, names, absent, yes_share) for _ in range(3)]
    text = "How many objects are in the image?"
    asked.append(Question("count", text, str(len(marks)), near(rng, len(marks), 1, 6)))
    if len(marks) >= 2:
        a, b = rng.sample(marks, 2)
        if names.count(a.kind) == 1 and names.count(b.kind) == 1:
            asked += _pair(a, b)
    mark = rng.choice(marks)
    place = quadrant(mark)
    if place and names.count(mark.kind) == 1:
        text = f"In which part of the image is the {mark.kind}?"
        wrong = tuple(q for q in QUADRANTS if q != place)
        asked.append(Question("location", text, place, wrong))
    return asked


def _identity(rng: random.Random, name: str) -> Question:
    pool = GROUPS[GROUP_OF[name]] if rng.random() < 0.5 else OBJECT_NAMES
    group = GROUP_OF[name]
    noun = group if group in ("animal", "vehicle", "food") else "object"
    text = rng.choice(
        [
            f"What {noun} is shown in the image?",
            f"Which {noun} is in this picture?",
            "What is this?",
            "What is the main object in the image?",
        ]
    )
    return Question("object", text, name, others(rng, pool, name, 3))


def _existence(
    rng: random.Random, names: list[str], absent: list[str], yes_share: float
) -> Question:
    """Ask for something that is there, or for something absent: often of the same group, which is harder."""
    if rng.random() < yes_share:
        name = rng.choice(names)
    elif rng.random() < 0.3:
        name = rng.choice([n for n in GROUPS[GROUP_OF[names[0]]] if n not in names] or absent)
    else:
        name = rng.choice(absent)
    what = with_article(name)
    text = rng.choice(
        [
            f"Is there {what} in the image?",
            f"Can you see {what} in this picture?",
            f"Does the image contain {what}?",
        ]
    )
    return yes_no("exist", text, name in names)


def _pair(a: Mark, b: Mark) -> list[Question]:
    side = relation(a, b)
    if side is None:
        return []
    wrong = tuple(words for key, words in RELATIONS.items() if key != side)
    text = f"Where is the {a.kind} relative to the {b.kind}?"
    asked = [Question("relation", text, RELATIONS[side], wrong)]
    if side in ("left", "right"):
        text = f"Which object is on the {side} side, the {a.kind} or the {b.kind}?"
        asked.append(Question("object", text, a.kind, (b.kind,)))
    return asked
