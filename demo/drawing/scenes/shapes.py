"""Coloured shapes: colours, shapes, counts, sizes, places and relations."""

from __future__ import annotations

import random

from demo.drawing.canvas import Canvas, Mark
from demo.drawing.catalog import COLOR_NAMES, SHAPES, with_article
from demo.drawing.questions import (
    OPPOSITE,
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


def draw_shapes(rng: random.Random, size: int, yes_share: float) -> Drawing:
    """Draw one to six shapes that do not touch; in a third of all pictures they are of one kind."""
    canvas = Canvas(rng, size)
    count = rng.choice([1, 2, 2, 3, 3, 4, 5, 6])
    colors = canvas.visible_colors()
    if rng.random() < 0.35:
        kinds = [rng.choice(SHAPES)] * count
    else:
        kinds = [rng.choice(SHAPES) for _ in range(count)]
    for kind in kinds:
        r = rng.uniform(0.075, 0.16 if count > 2 else 0.22)
        if spot := canvas.free_spot(r):
            canvas.shape(kind, *spot, r, rng.choice(colors))
    return Drawing("shapes", canvas, _questions(rng, canvas.marks, yes_share))


def _questions(rng: random.Random, marks: list[Mark], yes_share: float) -> list[Question]:
    kinds, colors = [m.kind for m in marks], [m.color for m in marks]
    of_own_kind = [m for m in marks if kinds.count(m.kind) == 1]
    of_own_color = [m for m in marks if colors.count(m.color) == 1]
    asked = [_color(rng, mark) for mark in of_own_kind[:3]]
    asked += [_shape(rng, mark) for mark in of_own_color[:3]]
    if len(marks) == 1:
        wrong = others(rng, SHAPES, kinds[0], 3)
        asked.append(Question("shape", "What shape is in the image?", kinds[0], wrong))
    asked += _counts(rng, kinds)
    asked += [_existence(rng, kinds, yes_share) for _ in range(2)]
    asked.append(_attribute(rng, marks, yes_share))
    if len(of_own_kind) >= 2:
        asked += _pair(rng, *rng.sample(of_own_kind, 2))
    if of_own_kind:
        mark = rng.choice(of_own_kind)
        if place := quadrant(mark):
            text = f"In which part of the image is the {mark.kind}?"
            wrong = tuple(q for q in QUADRANTS if q != place)
            asked.append(Question("location", text, place, wrong))
    return asked


def _color(rng: random.Random, mark: Mark) -> Question:
    text = rng.choice(
        [
            f"What is the color of the {mark.kind}?",
            f"What color is the {mark.kind} in the image?",
            f"Which color does the {mark.kind} have?",
        ]
    )
    return Question("color", text, mark.color, others(rng, COLOR_NAMES, mark.color, 3))


def _shape(rng: random.Random, mark: Mark) -> Question:
    text = rng.choice(
        [
            f"What shape is the {mark.color} object?",
            f"What is the shape of the {mark.color} object in the image?",
            f"The {mark.color} object is a",
        ]
    )
    return Question("shape", text, mark.kind, others(rng, SHAPES, mark.kind, 3))


def _counts(rng: random.Random, kinds: list[str]) -> list[Question]:
    text = rng.choice(
        [
            "How many objects are in the image?",
            "How many shapes are there?",
            "What is the number of objects in this picture?",
        ]
    )
    total = Question("count", text, str(len(kinds)), near(rng, len(kinds), 1, 6))
    kind = rng.choice([*kinds, rng.choice(SHAPES)])
    plural = "crosses" if kind == "cross" else f"{kind}s"
    text, number = f"How many {plural} are there in the image?", kinds.count(kind)
    return [total, Question("count", text, str(number), near(rng, number, 0, 6))]


def _existence(rng: random.Random, kinds: list[str], yes_share: float) -> Question:
    if rng.random() < yes_share:
        kind = rng.choice(kinds)
    else:
        kind = rng.choice([k for k in SHAPES if k not in kinds] or kinds)
    text = rng.choice(
        [
            f"Is there a {kind} in the image?",
            f"Can you see a {kind} in this picture?",
            f"Does the image contain a {kind}?",
        ]
    )
    return yes_no("exist", text, kind in kinds)


def _attribute(rng: random.Random, marks: list[Mark], yes_share: float) -> Question:
    pairs = [(m.kind, m.color) for m in marks]
    mark = rng.choice(marks)
    color = mark.color
    if rng.random() >= yes_share:
        color = rng.choice([c for c in COLOR_NAMES if (mark.kind, c) not in pairs])
    name = f"{with_article(color)} {mark.kind}"
    text = rng.choice([f"Is there {name} in the image?", f"Does the image contain {name}?"])
    return yes_no("attr_yn", text, (mark.kind, color) in pairs)


def _pair(rng: random.Random, a: Mark, b: Mark) -> list[Question]:
    asked = []
    if side := relation(a, b):
        text = rng.choice(
            [
                f"Where is the {a.kind} relative to the {b.kind}?",
                f"What is the position of the {a.kind} with respect to the {b.kind}?",
            ]
        )
        wrong = tuple(words for key, words in RELATIONS.items() if key != side)
        asked.append(Question("relation", text, RELATIONS[side], wrong))
        said = side if rng.random() < 0.5 else OPPOSITE[side]
        text = f"Is the {a.kind} {RELATIONS[said]} the {b.kind}?"
        asked.append(yes_no("relation_yn", text, said == side))
    if abs(a.r - b.r) > 0.2 * max(a.r, b.r):
        large, small = (a, b) if a.r > b.r else (b, a)
        text = f"Which object is larger, the {a.kind} or the {b.kind}?"
        asked.append(Question("size", text, large.kind, (small.kind,)))
        asked.append(yes_no("size_yn", f"Is the {a.kind} larger than the {b.kind}?", a is large))
    return asked
