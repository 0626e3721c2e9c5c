"""Classic optical illusions. Each is drawn true, so that the eye errs, or edited, so that what the eye expects is so.

Every function takes the source of randomness, the side in pixels and whether the picture is edited.
"""

from __future__ import annotations

import math
import random

from demo.drawing.canvas import INK, Canvas
from demo.drawing.catalog import COLORS, RGB

PAPER: RGB = (252, 252, 248)
_STRONG = ("red", "blue", "green", "purple")


def _sheet(rng: random.Random, size: int) -> tuple[Canvas, RGB]:
    return Canvas(rng, size, background=PAPER), COLORS[rng.choice(_STRONG)]


def mueller_lyer(rng: random.Random, size: int, edited: bool) -> Canvas:
    """Two lines, the upper with fins outwards; equal, or the upper one truly longer."""
    canvas, color = _sheet(rng, size)
    half = rng.uniform(0.22, 0.26)
    for y, fins, reach in ((0.32, 1, half * (1.4 if edited else 1)), (0.68, -1, half)):
        canvas.line((0.5 - reach, y, 0.5 + reach, y), color, 0.02)
        for side in (-1, 1):
            x = 0.5 + side * reach
            for up in (-1, 1):
                canvas.line((x, y, x + side * fins * 0.09, y + up * 0.09), INK, 0.018)
    return canvas


def ponzo(rng: random.Random, size: int, edited: bool) -> Canvas:
    """Two bars between rails that run together; equal, or the upper one truly longer."""
    canvas, color = _sheet(rng, size)
    for side in (-1, 1):
        canvas.line((0.5 + side * 0.44, 0.98, 0.5 + side * 0.09, 0.04), INK, 0.016)
    for i in range(9):
        y = 0.1 + 0.86 * (i / 8) ** 1.5
        reach = 0.09 + 0.35 * (y - 0.04) / 0.94 + 0.03
        canvas.line((0.5 - reach, y, 0.5 + reach, y), (190, 185, 175), 0.012)
    half = rng.uniform(0.15, 0.17)
    for y, reach in ((0.3, half * (1.45 if edited else 1)), (0.75, half)):
        canvas.line((0.5 - reach, y, 0.5 + reach, y), color, 0.045)
    return canvas


def ebbinghaus(rng: random.Random, size: int, edited: bool) -> Canvas:
    """Two orange circles, one among large and one among small ones; equal, or the right one truly larger."""
    canvas = Canvas(rng, size, background=PAPER)
    r = rng.uniform(0.068, 0.075)
    for x, ring, other, count in ((0.28, 0.19, 0.082, 6), (0.78, 0.155, 0.034, 9)):
        for i in range(count):
            angle = 2 * math.pi * (i + 0.5) / count
            cx, cy = x + ring * math.cos(angle), 0.5 + ring * math.sin(angle)
            canvas.ellipse((cx - other, cy - other, cx + other, cy + other), (150, 165, 190))
        inner = r * 1.4 if edited and x > 0.5 else r
        canvas.ellipse((x - inner, 0.5 - inner, x + inner, 0.5 + inner), COLORS["orange"])
    return canvas


def zoellner(rng: random.Random, size: int, edited: bool) -> Canvas:
    """Long parallel lines crossed by short slanted ones; parallel, or each tilted against the next."""
    canvas, color = _sheet(rng, size)
    for i in range(5):
        y, sign = 0.14 + 0.18 * i, 1 if i % 2 else -1
        tilt = sign * 0.045 if edited else 0.0
        canvas.line((0.04, y - tilt, 0.96, y + tilt), color, 0.016)
        for j in range(10):
            x = 0.1 + 0.089 * j
            middle = y + tilt * (x - 0.5) / 0.46
            canvas.line(
                (x - 0.035, middle - sign * 0.05, x + 0.035, middle + sign * 0.05), INK, 0.01
            )
    return canvas


def hering(rng: random.Random, size: int, edited: bool) -> Canvas:
    """Two red lines before a bundle of rays; straight, or truly bent outwards."""
    canvas = Canvas(rng, size, background=PAPER)
    for i in range(30):
        angle = math.pi * i / 30
        dx, dy = 0.7 * math.cos(angle), 0.7 * math.sin(angle)
        canvas.line((0.5 - dx, 0.5 - dy, 0.5 + dx, 0.5 + dy), (120, 120, 130), 0.004)
    bend = rng.uniform(0.07, 0.09) if edited else 0.0
    for side in (-1, 1):
        xs = [0.03 + 0.94 * i / 24 for i in range(25)]
        ys = [0.5 + side * (0.15 + bend * math.cos(math.pi * (x - 0.5))) for x in xs]
        canvas.path(list(zip(xs, ys, strict=True)), COLORS["red"], 0.022)
    return canvas


def contrast(rng: random.Random, size: int, edited: bool) -> Canvas:
    """Two grey squares on dark and on light ground; equal, or the left one truly lighter."""
    canvas = Canvas(rng, size, background=(232, 232, 232))
    canvas.rectangle((0, 0, 0.5, 1), (45, 45, 50))
    grey = rng.randint(125, 140)
    for x, value in ((0.25, grey + (55 if edited else 0)), (0.75, grey)):
        canvas.rectangle((x - 0.11, 0.39, x + 0.11, 0.61), (value, value, value))
    return canvas


def upright(rng: random.Random, size: int, edited: bool) -> Canvas:
    """A vertical line on a horizontal one; equal, or the vertical one truly longer."""
    canvas, color = _sheet(rng, size)
    length = rng.uniform(0.5, 0.56)
    height = length * (1.45 if edited else 1)
    canvas.line((0.5 - length / 2, 0.9, 0.5 + length / 2, 0.9), color, 0.022)
    canvas.line((0.5, 0.9 - height, 0.5, 0.9), color, 0.022)
    return canvas
