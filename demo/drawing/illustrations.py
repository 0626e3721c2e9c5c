"""Pictures beyond the training scenes, for benchmark categories of their own; the same canvas, colours and emoji."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageEnhance, ImageFilter

from demo.drawing.canvas import INK, Canvas, outline
from demo.drawing.catalog import COLORS, RGB

WOOD: RGB = (176, 128, 80)


def portrait(rng: random.Random, size: int, name: str) -> Canvas:
    """Draw one large emoji, hardly turned."""
    canvas = Canvas(rng, size, light=True)
    r = rng.uniform(0.3, 0.36)
    x, y = rng.uniform(0.42, 0.58), rng.uniform(0.42, 0.58)
    canvas.emoji(name, x, y, r, angle=rng.uniform(-6, 6))
    return canvas


def row(rng: random.Random, size: int, names: Sequence[str], r: float | None = None) -> Canvas:
    """Draw up to four emoji side by side, evenly spaced, in the given order."""
    canvas = Canvas(rng, size, light=True)
    step = 1 / len(names)
    radius = r or min(0.22, 0.42 * step)
    for i, name in enumerate(names):
        canvas.emoji(name, (i + 0.5) * step, 0.5 + rng.uniform(-0.05, 0.05), radius)
    return canvas


def group(rng: random.Random, size: int, names: Sequence[str]) -> Canvas:
    """Scatter up to four emoji, one in each quarter."""
    canvas = Canvas(rng, size, light=True)
    quarters = [(0.27, 0.27), (0.73, 0.27), (0.27, 0.73), (0.73, 0.73)]
    rng.shuffle(quarters)
    for (x, y), name in zip(quarters, names, strict=False):
        spread = (rng.uniform(-0.04, 0.04), rng.uniform(-0.04, 0.04))
        canvas.emoji(name, x + spread[0], y + spread[1], 0.18, angle=rng.uniform(-10, 10))
    return canvas


def unequal(rng: random.Random, size: int, *, large: str, small: str) -> Canvas:
    """Draw two emoji side by side, one more than twice as large as the other, on either side."""
    canvas = Canvas(rng, size, light=True)
    left = rng.random() < 0.5
    canvas.emoji(large, 0.3 if left else 0.7, 0.5 + rng.uniform(-0.06, 0.06), 0.25)
    canvas.emoji(small, 0.78 if left else 0.22, 0.5 + rng.uniform(-0.06, 0.06), 0.11)
    return canvas


@dataclass(frozen=True)
class Landscape:
    """A sky, a ground that begins at ``horizon``, what stands on the ground and what hangs in the sky."""

    sky: RGB
    ground: RGB
    standing: tuple[str, ...]
    hanging: tuple[str, ...] = ()
    horizon: float = 0.6


def landscape(rng: random.Random, size: int, place: Landscape) -> Canvas:
    """Draw a landscape with its things at random places side by side."""
    canvas = Canvas(rng, size, background=place.sky)
    canvas.rectangle((0, place.horizon, 1, 1), place.ground)
    for names, low, high, r in (
        (place.hanging, 0.16, 0.2, 0.11),
        (place.standing, place.horizon, place.horizon + 0.1, 0.16),
    ):
        order = list(names)
        rng.shuffle(order)
        for i, name in enumerate(order):
            x = (i + 0.5) / len(order) + rng.uniform(-0.03, 0.03)
            canvas.emoji(name, x, rng.uniform(low, high), r)
    return canvas


FILLINGS = ("solid color", "outlines only", "stripes", "dots")


def filled_shapes(rng: random.Random, size: int, filling: str) -> Canvas:
    """Draw four shapes in one of ``FILLINGS``."""
    canvas = Canvas(rng, size, light=True)
    kinds = rng.sample(["circle", "square", "triangle", "diamond"], 4)
    places = [(0.28, 0.28), (0.72, 0.28), (0.28, 0.72), (0.72, 0.72)]
    for kind, (x, y) in zip(kinds, places, strict=True):
        color = rng.choice(["red", "blue", "green", "purple", "orange"])
        stencil = _stencil(canvas, kind, x, y, 0.17)
        ink = Image.new("RGB", canvas.image.size, COLORS[color])
        if filling in ("stripes", "dots"):
            stencil = Image.composite(
                _pattern(canvas, filling), Image.new("L", stencil.size, 0), stencil
            )
        elif filling == "outlines only":
            inner = _stencil(canvas, kind, x, y, 0.13)
            stencil.paste(0, mask=inner)
        canvas.image.paste(ink, mask=stencil)
    return canvas


def _stencil(canvas: Canvas, kind: str, x: float, y: float, r: float) -> Image.Image:
    mask = Image.new("L", canvas.image.size, 0)
    pen, w = ImageDraw.Draw(mask), canvas.width
    if kind == "circle":
        pen.ellipse([(x - r) * w, (y - r) * w, (x + r) * w, (y + r) * w], fill=255)
    else:
        pen.polygon([(px * w, py * w) for px, py in outline(kind, x, y, r, 0)], fill=255)
    return mask


def _pattern(canvas: Canvas, filling: str) -> Image.Image:
    mask = Image.new("L", canvas.image.size, 0)
    pen, step = ImageDraw.Draw(mask), canvas.pixels(0.055)
    for x in range(0, canvas.width, step):
        if filling == "stripes":
            pen.rectangle([x, 0, x + step // 2, canvas.width], fill=255)
            continue
        for y in range(0, canvas.width, step):
            pen.ellipse([x, y, x + step * 0.6, y + step * 0.6], fill=255)
    return mask


FLAWS = ("it is blurred", "it is noisy", "it is too dark", "it is too bright")


def spoil(rng: random.Random, picture: Image.Image, flaw: str) -> Image.Image:
    """Return the picture with one of ``FLAWS``."""
    if flaw == "it is blurred":
        return picture.filter(ImageFilter.GaussianBlur(picture.width / 36))
    if flaw == "it is too dark":
        return ImageEnhance.Brightness(picture).enhance(0.22)
    if flaw == "it is too bright":
        return Image.blend(picture, Image.new("RGB", picture.size, "white"), 0.78)
    speckle = Image.frombytes("L", picture.size, rng.randbytes(picture.width * picture.height))
    return Image.blend(picture, speckle.convert("RGB"), 0.5)


def blurred_half(picture: Image.Image, side: str) -> Image.Image:
    """Return the picture with its ``left`` or ``right`` half blurred."""
    half = picture.width // 2
    box = (0, 0, half, picture.height) if side == "left" else (half, 0, *picture.size)
    spoiled = picture.copy()
    spoiled.paste(picture.filter(ImageFilter.GaussianBlur(picture.width / 32)).crop(box), box)
    return spoiled


BALL_PLACES = {
    "on the box": (0.5, 0.285),
    "inside the box": (0.5, 0.585),
    "beside the box": (0.14, 0.645),
}


def ball_and_box(rng: random.Random, size: int, place: str) -> Canvas:
    """Draw an open box on the floor and a ball at one of ``BALL_PLACES`` or ``under the box``."""
    canvas = Canvas(rng, size, light=True)
    canvas.rectangle((0, 0.78, 1, 1), (205, 190, 165))
    lift = 0.26 if place == "under the box" else 0.0
    left, top, right, bottom = 0.31, 0.41 - lift, 0.69, 0.775 - lift
    canvas.rectangle((left, top, right, bottom), WOOD)
    canvas.rectangle((left + 0.035, top + 0.035, right - 0.035, bottom - 0.035), (232, 212, 180))
    if lift:
        for x in (left, right):
            canvas.line((x, bottom, x, 0.775), INK, 0.02)
    x, y = BALL_PLACES.get(place, (0.5, 0.65))
    canvas.shape("circle", x, y, 0.115, rng.choice(["red", "blue", "green", "purple"]))
    return canvas


def overlapping(
    rng: random.Random, size: int, back: tuple[str, str], front: tuple[str, str]
) -> Canvas:
    """Draw two (shape, colour) pairs, the second one partly over the first."""
    canvas = Canvas(rng, size, light=True)
    direction = rng.uniform(0, 2 * math.pi)
    dx, dy = 0.1 * math.cos(direction), 0.1 * math.sin(direction)
    canvas.shape(back[0], 0.5 - dx, 0.5 - dy, 0.2, back[1])
    canvas.shape(front[0], 0.5 + dx, 0.5 + dy, 0.17, front[1])
    return canvas


def slope(rng: random.Random, size: int, falls_to: str) -> Canvas:
    """Draw a ball on a plank that falls to the ``left`` or ``right``, or lies ``flat``."""
    canvas = Canvas(rng, size, light=True)
    drop = {"left": -1, "flat": 0, "right": 1}[falls_to] * rng.uniform(0.1, 0.17)
    left, right = 0.66 - drop, 0.66 + drop
    canvas.polygon([(0.06, left), (0.94, right), (0.94, 0.95), (0.06, 0.95)], WOOD)
    x, r = rng.uniform(0.42, 0.58), 0.085
    surface = left + (right - left) * (x - 0.06) / 0.88
    y = surface - r / math.cos(math.atan2(right - left, 0.88))
    canvas.shape("circle", x, y, r, rng.choice(["red", "blue", "green", "purple"]))
    return canvas


def sequence(rng: random.Random, size: int, kinds: Sequence[str], colors: Sequence[str]) -> Canvas:
    """Draw five shapes in a line and a question mark where the sixth would be."""
    canvas = Canvas(rng, size, light=True)
    for i, (kind, color) in enumerate(zip(kinds, colors, strict=True)):
        canvas.shape(kind, (i + 0.5) / 6, 0.5, 0.062, color)
    canvas.write("?", 5.5 / 6, 0.5, 0.15)
    return canvas


def table(rng: random.Random, size: int, rows: Sequence[tuple[str, int]]) -> Canvas:
    """Draw a table of two columns, one (name, number) a row."""
    canvas = Canvas(rng, size, light=True)
    height = 0.84 / len(rows)
    left, middle, right = 0.05, 0.65, 0.95
    for i, (name, number) in enumerate(rows):
        y = 0.08 + (i + 0.5) * height
        canvas.write(name, (left + middle) / 2, y, 0.11)
        canvas.write(str(number), (middle + right) / 2, y, 0.11)
    for i in range(len(rows) + 1):
        canvas.line((left, 0.08 + i * height, right, 0.08 + i * height), INK, 0.008)
    for x in (left, middle, right):
        canvas.line((x, 0.08, x, 0.92), INK, 0.008)
    return canvas
