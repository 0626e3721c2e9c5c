"""One cell of a board: its text, its shade and where its interval stands. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext

from leaderboard.boards.columns import Column, Kind
from leaderboard.boards.rows import Cell, Row
from leaderboard.core import numbers

SHADES = 7


@dataclass(frozen=True, slots=True)
class CellView:
    """A cell. ``style`` holds positions in percent of the column's own range; ``shade`` is 1 to 7, or None.

    ``title`` is said of it on demand: the interval, or which targets are missed. ``ok`` is None where nothing judges.
    ``corrected`` is what was computed where a reviewer has corrected the value.
    """

    text: str
    kind: str
    style: str = ""
    shade: int | None = None
    title: str = ""
    ok: bool | None = None
    corrected: str = ""


@dataclass(frozen=True, slots=True)
class Scale:
    """A column's own range: of its values (for shades) and of its intervals (for positions)."""

    least: float
    most: float
    low: float
    high: float

    @classmethod
    def of(cls, column: Column, rows: Sequence[Row]) -> Scale:
        cells = [cell for row in rows if (cell := column.source(row)) and cell["value"] is not None]
        values = [cell["value"] for cell in cells] or [0.0]
        bounds = [
            bound
            for cell in cells
            for name in ("low", "high")
            if (bound := cell.get(name)) is not None
        ]
        return cls(min(values), max(values), min(values + bounds), max(values + bounds))

    def shade(self, value: float) -> int | None:
        """The shade from 1 (lowest of the column) to 7; None where all values are equal."""
        if self.most <= self.least:
            return None
        share = (value - self.least) / (self.most - self.least)
        return 1 + min(SHADES - 1, int(share * SHADES))

    def whisker(self, value: float, low: float | None, high: float | None) -> str:
        """Custom properties with the value and its interval in percent of the column's range."""
        names = (
            ("v", value),
            ("lo", value if low is None else low),
            ("hi", value if high is None else high),
        )
        return ";".join(f"--{name}:{self._place(number):.1f}" for name, number in names)

    def _place(self, value: float) -> float:
        span = self.high - self.low
        return 50.0 if span <= 0 else 100 * (value - self.low) / span

    def bar(self, value: float) -> str:
        """A custom property with the value's size relative to the column's largest."""
        largest = max(abs(self.least), abs(self.most))
        return f"--g:{abs(value) / largest if largest else 0:.2f}"


def cell_view(column: Column, cell: Cell | None, scale: Scale) -> CellView:
    """Return the cell as it is printed."""
    value = (cell or {}).get("value")
    kind = column.kind
    if cell is None or value is None:
        return CellView(numbers.MISSING, "none")
    if kind is Kind.TARGETS:
        return CellView(f"{value}/{cell['known']}", kind.value, title=cell["words"], ok=cell["ok"])
    if kind in _FIGURES:
        return _figure(kind, value, cell)
    if kind is Kind.GAP:
        return CellView(numbers.points(value), kind.value, style=scale.bar(value))
    if kind is Kind.GAIN:
        interval = numbers.interval_in_points(cell.get("low"), cell.get("high"))
        return CellView(numbers.points(value), kind.value, title=interval)
    return CellView(
        numbers.percent(value),
        kind.value,
        style=scale.whisker(value, cell.get("low"), cell.get("high")),
        shade=scale.shade(value) if kind is Kind.HEAT else None,
        title=numbers.interval(cell.get("low"), cell.get("high")),
        corrected=numbers.percent(cell["computed"]) if "computed" in cell else "",
    )


_FIGURES = {
    Kind.MILLISECONDS: numbers.count,
    Kind.COUNT: numbers.count,
    Kind.RATE: numbers.decimal,
    Kind.FIRST: numbers.decimal,
    Kind.SHARE: numbers.percent,
}


def _figure(kind: Kind, value: float, cell: Cell) -> CellView:
    """Return a plain number; one that misses its target says so."""
    missed = bool(cell.get("missed"))
    interval = numbers.interval(cell.get("low"), cell.get("high"))
    title = gettext("misses the target") if missed else interval
    return CellView(_FIGURES[kind](value), kind.value, title=title, ok=False if missed else None)
