"""Questions about a drawing, and the small helpers that several scenes ask with."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from demo.drawing.canvas import Canvas, Mark

Form = Literal["any", "choice", "yes_no"]
"""``any`` can be asked with options or openly; ``choice`` makes no sense without its options."""

RELATIONS = {
    "left": "to the left of",
    "right": "to the right of",
    "above": "above",
    "below": "below",
}
OPPOSITE = {"left": "right", "right": "left", "above": "below", "below": "above"}
QUADRANTS = ("top-left", "top-right", "bottom-left", "bottom-right")


@dataclass(frozen=True)
class Question:
    """One question with its answer and wrong options; ``skill`` says what answering it takes."""

    skill: str
    text: str
    answer: str
    distractors: tuple[str, ...] = ()
    form: Form = "any"


@dataclass
class Drawing:
    """A finished canvas and all that can be asked about it."""

    scene: str
    canvas: Canvas
    questions: list[Question]


def yes_no(skill: str, text: str, truth: bool) -> Question:
    return Question(skill, text, "Yes" if truth else "No", form="yes_no")


def others(rng: random.Random, pool: Iterable[str], answer: str, count: int) -> tuple[str, ...]:
    """Return up to ``count`` random members of ``pool`` but the answer."""
    wrong = [word for word in pool if word != answer]
    rng.shuffle(wrong)
    return tuple(wrong[:count])


def near(rng: random.Random, number: int, low: int, high: int, count: int = 3) -> tuple[str, ...]:
    """Return up to ``count`` other numbers within 3 of ``number`` and within low..high."""
    wrong = [n for n in range(max(low, number - 3), min(high, number + 3) + 1) if n != number]
    rng.shuffle(wrong)
    return tuple(str(n) for n in wrong[:count])


def relation(a: Mark, b: Mark) -> str | None:
    """Return where ``a`` is as seen from ``b``, a key of RELATIONS; None when they lie too diagonally or too close."""
    dx, dy = b.x - a.x, b.y - a.y
    if abs(dx) > 1.6 * abs(dy) and abs(dx) > 0.15:
        return "left" if dx > 0 else "right"
    if abs(dy) > 1.6 * abs(dx) and abs(dy) > 0.15:
        return "above" if dy > 0 else "below"
    return None


def quadrant(mark: Mark) -> str | None:
    """Return the quarter of the picture that a mark's centre lies in; None near the middle lines."""
    if abs(mark.x - 0.5) < 0.07 or abs(mark.y - 0.5) < 0.07:
        return None
    return f"{'top' if mark.y < 0.5 else 'bottom'}-{'left' if mark.x < 0.5 else 'right'}"
