"""A street as the driver sees it: what stands at its sides, what drives on it, a traffic light and a sign."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from demo.drawing.canvas import INK, Canvas
from demo.drawing.catalog import COLORS, RGB

WHITE: RGB = (250, 250, 250)
DAY: tuple[RGB, RGB] = ((195, 222, 246), (150, 190, 125))
NIGHT: tuple[RGB, RGB] = ((28, 32, 62), (45, 62, 48))
LIGHTS = ("red", "yellow", "green")
ARROWS = ("left", "straight", "right")


@dataclass(frozen=True)
class Thing:
    """An emoji on the street: ``x`` from 0 to 1 across it; ``near`` from 0, at the horizon, to 1, before us."""

    name: str
    x: float
    near: float


@dataclass(frozen=True)
class Street:
    """What a street has. ``light`` is one of LIGHTS, ``arrow`` one of ARROWS, ``limit`` a number; "" is none."""

    things: Sequence[Thing] = ()
    light: str = ""
    arrow: str = ""
    limit: str = ""
    night: bool = False


def street(rng: random.Random, size: int, scene: Street) -> Canvas:
    """Draw the street, far things first."""
    sky, ground = NIGHT if scene.night else DAY
    canvas = Canvas(rng, size, background=sky)
    canvas.emoji("moon" if scene.night else "sun", rng.uniform(0.4, 0.6), 0.12, 0.07)
    canvas.rectangle((0, 0.42, 1, 1), ground)
    canvas.polygon([(0.44, 0.42), (0.56, 0.42), (0.95, 1), (0.05, 1)], (105, 105, 112))
    for i in range(5):
        near, end = (i + 0.2) / 5, (i + 0.7) / 5
        top, bottom = 0.42 + 0.58 * near**1.6, 0.42 + 0.58 * end**1.6
        wide, wider = 0.004 + 0.014 * near, 0.004 + 0.014 * end
        corners = [
            (0.5 - wide, top),
            (0.5 + wide, top),
            (0.5 + wider, bottom),
            (0.5 - wider, bottom),
        ]
        canvas.polygon(corners, WHITE)
    for thing in sorted(scene.things, key=lambda each: each.near):
        r = 0.05 + 0.11 * thing.near
        canvas.emoji(thing.name, thing.x, 0.42 + 0.52 * thing.near - 0.3 * r, r)
    if scene.light:
        _light(canvas, scene.light)
    if scene.arrow or scene.limit:
        canvas.line((0.14, 0.34, 0.14, 0.62), (120, 120, 125), 0.018)
    if scene.arrow:
        _arrow(canvas, scene.arrow)
    if scene.limit:
        for r, color in ((0.115, COLORS["red"]), (0.085, WHITE)):
            canvas.ellipse((0.14 - r, 0.24 - r, 0.14 + r, 0.24 + r), color)
        canvas.write(scene.limit, 0.14, 0.24, 0.1, widest=0.15)
    return canvas


def _light(canvas: Canvas, lit: str) -> None:
    canvas.line((0.88, 0.4, 0.88, 0.66), (90, 90, 95), 0.018)
    canvas.rectangle((0.8, 0.06, 0.96, 0.44), INK)
    for i, name in enumerate(LIGHTS):
        color = COLORS[name] if name == lit else (80, 80, 84)
        canvas.ellipse((0.83, 0.075 + 0.12 * i, 0.93, 0.175 + 0.12 * i), color)


def _arrow(canvas: Canvas, way: str) -> None:
    canvas.rectangle((0.02, 0.12, 0.26, 0.36), COLORS["blue"])
    if way == "straight":
        canvas.line((0.14, 0.33, 0.14, 0.22), WHITE, 0.032)
        canvas.polygon([(0.14, 0.14), (0.08, 0.23), (0.2, 0.23)], WHITE)
        return
    sign = -1 if way == "left" else 1
    canvas.line((0.14 - sign * 0.09, 0.24, 0.14 + sign * 0.02, 0.24), WHITE, 0.032)
    tip = 0.14 + sign * 0.1
    canvas.polygon([(tip, 0.24), (tip - sign * 0.09, 0.18), (tip - sign * 0.09, 0.3)], WHITE)
