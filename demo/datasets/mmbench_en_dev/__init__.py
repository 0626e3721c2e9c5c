"""MMBench's schema, dimensions and CircularEval, filled with drawn pictures.

Every L3 category of every L2 group is there. The questions are this project's own; they measure the same kind of thing
as MMBench's category of that name where a drawing allows it. The one that it does not is ``celebrity_recognition``:
characters and landmarks stand in for people.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from demo.datasets.files import IMAGE, INTEGER, TEXT, DemoSet, Row, png
from demo.datasets.mmbench_en_dev import attribute, coarse, cross, instance, logic, relation
from demo.datasets.mmbench_en_dev.choice import Category, Choice

LETTERS = "ABCD"
ROTATION = 1_000_000
"""What CircularEval adds to a row's index for each further pass over its options."""
MISSING = "nan"
"""How the hub's files write a missing option, hint or comment: as this text."""

COLUMNS = {
    "index": INTEGER,
    **dict.fromkeys(("question", "hint", *LETTERS, "answer", "category"), TEXT),
    "image": IMAGE,
    **dict.fromkeys(("source", "L2-category", "comment", "split"), TEXT),
}
GROUPS: dict[str, dict[str, Category]] = {
    "coarse_perception": coarse.CATEGORIES,
    "finegrained_perception (instance-level)": instance.CATEGORIES,
    "finegrained_perception (cross-instance)": cross.CATEGORIES,
    "attribute_reasoning": attribute.CATEGORIES,
    "relation_reasoning": relation.CATEGORIES,
    "logic_reasoning": logic.CATEGORIES,
}
QUESTIONS = 5
MORE_QUESTIONS = {
    "image_style": 6,
    "image_topic": 6,
    "object_localization": 7,
    "attribute_recognition": 7,
    "spatial_relationship": 6,
    "attribute_comparison": 6,
    "structuralized_imagetext_understanding": 7,
}
"""Where the toy model was trained, a few more than ``QUESTIONS``."""


def build(seed: int) -> DemoSet:
    """Return the set of ``seed``: base rows first, then the rotated rows pass by pass, as in MMBench's own file."""
    base = [
        _row(index, group, category, choice, rng)
        for index, (group, category, choice, rng) in enumerate(_questions(seed), start=1)
    ]
    rotated = [
        rotate(row, turn)
        for turn in range(1, len(LETTERS))
        for row in base
        if turn < len(present_options(row))
    ]
    return DemoSet(COLUMNS, {"dev": [*base, *rotated]})


def _questions(seed: int) -> Iterator[tuple[str, str, Choice, random.Random]]:
    """Yield every question with its group and category. Each category has its own stream of random numbers."""
    for group, categories in GROUPS.items():
        for category, ask in categories.items():
            rng = random.Random(f"mmbench:{category}:{seed}")
            for choice in ask(rng, MORE_QUESTIONS.get(category, QUESTIONS)):
                yield group, category, choice, rng


def _row(index: int, group: str, category: str, choice: Choice, rng: random.Random) -> Row:
    shuffled = list(choice.options)
    rng.shuffle(shuffled)
    return {
        "index": index,
        "question": choice.question,
        "hint": MISSING,
        **_lettered(shuffled),
        "answer": LETTERS[shuffled.index(choice.options[0])],
        "category": category,
        "image": png(choice.picture),
        "source": "drawn",
        "L2-category": group,
        "comment": MISSING,
        "split": "dev",
    }


def _lettered(options: list[str]) -> dict[str, str]:
    padded = [*options, *[MISSING] * (len(LETTERS) - len(options))]
    return dict(zip(LETTERS, padded, strict=True))


def present_options(row: Row) -> list[str]:
    """Return the options that a row has, in order."""
    return [row[letter] for letter in LETTERS if row[letter] != MISSING]


def rotate(row: Row, turn: int) -> Row:
    """Return a base row's further pass: each option ``turn`` letters earlier, the answer's letter moved along."""
    options = present_options(row)
    moved = options[turn:] + options[:turn]
    right = options[LETTERS.index(row["answer"])]
    return {
        **row,
        **_lettered(moved),
        "index": row["index"] + turn * ROTATION,
        "answer": LETTERS[moved.index(right)],
    }
