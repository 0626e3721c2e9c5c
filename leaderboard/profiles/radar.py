"""A model's scores as a radar, beside a baseline's: positions for an SVG of fixed proportions. Pure."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext

from leaderboard.core import numbers
from leaderboard.profiles.presenters import Bar

WIDTH, HEIGHT = 420, 316
"""Of the SVG's own coordinates; its text is 12 of them high."""
RADIUS = 108
CENTRE = (WIDTH / 2, HEIGHT / 2)
FEWEST, MOST = 3, 12
"""Spokes. Fewer have no area, more have no room for their names."""
RINGS = (0.25, 0.5, 0.75, 1.0)
GAP, LINE = 14, 13
"""From a spoke's end to its name, and from line to line."""
LETTERS, BROAD_LETTERS = 16, 8
"""Of a name on a line; of a script whose letters are as broad as high, half as many."""

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Spoke:
    """An axis from the centre to 100 %: its end, its name in lines, and the score on it. ``anchor`` is SVG's."""

    x: float
    y: float
    label_x: float
    lines: list[tuple[float, str]]
    anchor: str
    value_x: float
    value_y: float
    known_as: str


@dataclass(frozen=True, slots=True)
class Ring:
    """A share of the scale that all spokes have in common."""

    points: str
    y: float
    label: str


@dataclass(frozen=True, slots=True)
class Radar:
    """``own`` and ``base`` are polygons; ``base`` is empty where the baseline lacks a score."""

    title: str
    width: int
    height: int
    centre: Point
    rings: list[Ring]
    spokes: list[Spoke]
    own: str
    base: str


def radar(bars: Sequence[Bar], title: str) -> Radar | None:
    """Return the scores as a radar; None unless three to twelve of them are known. The scale is 0 to 100 %."""
    known = [(bar, bar.value) for bar in bars if bar.value is not None]
    if not FEWEST <= len(known) <= MOST:
        return None
    angles = [2 * math.pi * i / len(known) for i in range(len(known))]
    own = [_at(angle, value) for angle, (_, value) in zip(angles, known, strict=True)]
    others = [bar.reference for bar, _ in known]
    base = [_at(a, other) for a, other in zip(angles, others, strict=True) if other is not None]
    return Radar(
        title=title,
        width=WIDTH,
        height=HEIGHT,
        centre=CENTRE,
        rings=[
            Ring(_points([_at(a, share) for a in angles]), _at(0, share)[1], numbers.percent(share).removesuffix(".0"))
            for share in RINGS
        ],
        spokes=[
            _spoke(bar, angle, place)
            for (bar, _), angle, place in zip(known, angles, own, strict=True)
        ],
        own=_points(own),
        base=_points(base) if len(base) == len(known) else "",
    )  # fmt: skip


def takeaway(name: str, base: str, of: str, bars: Sequence[Bar]) -> str:
    """Say where the model and its baseline are furthest apart, if that is one place; else only what is shown."""
    apart = [
        (bar.value - bar.reference, bar.title, bar.delta)
        for bar in bars
        if bar.value is not None and bar.reference is not None
    ]
    most = max((abs(difference) for difference, _, _ in apart), default=0.0)
    found = [one for one in apart if abs(one[0]) == most]
    if not base or not most or len(found) != 1:
        return gettext("%(benchmark)s by dimension") % {"benchmark": of}
    difference, place, delta = found[0]
    words = {
        "ahead": name if difference > 0 else base,
        "behind": base if difference > 0 else name,
        "place": place,
        "points": delta.lstrip(f"+{numbers.MINUS}"),
    }
    text = gettext("%(ahead)s is furthest ahead of %(behind)s on %(place)s: %(points)s points")
    return text % words


def _at(angle: float, share: float, beyond: float = 0) -> Point:
    """Return a place on a spoke: ``share`` of its length, and ``beyond`` more. The first spoke points up."""
    length = RADIUS * share + beyond
    x, y = CENTRE
    return round(x + length * math.sin(angle), 1), round(y - length * math.cos(angle), 1)


def _points(places: Sequence[Point]) -> str:
    return " ".join(f"{x},{y}" for x, y in places)


def _spoke(bar: Bar, angle: float, value_at: Point) -> Spoke:
    (x, y), (label_x, label_y) = _at(angle, 1), _at(angle, 1, GAP)
    lines = wrapped(bar.title)
    side = math.sin(angle)
    # The block of lines stands above the spoke's end at the top, below it at the bottom, beside it in between.
    up = (1 + math.cos(angle)) / 2
    first = label_y - up * LINE * (len(lines) - 1) + 4
    told = f"{bar.title}: {bar.cell.value} % {bar.cell.interval}".rstrip()
    return Spoke(
        x=x,
        y=y,
        label_x=label_x,
        lines=[(round(first + LINE * i, 1), line) for i, line in enumerate(lines)],
        anchor="middle" if abs(side) < 0.1 else "start" if side > 0 else "end",
        value_x=value_at[0],
        value_y=value_at[1],
        known_as=told if bar.reference is None else f"{told}, {bar.delta}",
    )


def wrapped(title: str) -> list[str]:
    """Return a name in lines that stand beside a spoke, three at most; what is longer ends in an ellipsis."""
    width = BROAD_LETTERS if any(ord(letter) > 0x2E7F for letter in title) else LETTERS
    return textwrap.wrap(title, width, max_lines=3, placeholder="…") or [title]
