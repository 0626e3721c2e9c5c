"""What charts are made of: places on an axis and of labels, for an SVG of x in percent of its width and y in pixels, so that text never scales. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

HEIGHT = 260
"""CSS pixels of the plot's area."""
ASSUMED_WIDTH = 440
"""CSS pixels by which labels are kept apart. On a wider plot they have more room."""
LETTER, LINE = 6.2, 14
"""CSS pixels that a label's letter and its line take. A Chinese letter takes twice as much."""
MOST_TICKS = 6


@dataclass(frozen=True, slots=True)
class Tick:
    """A number on an axis and its place: percent on x, pixels on y."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Axis:
    """A range between two round numbers. ``size`` is its length; ``flipped``: it begins at that end."""

    low: float
    high: float
    step: float
    size: float
    flipped: bool = False

    @classmethod
    def around(cls, values: Iterable[float], *, size: float, flipped: bool = False) -> Axis:
        """Return an axis that holds all values, with a round step between at most MOST_TICKS ticks.

        Raises ValueError without a value.
        """
        known = list(values)
        low, high = min(known), max(known)
        step = _round_step(max(high - low, 0.02) / (MOST_TICKS - 2))
        first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
        return cls(step * first, step * max(last, first + 1), step, size, flipped)

    def place(self, value: float) -> float:
        """Return where a value stands, from 0 to ``size``."""
        share = (value - self.low) / (self.high - self.low)
        return round(self.size * (1 - share if self.flipped else share), 1)

    def ticks(self, write: Callable[[float], str]) -> list[Tick]:
        """Return the round numbers of the axis."""
        steps = round((self.high - self.low) / self.step)
        values = [self.low + number * self.step for number in range(steps + 1)]
        return [Tick(self.place(value), write(value)) for value in values]


def _round_step(least: float) -> float:
    """Return the smallest of 1, 2, 5 times a power of ten that is at least ``least``."""
    power: float = 10.0 ** math.floor(math.log10(least))
    return next(m * power for m in (1, 2, 5, 10) if m * power >= least * (1 - 1e-9))


@dataclass(frozen=True, slots=True)
class Label:
    """Where a point's label stands beside it, in pixels; ``anchor`` is SVG's."""

    dx: float
    dy: float
    anchor: str


_SIDES = (Label(10, 4, "start"), Label(-10, 4, "end"), Label(0, -10, "middle"), Label(0, 20, "middle"))  # fmt: skip
_Box = tuple[float, float, float, float]


def labels(points: Sequence[tuple[float, float, str]], taken: Iterable[_Box] = ()) -> list[Label | None]:  # fmt: skip
    """Return for each point (x in percent, y in pixels, text) a side where its label covers no other, or None.

    Points earlier in the sequence choose first. ``taken`` are further boxes (left, top, right, bottom) in pixels.
    """
    places = [(x / 100 * ASSUMED_WIDTH, y, text) for x, y, text in points]
    boxes = [*taken, *((x - 6, y - 6, x + 6, y + 6) for x, y, _ in places)]
    chosen: list[Label | None] = []
    for x, y, text in places:
        own = (x - 6, y - 6, x + 6, y + 6)
        side = next((s for s in _SIDES if _fits(_box(x, y, text, s), boxes, own)), None)
        chosen.append(side)
        if side:
            boxes.append(_box(x, y, text, side))
    return chosen


def _box(x: float, y: float, text: str, side: Label) -> _Box:
    width = LETTER * sum(2 if ord(letter) > 0x2E7F else 1 for letter in text)
    left = x + side.dx - {"start": 0.0, "middle": width / 2, "end": width}[side.anchor]
    bottom = y + side.dy + 3
    return left, bottom - LINE, left + width, bottom


def _fits(box: _Box, boxes: Iterable[_Box], own: _Box) -> bool:
    left, top, right, bottom = box
    if left < 0 or right > ASSUMED_WIDTH + 12 or top < -12 or bottom > HEIGHT:
        return False
    return not any(
        left < b[2] and right > b[0] and top < b[3] and bottom > b[1] for b in boxes if b != own
    )
