"""The chart of quality against speed, as positions for an SVG. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from uuid import UUID

from django.utils.translation import gettext

from leaderboard.boards.columns import Column
from leaderboard.boards.rows import Row
from leaderboard.boards.serving import limits_of, targets_at
from leaderboard.boards.serving_columns import Conditions
from leaderboard.catalog.labels import engine_title, precision_bits
from leaderboard.core import numbers
from leaderboard.core.charts import HEIGHT, Axis, Label, Tick, labels

_WRITE: dict[str, Callable[[float | None], str]] = {
    "tokens_per_s": numbers.decimal,
    "ttft_ms_p50": numbers.count,
}


@dataclass(frozen=True, slots=True)
class Measured:
    """A configuration that has both a score and a speed. ``low`` and ``high`` are the score's interval."""

    row: Row
    quality: float
    low: float | None
    high: float | None
    speed: float

    @property
    def known_as(self) -> str:
        variant = self.row.run.submission.variant
        return f"{variant.model.name} {variant.get_precision_display()}"

    @property
    def bits(self) -> int:
        return precision_bits(self.row.run.submission.variant.precision_bits)


@dataclass(frozen=True, slots=True)
class Point:
    """A mark: ``x`` in percent, ``y`` in pixels; ``top`` and ``bottom`` are the ends of the interval."""

    run: UUID
    known_as: str
    engine: str
    bits: int
    x: float
    y: float
    top: float
    bottom: float
    quality: str
    interval: str
    speed: str
    missed: bool
    label: Label | None


@dataclass(frozen=True, slots=True)
class Line:
    """Joins two precisions of one model on one engine."""

    x1: float
    y1: float
    x2: float
    y2: float


@dataclass(frozen=True, slots=True)
class SpeedChart:
    """The chart. ``target`` is where the speed's target stands, in percent; None outside of the axis."""

    title: str
    subtitle: str
    height: int
    quality_title: str
    speed_title: str
    points: list[Point]
    lines: list[Line]
    x_ticks: list[Tick]
    y_ticks: list[Tick]
    target: float | None
    target_title: str


def measured(rows: Sequence[Row], quality: Column, conditions: Conditions, speed: str) -> list[Measured]:  # fmt: skip
    """Return the configurations under these conditions that have a score and a speed; no yardsticks."""
    found = []
    for row in rows:
        cell = quality.source(row) or {}
        value, fast = cell.get("value"), conditions.figure(row.serving, speed)
        if (
            value is not None
            and fast is not None
            and not row.run.submission.variant.model.is_baseline
        ):
            found.append(Measured(row, value, cell.get("low"), cell.get("high"), fast))
    return found


def speed_chart(
    found: Sequence[Measured], quality: Column, conditions: Conditions, speed: str
) -> SpeedChart | None:
    """Return the chart of what was measured; None for fewer than two configurations, which compare nothing."""
    if len(found) < 2:
        return None
    x = Axis.around([m.speed for m in found], size=100)
    bounds = [b for m in found for b in (m.low, m.high, m.quality) if b is not None]
    y = Axis.around(bounds, size=HEIGHT, flipped=True)
    sides = labels([(x.place(m.speed), y.place(m.quality), m.known_as) for m in found])
    points = [
        _point(m, x, y, speed, side, conditions) for m, side in zip(found, sides, strict=True)
    ]
    limit = _limit(found, speed)
    return SpeedChart(
        title=takeaway(found, speed),
        subtitle=gettext(
            "%(quality)s in %% with its 95 %% interval, against %(speed)s. On %(conditions)s. Lines join the precisions of one model."
        )
        % {"quality": quality.title, "speed": speed_title(speed), "conditions": conditions.title},
        height=HEIGHT,
        quality_title=gettext("%(quality)s, %%") % {"quality": quality.title},
        speed_title=speed_title(speed),
        points=points,
        lines=_lines(found, points),
        x_ticks=x.ticks(numbers.count if x.step >= 1 else numbers.decimal),
        y_ticks=y.ticks(numbers.percent),
        target=x.place(limit) if limit is not None and x.low <= limit <= x.high else None,
        target_title=gettext("target %(limit)s") % {"limit": numbers.count(limit)},
    )


def speed_title(speed: str) -> str:
    """Return what a speed is called on the axis, with its unit."""
    if speed == "ttft_ms_p50":
        return gettext("time to first token, median, ms")
    return gettext("tokens/s per stream")


def takeaway(found: Sequence[Measured], speed: str) -> str:
    """Return what the points say: which is best, which is fastest, and how far each is behind in the other."""
    best = max(found, key=lambda m: m.quality)
    choose = min if speed == "ttft_ms_p50" else max
    fastest = choose(found, key=lambda m: m.speed)
    if best is fastest:
        return gettext("%(name)s is both the best and the fastest") % {"name": best.known_as}
    slow, fast = sorted((best.speed, fastest.speed))
    words = {
        "fastest": fastest.known_as,
        "best": best.known_as,
        "times": numbers.times(fast / slow if slow else None),
        "points": numbers.percent(best.quality - fastest.quality),
    }
    return (
        gettext(
            "%(fastest)s is the fastest, %(times)s as fast as %(best)s, and %(points)s points behind it"
        )
        % words
    )


def _limit(found: Sequence[Measured], speed: str) -> float | None:
    limits = limits_of(m.row.serving for m in found)
    return limits.get("tokens_per_s") if speed == "tokens_per_s" else None


def _point(
    m: Measured, x: Axis, y: Axis, speed: str, side: Label | None, conditions: Conditions
) -> Point:
    held = targets_at(m.row.serving, conditions.streams)
    return Point(
        run=m.row.run.public_id,
        known_as=m.known_as,
        engine=engine_title(m.row.run.submission.variant.engine),
        bits=m.bits,
        x=x.place(m.speed),
        y=y.place(m.quality),
        top=y.place(m.quality if m.high is None else m.high),
        bottom=y.place(m.quality if m.low is None else m.low),
        quality=numbers.percent(m.quality),
        interval=numbers.interval(m.low, m.high),
        speed=_WRITE[speed](m.speed),
        missed=bool(held.missed),
        label=side,
    )


def _lines(found: Sequence[Measured], points: Sequence[Point]) -> list[Line]:
    def place(pair: tuple[Measured, Point]) -> tuple[int, str]:
        variant = pair[0].row.run.submission.variant
        return variant.model_id or 0, variant.engine

    lines = []
    for _, group in groupby(sorted(zip(found, points, strict=True), key=place), key=place):
        ordered = sorted(group, key=lambda pair: -pair[0].bits)
        lines += [Line(a.x, a.y, b.x, b.y) for (_, a), (_, b) in pairwise(ordered)]
    return lines
