"""A question with a picture and two to four options, and how the training scenes are turned into such."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from PIL import Image

from demo.drawing.questions import Question
from demo.drawing.scenes import Scene

SIZE = 256
"""Side of the pictures in pixels: twice what the toy model sees, so that a person sees them well too."""


@dataclass(frozen=True)
class Choice:
    """``options`` are two to four texts without repetition, the right one first; asking shuffles them."""

    picture: Image.Image
    question: str
    options: tuple[str, ...]

    def __post_init__(self) -> None:
        if not 2 <= len(self.options) <= 4 or len(set(self.options)) != len(self.options):
            raise ValueError(f"two to four different options are needed, not {self.options}")


Category = Callable[[random.Random, int], Iterator[Choice]]
"""(source of randomness, number of questions) -> that many questions of one L3 category"""


def options(
    rng: random.Random, pool: Sequence[str], answer: str, count: int = 4
) -> tuple[str, ...]:
    """Return the answer and ``count`` - 1 other members of ``pool``."""
    return (answer, *rng.sample([word for word in pool if word != answer], count - 1))


def from_scene(
    rng: random.Random,
    scene: Scene,
    skill: str,
    count: int,
    fits: Callable[[Question], bool] = lambda _: True,
) -> Iterator[Choice]:
    """Draw training scenes until ``count`` questions of ``skill`` were found, one a picture, no question twice."""
    seen: set[tuple[str, str]] = set()
    while len(seen) < count:
        drawing = scene(rng, SIZE, 0.5)
        found = [
            question
            for question in drawing.questions
            if question.skill == skill
            and question.distractors
            and fits(question)
            and (question.text, question.answer) not in seen
        ]
        if found:
            question = rng.choice(found)
            seen.add((question.text, question.answer))
            answers = (question.answer, *question.distractors[:3])
            yield Choice(drawing.canvas.picture(), question.text, answers)
