"""MMMU-Pro's two schemas: the drawn MMMU's problems with ten options, and the same printed into the picture."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from PIL import Image

from demo.datasets.files import IMAGE, TEXT, DemoSet, Row, png
from demo.datasets.mmmu import IMAGES, LETTERS, SUBJECTS, pictures, problems, shuffled
from demo.datasets.mmmu.problem import Problem
from demo.drawing.diagrams import printed

STANDARD = {
    **dict.fromkeys(("id", "question", "options", "explanation"), TEXT),
    **dict.fromkeys(IMAGES, IMAGE),
    **dict.fromkeys(("img_type", "answer", "topic_difficulty", "subject"), TEXT),
}
VISION = {"id": TEXT, "image": IMAGE, "options": TEXT, "answer": TEXT, "subject": TEXT}
PAGE = 512
"""Width of a printed page in pixels."""
_NUMBER = re.compile(r"(\d+)(.*)")
_PLACEHOLDER = re.compile(r"\s*<image 1>")


def build_standard(seed: int) -> DemoSet:
    """Return one problem a subject with its pictures beside the text."""
    rows: list[Row] = [
        {
            "id": key,
            "question": problem.question,
            "options": str(options),
            "explanation": "",
            **pictures(problem),
            "img_type": str([problem.kind]),
            "answer": letter,
            "topic_difficulty": problem.level,
            "subject": subject,
        }
        for key, subject, problem, options, letter in _chosen(seed)
    ]
    return DemoSet(STANDARD, {"test": rows})


def build_vision(seed: int) -> DemoSet:
    """Return the same problems as pages: the picture, the question and the options in one picture."""
    rows: list[Row] = [
        {
            "id": key,
            "image": png(_page(problem, options)),
            "options": str(options),
            "answer": letter,
            "subject": subject,
        }
        for key, subject, problem, options, letter in _chosen(seed)
    ]
    return DemoSet(VISION, {"test": rows})


def _chosen(seed: int) -> Iterator[tuple[str, str, Problem, list[str], str]]:
    """Yield, for each subject, one problem with one picture, and its options in order with the right one's letter."""
    found = [
        (subject, problem)
        for subject, _, problem, _ in problems(seed)
        if problem.options and len(problem.pictures) == 1
    ]
    words = [text for _, problem in found for text in problem.options if not _NUMBER.match(text)]
    for subject in sorted(SUBJECTS):
        rng = random.Random(f"mmmu_pro:{subject}:{seed}")
        problem = rng.choice([each for name, each in found if name == subject])
        problem = replace(problem, options=_more(rng, problem.options, words))
        yield f"test_{subject}_1", subject, problem, *shuffled(problem, rng)


def _more(rng: random.Random, options: Sequence[str], words: Sequence[str]) -> tuple[str, ...]:
    """Return the options, the right one first, filled up to ten: with numbers, or with other problems' words."""
    missing = len(LETTERS) - len(options)
    number = _NUMBER.fullmatch(options[0])
    if number:
        pool = [f"{n}{number[2]}" for n in range(1, 2 * int(number[1]) + 2 * len(LETTERS))]
    else:
        pool = list(dict.fromkeys(words))
    return (*options, *rng.sample([text for text in pool if text not in options], missing))


def _page(problem: Problem, options: Sequence[str]) -> Image.Image:
    question = _PLACEHOLDER.sub("", problem.question)
    listed = [f"{letter}. {text}" for letter, text in zip(LETTERS, options, strict=True)]
    return printed([question, "", *listed], PAGE, problem.pictures[0])
