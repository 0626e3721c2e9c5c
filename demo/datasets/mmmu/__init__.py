"""MMMU's schema filled with drawn figures: four problems for each of the thirty subjects.

Multiple choice and open questions, some with two pictures, some with several right answers. Easy beside the benchmark's
own college exams, but of the same form.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping

from demo.datasets.files import IMAGE, TEXT, DemoSet, Row, png
from demo.datasets.mmmu import art, business, health, humanities, science, tech
from demo.datasets.mmmu.problem import Problem, Subject

PICTURES = 7
LETTERS = "ABCDEFGHIJ"
SUBJECTS: Mapping[str, Subject] = {
    **art.SUBJECTS,
    **business.SUBJECTS,
    **science.SUBJECTS,
    **health.SUBJECTS,
    **humanities.SUBJECTS,
    **tech.SUBJECTS,
}
IMAGES = tuple(f"image_{number}" for number in range(1, PICTURES + 1))
COLUMNS = {
    **dict.fromkeys(("id", "question", "options", "explanation"), TEXT),
    **dict.fromkeys(IMAGES, IMAGE),
    **dict.fromkeys(("img_type", "answer", "topic_difficulty", "question_type", "subfield"), TEXT),
}


def build(seed: int) -> DemoSet:
    """Return the set of ``seed``, subject by subject."""
    rows = [
        row(f"validation_{subject}_{number}", problem, rng)
        for subject, number, problem, rng in problems(seed)
    ]
    return DemoSet(COLUMNS, {"validation": rows})


def problems(seed: int) -> Iterator[tuple[str, int, Problem, random.Random]]:
    """Yield each problem with its subject and its number therein, from 1. Each subject has its own random numbers."""
    for subject in sorted(SUBJECTS):
        rng = random.Random(f"mmmu:{subject}:{seed}")
        for number, problem in enumerate(SUBJECTS[subject](rng), start=1):
            yield subject, number, problem, rng


def row(key: str, problem: Problem, rng: random.Random) -> Row:
    """Return the problem as a row; options, and several right answers, are lists written as text, as on the hub."""
    options, letter = shuffled(problem, rng)
    gold = problem.gold[0] if len(problem.gold) == 1 else str(list(problem.gold))
    return {
        "id": key,
        "question": problem.question,
        "options": str(options),
        "explanation": "",
        **pictures(problem),
        "img_type": str([problem.kind]),
        "answer": letter or gold,
        "topic_difficulty": problem.level,
        "question_type": "multiple-choice" if options else "open",
        "subfield": problem.field,
    }


def shuffled(problem: Problem, rng: random.Random) -> tuple[list[str], str]:
    """Return the options in random order and the right one's letter; neither for an open problem."""
    options = rng.sample(problem.options, len(problem.options))
    return options, LETTERS[options.index(problem.options[0])] if options else ""


def pictures(problem: Problem) -> Row:
    """Return the seven columns of pictures, those that are not used as None."""
    cells = [png(picture) for picture in problem.pictures]
    return dict(zip(IMAGES, [*cells, *[None] * (PICTURES - len(cells))], strict=True))
