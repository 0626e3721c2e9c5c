"""Two lines or two circles: the same or not, and which one is larger."""

from __future__ import annotations

import random

from demo.drawing.canvas import Canvas, jitter
from demo.drawing.catalog import COLOR_NAMES, COLORS, with_article
from demo.drawing.questions import Drawing, Question, near, yes_no

_PIXEL = 1 / 256


def draw_lines(rng: random.Random, size: int, yes_share: float) -> Drawing:
    """Draw two lines (or, at times, circles) in two colours, equal in nearly half of all pictures."""
    canvas = Canvas(rng, size, light=True)
    colors = rng.sample(["red", "blue", "green", "black", "purple", "orange"], 2)
    same = rng.random() < 0.45
    circles = rng.random() < 0.3
    first = rng.uniform(0.35, 0.62)
    change = 0 if same else rng.choice([-1, 1]) * rng.uniform(0.14, 0.35) * first
    lengths = (first, first + change)
    if circles:
        _circles(rng, canvas, colors, lengths)
    else:
        _lines(rng, canvas, colors, lengths)
    noun, more = ("circle", "larger") if circles else ("line", "longer")
    asked = _questions(rng, colors, lengths, noun, more)
    if rng.random() < yes_share:
        color = rng.choice(colors)
    else:
        color = rng.choice([c for c in COLOR_NAMES if c not in colors])
    text = f"Is there {with_article(color)} {noun} in the image?"
    asked.append(yes_no("exist", text, color in colors))
    return Drawing("lines", canvas, asked)


def _circles(
    rng: random.Random, canvas: Canvas, colors: list[str], lengths: tuple[float, float]
) -> None:
    y = 0.5 + rng.uniform(-0.1, 0.1)
    for x, length, color in zip((0.27, 0.73), lengths, colors, strict=True):
        r = length * 0.28
        fill = jitter(COLORS[color], rng, 8)
        canvas.ellipse((x - r, y - r, x + r, y + r), fill, "circle", color)


def _lines(
    rng: random.Random, canvas: Canvas, colors: list[str], lengths: tuple[float, float]
) -> None:
    upright = rng.random() < 0.4
    width = rng.randint(4, 9) * _PIXEL
    places = (rng.uniform(0.22, 0.38), rng.uniform(0.62, 0.78))
    for place, length, color in zip(places, lengths, colors, strict=True):
        middle = 0.5 + rng.uniform(-0.1, 0.1)
        start, end = middle - length / 2, middle + length / 2
        ends = (place, start, place, end) if upright else (start, place, end, place)
        canvas.line(ends, COLORS[color], width, "line", color)


def _questions(
    rng: random.Random, colors: list[str], lengths: tuple[float, float], noun: str, more: str
) -> list[Question]:
    same = lengths[0] == lengths[1]
    measure = "same length" if noun == "line" else "same size"
    text = rng.choice(
        [f"Are the two {noun}s the {measure}?", f"Do the two {noun}s have the {measure}?"]
    )
    asked = [yes_no("compare_yn", text, same)]
    large = colors[0] if lengths[0] > lengths[1] else colors[1]
    text, equal = f"Which {noun} is {more}?", f"they are the {measure}"
    if same:
        wrong = tuple(f"the {color} {noun}" for color in colors)
        asked.append(Question("compare", text, equal, wrong))
    else:
        small = colors[1] if large == colors[0] else colors[0]
        wrong = (f"the {small} {noun}", equal)
        asked.append(Question("compare", text, f"the {large} {noun}", wrong))
        said = rng.choice(colors)
        other = colors[1] if said == colors[0] else colors[0]
        text = f"Is the {said} {noun} {more} than the {other} {noun}?"
        asked.append(yes_no("compare_yn", text, said == large))
    text = f"How many {noun}s are in the image?"
    asked.append(Question("count", text, "2", near(rng, 2, 1, 6)))
    return asked
