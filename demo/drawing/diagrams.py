"""Labelled charts, tables, maps, geometry and film strips: what people read, on the same canvas as all else."""

from __future__ import annotations

import math
import random
import textwrap
from collections.abc import Mapping, Sequence

from PIL import Image, ImageDraw

from demo.drawing.canvas import INK, Canvas, Point
from demo.drawing.catalog import COLORS, RGB
from demo.drawing.glyphs import font

PAPER: RGB = (252, 252, 248)
GRID: RGB = (208, 208, 205)
SEA: RGB = (196, 220, 240)
PALETTE = ("blue", "orange", "green", "red", "purple", "pink", "yellow")


def sheet(rng: random.Random, size: int, title: str = "") -> Canvas:
    """Return a sheet of paper with a heading."""
    canvas = Canvas(rng, size, background=PAPER)
    if title:
        canvas.write(title, 0.5, 0.065, 0.07, widest=0.94)
    return canvas


def bar_chart(
    rng: random.Random,
    size: int,
    title: str,
    values: Mapping[str, float],
    colors: Sequence[str] = PALETTE,
) -> Canvas:
    """Draw a bar a value, from zero, with its name below and its number above."""
    canvas = sheet(rng, size, title)
    base, top = 0.86, 0.22
    step, largest = 0.9 / len(values), max(values.values())
    for i in range(4):
        y = base - (base - top) * (i + 1) / 4
        canvas.line((0.06, y, 0.96, y), GRID, 0.004)
    for i, (name, value) in enumerate(values.items()):
        x, height = 0.06 + (i + 0.5) * step, (base - top) * value / largest
        box = (x - 0.32 * step, base - height, x + 0.32 * step, base)
        canvas.rectangle(box, COLORS[colors[i % len(colors)]])
        canvas.write(f"{value:g}", x, base - height - 0.035, 0.05, widest=step)
        canvas.write(name, x, base + 0.055, 0.05, widest=step * 0.94)
    canvas.line((0.06, base, 0.96, base), INK, 0.01)
    return canvas


def pie_chart(
    rng: random.Random,
    size: int,
    title: str,
    shares: Mapping[str, float],
    colors: Sequence[str] = PALETTE,
) -> Canvas:
    """Draw a slice a share (any positive numbers), with names and numbers in a legend below."""
    canvas = sheet(rng, size, title)
    total, angle, r = sum(shares.values()), -90.0, 0.29
    for i, (name, share) in enumerate(shares.items()):
        color, end = COLORS[colors[i % len(colors)]], angle + 360 * share / total
        canvas.slice((0.5 - r, 0.43 - r, 0.5 + r, 0.43 + r), angle, end, color)
        angle = end
        x, y = 0.08 + 0.47 * (i % 2), 0.82 + 0.09 * (i // 2)
        canvas.rectangle((x, y - 0.025, x + 0.05, y + 0.025), color)
        canvas.write(f"{name} {share:g}", x + 0.08, y, 0.055, widest=0.38, anchor="lm")
    return canvas


def line_chart(
    rng: random.Random,
    size: int,
    title: str,
    series: Mapping[str, Sequence[float]],
    ticks: Sequence[str] = (),
) -> Canvas:
    """Draw one line a series over evenly spaced ticks, from zero up, named at its end."""
    canvas = sheet(rng, size, title)
    left, right, base, top = 0.08, 0.76, 0.86, 0.16
    largest = max(max(values) for values in series.values()) * 1.05
    for i in range(1, 5):
        y = base - (base - top) * i / 4
        canvas.line((left, y, right, y), GRID, 0.004)
    for color, (name, values) in zip(PALETTE, series.items(), strict=False):
        points = [
            (left + (right - left) * i / (len(values) - 1), base - (base - top) * v / largest)
            for i, v in enumerate(values)
        ]
        canvas.path(points, COLORS[color], 0.018)
        canvas.write(name, points[-1][0] + 0.02, points[-1][1], 0.055, widest=0.21, anchor="lm")
    for i, tick in enumerate(ticks):
        x = left + (right - left) * i / (len(ticks) - 1)
        canvas.write(tick, x, base + 0.05, 0.05, widest=0.9 / len(ticks))
    canvas.line((left, base, right, base), INK, 0.01)
    canvas.line((left, top - 0.03, left, base), INK, 0.01)
    return canvas


def table(rng: random.Random, size: int, title: str, rows: Sequence[Sequence[str]]) -> Canvas:
    """Draw rows of equally many cells; the first row is the head."""
    canvas = sheet(rng, size, title)
    top, bottom, left, right = 0.14 if title else 0.05, 0.95, 0.04, 0.96
    height = min(0.15, (bottom - top) / len(rows))
    width = (right - left) / len(rows[0])
    canvas.rectangle((left, top, right, top + height), (212, 224, 240))
    for i, row in enumerate(rows):
        y = top + (i + 0.5) * height
        for j, cell in enumerate(row):
            canvas.write(
                cell, left + (j + 0.5) * width, y, min(0.06, height * 0.5), widest=0.9 * width
            )
    for i in range(len(rows) + 1):
        y = top + i * height
        canvas.line((left, y, right, y), INK, 0.006)
    for j in range(len(rows[0]) + 1):
        x = left + j * width
        canvas.line((x, top, x, top + height * len(rows)), INK, 0.006)
    return canvas


def tile_map(
    rng: random.Random, size: int, title: str, places: Mapping[str, tuple[int, int]]
) -> Canvas:
    """Draw a map whose places are tiles at (column, row), north at the top."""
    canvas = Canvas(rng, size, background=SEA)
    canvas.write(title, 0.46, 0.065, 0.07, widest=0.8)
    columns = 1 + max(column for column, _ in places.values())
    rows = 1 + max(row for _, row in places.values())
    step = min(0.94 / columns, 0.82 / rows)
    left, top = 0.5 - step * columns / 2, 0.56 - step * rows / 2
    lands = ((222, 205, 160), (200, 215, 165), (235, 215, 190), (210, 200, 215))
    for name, (column, row) in places.items():
        x, y = left + column * step, top + row * step
        fill = lands[(column + 2 * row) % len(lands)]
        canvas.rectangle((x + 0.006, y + 0.006, x + step - 0.006, y + step - 0.006), fill)
        canvas.write(name, x + step / 2, y + step / 2, 0.06, widest=step * 0.88)
    canvas.write("N", 0.93, 0.05, 0.06)
    canvas.polygon([(0.93, 0.09), (0.905, 0.15), (0.93, 0.135), (0.955, 0.15)], INK)
    return canvas


def sign(rng: random.Random, size: int, lines: Sequence[str], color: str = "blue") -> Canvas:
    """Draw a board with up to six lines of white text."""
    canvas = Canvas(rng, size, light=True)
    canvas.rectangle((0.47, 0.44, 0.53, 1), (120, 120, 125))
    half = min(0.4, 0.1 + 0.075 * len(lines))
    canvas.rectangle((0.04, 0.44 - half, 0.96, 0.44 + half), COLORS[color])
    step = min(0.2, (2 * half - 0.06) / len(lines))
    for i, text in enumerate(lines):
        y = 0.44 + (i - (len(lines) - 1) / 2) * step
        canvas.write(text, 0.5, y, min(0.13, step * 0.75), (255, 255, 255), widest=0.84)
    return canvas


def triangle(rng: random.Random, size: int, sides: Sequence[str], title: str = "") -> Canvas:
    """Draw a triangle with a right angle at the lower left; ``sides``: its base, its height, its long side."""
    canvas = sheet(rng, size, title)
    corners = [(0.2, 0.82), (0.84, 0.82), (0.2, 0.26)]
    canvas.path([*corners, corners[0]], COLORS["blue"], 0.016)
    canvas.write(sides[0], 0.5, 0.89, 0.075, widest=0.6)
    canvas.write(sides[1], 0.11, 0.54, 0.075, widest=0.18)
    canvas.write(sides[2], 0.62, 0.48, 0.075, widest=0.4)
    return canvas


def angle(rng: random.Random, size: int, degrees: float) -> Canvas:
    """Draw two arms that enclose an angle, the lower one level."""
    canvas = sheet(rng, size)
    x, y = 0.25 if degrees <= 90 else 0.5, 0.8
    canvas.line((x, y, 0.92, y), INK, 0.018)
    turn = math.radians(degrees)
    canvas.line((x, y, x + 0.62 * math.cos(turn), y - 0.62 * math.sin(turn)), INK, 0.018)
    arc = [math.radians(degrees * i / 16) for i in range(17)]
    canvas.path(
        [(x + 0.2 * math.cos(a), y - 0.2 * math.sin(a)) for a in arc],
        COLORS["red"],
        0.014,
    )
    return canvas


def dots(rng: random.Random, size: int, columns: int, rows: int, missing: int = 0) -> Canvas:
    """Draw a grid of dots, the last ``missing`` of them left out."""
    canvas = sheet(rng, size)
    color = COLORS[rng.choice(("red", "blue", "green"))]
    step = 0.84 / max(columns, rows)
    r = 0.3 * step
    for i in range(columns * rows - missing):
        x = 0.5 + (i % columns - (columns - 1) / 2) * step
        y = 0.5 + (i // columns - (rows - 1) / 2) * step
        canvas.ellipse((x - r, y - r, x + r, y + r), color)
    return canvas


def boxes(
    rng: random.Random,
    size: int,
    title: str,
    places: Mapping[str, Point],
    arrows: Sequence[tuple[str, str]] = (),
) -> Canvas:
    """Draw named boxes centred at their places, and arrows from box to box."""
    canvas = sheet(rng, size, title)
    for start, end in arrows:
        _arrow(canvas, places[start], places[end])
    for name, (x, y) in places.items():
        canvas.rectangle((x - 0.145, y - 0.065, x + 0.145, y + 0.065), INK)
        canvas.rectangle((x - 0.137, y - 0.057, x + 0.137, y + 0.057), (255, 240, 205))
        canvas.write(name, x, y, 0.055, widest=0.25)
    return canvas


def _arrow(canvas: Canvas, start: Point, end: Point) -> None:
    """Draw an arrow between the middles of two boxes, its head in the middle of the way."""
    (x1, y1), (x2, y2) = start, end
    canvas.line((x1, y1, x2, y2), INK, 0.01)
    turn = math.atan2(y2 - y1, x2 - x1)
    x, y = x1 + 0.56 * (x2 - x1), y1 + 0.56 * (y2 - y1)
    head = [(x, y)]
    for side in (2.6, -2.6):
        head.append((x + 0.05 * math.cos(turn + side), y + 0.05 * math.sin(turn + side)))
    canvas.polygon(head, INK)


def frames(pictures: Sequence[Image.Image]) -> Image.Image:
    """Join four frames of a film, numbered, in two rows: one picture, as large as a frame."""
    side = pictures[0].width
    half = side // 2
    film = Image.new("RGB", (side, side), (30, 30, 34))
    for i, picture in enumerate(pictures):
        inner = half - side // 32
        corner = ((i % 2) * half + side // 64, (i // 2) * half + side // 64)
        film.paste(picture.resize((inner, inner), Image.Resampling.LANCZOS), corner)
        tag = Canvas(random.Random(0), side // 12, background=(30, 30, 34))
        tag.write(str(i + 1), 0.5, 0.5, 0.7, (255, 255, 255))
        film.paste(tag.picture(), corner)
    return film


def printed(lines: Sequence[str], width: int, picture: Image.Image | None = None) -> Image.Image:
    """Return a white page with a picture, if any, and the lines below it, broken where they are too long."""
    height = width // 24
    face, broken = font("DejaVuSans.ttf", height), []
    for line in lines:
        broken += textwrap.wrap(line, int(0.93 * width / face.getlength("e"))) or [""]
    top = height + (picture.height if picture else 0)
    page = Image.new("RGB", (width, top + int(1.4 * height * len(broken)) + height), "white")
    if picture:
        page.paste(picture, ((width - picture.width) // 2, height // 2))
    pen = ImageDraw.Draw(page)
    for i, line in enumerate(broken):
        pen.text((height, top + int(1.4 * height * i)), line, font=face, fill=INK)
    return page


def swatches(rng: random.Random, size: int, colors: Sequence[str]) -> Canvas:
    """Draw up to six fields of colour side by side."""
    canvas = sheet(rng, size)
    step = 0.92 / len(colors)
    for i, color in enumerate(colors):
        left = 0.04 + i * step
        canvas.rectangle((left + 0.012, 0.3, left + step - 0.012, 0.7), COLORS[color])
    return canvas


def staff(rng: random.Random, size: int, steps: Sequence[int]) -> Canvas:
    """Draw five lines and a quarter note a step; step 0 is the lowest line, 1 the space above it, and so on."""
    canvas = sheet(rng, size)
    gap = 0.075
    for i in range(5):
        canvas.line((0.05, 0.65 - gap * i, 0.95, 0.65 - gap * i), INK, 0.007)
    for i, step in enumerate(steps):
        x, y = 0.14 + 0.76 * (i + 0.5) / len(steps), 0.65 - gap * step / 2
        canvas.ellipse((x - 0.045, y - 0.034, x + 0.045, y + 0.034), INK)
        canvas.line((x + 0.039, y, x + 0.039, y - 0.24), INK, 0.011)
    return canvas


def ring(rng: random.Random, size: int, corners: int, group: str, doubles: int = 0) -> Canvas:
    """Draw a ring of atoms as chemists do: a polygon, every other side double, and a group at its top."""
    canvas = sheet(rng, size)
    places = [
        (0.5 + r * math.cos(turn), 0.56 + r * math.sin(turn))
        for r in (0.27, 0.22)
        for turn in (2 * math.pi * i / corners - math.pi / 2 for i in range(corners))
    ]
    outer, inner = places[:corners], places[corners:]
    canvas.path([*outer, outer[0]], INK, 0.014)
    for i in range(doubles):
        start, end = inner[2 * i % corners], inner[(2 * i + 1) % corners]
        canvas.line((*start, *end), INK, 0.014)
    canvas.line((0.5, 0.29, 0.5, 0.17), INK, 0.014)
    canvas.write(group, 0.5, 0.11, 0.1, COLORS["red"])
    return canvas


def gauge(rng: random.Random, size: int, title: str, low: int, high: int, value: float) -> Canvas:
    """Draw a scale from ``low`` to ``high`` with a hand that points at ``value``."""
    canvas = sheet(rng, size, title)
    x, y, r = 0.5, 0.7, 0.33
    for i in range(11):
        turn = math.pi * (1 - i / 10)
        dx, dy = math.cos(turn), -math.sin(turn)
        inner = r - (0.07 if i % 5 == 0 else 0.04)
        canvas.line((x + inner * dx, y + inner * dy, x + r * dx, y + r * dy), INK, 0.012)
        if i % 5 == 0:
            number = f"{low + (high - low) * i / 10:g}"
            canvas.write(number, x + (r + 0.07) * dx, y + (r + 0.06) * dy, 0.06)
    turn = math.pi * (1 - (value - low) / (high - low))
    canvas.line((x, y, x + 0.27 * math.cos(turn), y - 0.27 * math.sin(turn)), COLORS["red"], 0.022)
    canvas.ellipse((x - 0.035, y - 0.035, x + 0.035, y + 0.035), INK)
    return canvas


def lever(
    rng: random.Random, size: int, left: tuple[str, float], right: tuple[str, float]
) -> Canvas:
    """Draw a beam on a pivot; each side has a weight's name and its distance from the pivot (at most 4)."""
    canvas = sheet(rng, size)
    canvas.line((0.06, 0.6, 0.94, 0.6), INK, 0.02)
    canvas.polygon([(0.5, 0.61), (0.43, 0.76), (0.57, 0.76)], COLORS["orange"])
    for i in range(-4, 5):
        canvas.line((0.5 + 0.1 * i, 0.6, 0.5 + 0.1 * i, 0.63), INK, 0.008)
    for sign, (name, distance) in ((-1, left), (1, right)):
        x = 0.5 + sign * 0.1 * distance
        canvas.rectangle((x - 0.09, 0.44, x + 0.09, 0.59), COLORS["blue"])
        canvas.write(name, x, 0.515, 0.06, (255, 255, 255), widest=0.16)
        canvas.write(f"{distance:g} m", x, 0.68, 0.05)
    return canvas
