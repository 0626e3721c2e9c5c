"""A square canvas with coordinates from 0 to 1, drawn at twice the size and reduced at the end.

Beside the picture it keeps two planes of labels (kind and colour of what is drawn), from which training reads what each
patch shows. Randomness comes only from the ``random.Random`` that is passed in.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from demo.drawing import glyphs
from demo.drawing.catalog import BACKGROUNDS, COLOR_NAMES, COLORS, LIGHT_BACKGROUNDS, RGB
from demo.drawing.labels import color_id, kind_id

TRAINING_SIZE = 128
"""Pixels on a side of the pictures that the toy model is trained on."""
INK: RGB = (45, 45, 55)
TEXT_FONT = "DejaVuSans-Bold.ttf"
_OVERSAMPLING = 2
_NOISE = 8
Point = tuple[float, float]
Box = tuple[float, float, float, float]


def jitter(color: RGB, rng: random.Random, amount: int = 18) -> RGB:
    """Return ``color`` with each channel moved by at most ``amount``."""
    red, green, blue = (max(0, min(255, v + rng.randint(-amount, amount))) for v in color)
    return red, green, blue


@dataclass(frozen=True)
class Mark:
    """A thing on the canvas: its centre and radius, what it is, and its colour where it has one."""

    x: float
    y: float
    r: float
    kind: str
    color: str = ""


@dataclass
class Canvas:
    """``size`` is the side of the finished picture in pixels; ``background`` None means a random one."""

    rng: random.Random
    size: int = TRAINING_SIZE
    light: bool = False
    background: RGB | None = None
    marks: list[Mark] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.width = self.size * _OVERSAMPLING
        base = self.background or self.rng.choice(LIGHT_BACKGROUNDS if self.light else BACKGROUNDS)
        self.brightness = sum(base) / 3
        side = (self.width, self.width)
        self.image = Image.new("RGB", side, jitter(base, self.rng, 8))
        self.kinds = Image.new("L", side, 0)
        self.colors = Image.new("L", side, 0)
        self.pen = ImageDraw.Draw(self.image)
        self._kind_pen = ImageDraw.Draw(self.kinds)
        self._color_pen = ImageDraw.Draw(self.colors)

    def visible_colors(self) -> list[str]:
        """Return the colours that stand out from the background."""
        return [
            name
            for name in COLOR_NAMES
            if not (name == "white" and self.brightness > 150)
            and not (name == "black" and self.brightness < 110)
        ]

    def free_spot(self, r: float) -> Point | None:
        """Return a random centre where a thing of radius ``r`` touches no mark, or None when 60 tries fail."""
        for _ in range(60):
            x, y = (
                self.rng.uniform(r * 1.25, 1 - r * 1.25),
                self.rng.uniform(r * 1.25, 1 - r * 1.25),
            )
            if all(math.hypot(x - m.x, y - m.y) > 1.25 * (r + m.r) for m in self.marks):
                return x, y
        return None

    def pixels(self, length: float) -> int:
        """Return a length as whole pixels of the oversampled image, at least one."""
        return max(1, round(length * self.width))

    def _scaled(self, coordinates: Sequence[float]) -> list[float]:
        return [value * self.width for value in coordinates]

    def ellipse(self, box: Box, fill: RGB, kind: str = "", color: str | None = None) -> None:
        scaled = self._scaled(box)
        self.pen.ellipse(scaled, fill=fill)
        self._kind_pen.ellipse(scaled, fill=kind_id(kind))
        self._color_pen.ellipse(scaled, fill=color_id(color))

    def rectangle(self, box: Box, fill: RGB, kind: str = "", color: str | None = None) -> None:
        scaled = self._scaled(box)
        self.pen.rectangle(scaled, fill=fill)
        self._kind_pen.rectangle(scaled, fill=kind_id(kind))
        self._color_pen.rectangle(scaled, fill=color_id(color))

    def polygon(
        self, points: Sequence[Point], fill: RGB, kind: str = "", color: str | None = None
    ) -> None:
        scaled = [(x * self.width, y * self.width) for x, y in points]
        self.pen.polygon(scaled, fill=fill)
        self._kind_pen.polygon(scaled, fill=kind_id(kind))
        self._color_pen.polygon(scaled, fill=color_id(color))

    def slice(
        self,
        box: Box,
        start: float,
        end: float,
        fill: RGB,
        kind: str = "",
        color: str | None = None,
    ) -> None:
        """Draw a pie slice between two angles in degrees, clockwise from three o'clock."""
        scaled = self._scaled(box)
        self.pen.pieslice(scaled, start, end, fill=fill)
        self._kind_pen.pieslice(scaled, start, end, fill=kind_id(kind))
        self._color_pen.pieslice(scaled, start, end, fill=color_id(color))

    def line(
        self, ends: Box, fill: RGB, width: float, kind: str = "", color: str | None = None
    ) -> None:
        """Draw a line; its labels, if it has any, are three times as wide, so that a thin one fills its patches."""
        scaled, thickness = self._scaled(ends), self.pixels(width)
        self.pen.line(scaled, fill=fill, width=thickness)
        if kind:
            self._kind_pen.line(scaled, fill=kind_id(kind), width=3 * thickness)
            self._color_pen.line(scaled, fill=color_id(color), width=3 * thickness)

    def path(self, points: Sequence[Point], fill: RGB, width: float) -> None:
        """Draw a line from point to point, its joints round."""
        for (x1, y1), (x2, y2) in pairwise(points):
            self.line((x1, y1, x2, y2), fill, width)
        for x, y in points[1:-1]:
            self.ellipse((x - width / 2, y - width / 2, x + width / 2, y + width / 2), fill)

    def character(
        self, x: float, y: float, text: str, face: ImageFont.FreeTypeFont, fill: RGB, color: str
    ) -> None:
        """Draw one character with its upper left corner at (x, y)."""
        origin = (x * self.width, y * self.width)
        self.pen.text(origin, text, font=face, fill=fill)
        box = self.pen.textbbox(origin, text, font=face)
        self._kind_pen.rectangle(box, fill=kind_id(text))
        self._color_pen.rectangle(box, fill=color_id(color))

    def write(
        self,
        text: str,
        x: float,
        y: float,
        height: float,
        fill: RGB = INK,
        *,
        widest: float = 1.0,
        anchor: str = "mm",
    ) -> None:
        """Write a bold line of text at (x, y), centred there unless Pillow's ``anchor`` says otherwise.

        A line wider than ``widest`` is written smaller. Text has no labels: it is for people to read.
        """
        pixels = self.pixels(height)
        while pixels > 8 and (glyphs.font(TEXT_FONT, pixels).getlength(text) > widest * self.width):
            pixels = int(pixels * 0.94)
        face = glyphs.font(TEXT_FONT, pixels)
        self.pen.text((x * self.width, y * self.width), text, font=face, fill=fill, anchor=anchor)

    def emoji(
        self, name: str, x: float, y: float, r: float, *, angle: float = 0.0, flip: bool = False
    ) -> None:
        """Paste the emoji called ``name`` centred at (x, y), its longer side 2 r, and remember it as a mark."""
        glyph = glyphs.emoji(name)
        scale = 2 * r * self.width / max(glyph.size)
        side = (max(1, int(glyph.width * scale)), max(1, int(glyph.height * scale)))
        glyph = glyph.resize(side, Image.Resampling.BILINEAR)
        if flip:
            glyph = glyph.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        glyph = glyph.rotate(angle, expand=True, resample=Image.Resampling.BILINEAR)
        corner = (
            int(x * self.width - glyph.width / 2),
            int(y * self.width - glyph.height / 2),
        )
        self.image.paste(glyph, corner, glyph)
        opaque = glyph.getchannel("A").point([255 if alpha > 90 else 0 for alpha in range(256)])
        self.kinds.paste(kind_id(name), corner, opaque)
        self.marks.append(Mark(x, y, r, name))

    def shape(
        self, kind: str, x: float, y: float, r: float, color: str, angle: float | None = None
    ) -> None:
        """Draw one of ``SHAPES`` in a slightly varied ``color``, and remember it as a mark.

        ``angle`` is in degrees; None tilts the shape slightly, at random.
        """
        fill = jitter(COLORS[color], self.rng, 12)
        if kind == "circle":
            self.ellipse((x - r, y - r, x + r, y + r), fill, kind, color)
        else:
            tilt = self.rng.uniform(-12, 12) if angle is None else angle
            self.polygon(outline(kind, x, y, r, tilt), fill, kind, color)
        self.marks.append(Mark(x, y, r, kind, color))

    def array(self) -> NDArray[np.uint8]:
        """Return the finished picture (size, size, 3), in half of all cases with a little noise."""
        reduced = self.image.resize((self.size, self.size), Image.Resampling.BOX)
        pixels = np.asarray(reduced).astype(np.int16)
        if self.rng.random() < 0.5:
            noise = np.random.RandomState(self.rng.randrange(1 << 30))
            pixels = pixels + noise.randint(-_NOISE, _NOISE + 1, pixels.shape)
        return np.clip(pixels, 0, 255).astype(np.uint8)

    def picture(self) -> Image.Image:
        """Return the finished picture without noise."""
        return self.image.resize((self.size, self.size), Image.Resampling.BOX)


def outline(kind: str, x: float, y: float, r: float, angle: float) -> list[Point]:
    """Return the corners of a shape around (x, y), turned by ``angle`` degrees where turning it is no other shape."""
    if kind == "diamond":
        return [(x, y - r * 1.25), (x + r * 0.8, y), (x, y + r * 1.25), (x - r * 0.8, y)]
    if kind == "cross":
        thin, long = r * 0.36, r * 1.05
        arm = [
            (-thin, -long),
            (thin, -long),
            (thin, -thin),
            (long, -thin),
            (long, thin),
            (thin, thin),
        ]
        return [(x + dx, y + dy) for dx, dy in [*arm, *((-dx, -dy) for dx, dy in arm)]]
    corners = {
        "square": [(45 + 90 * i, 1.15) for i in range(4)],
        "triangle": [(-90 + 120 * i, 1.2) for i in range(3)],
        "star": [(-90 + 36 * i, 0.5 if i % 2 else 1.25) for i in range(10)],
    }[kind]
    turned = [(math.radians(degrees + angle), r * reach) for degrees, reach in corners]
    return [(x + d * math.cos(a), y + d * math.sin(a)) for a, d in turned]
