"""From a board version to what its page prints. Pure: rows in, texts and positions out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from uuid import UUID

from django.http import QueryDict
from django.utils.translation import gettext

from leaderboard.boards.columns import WIDTHS, Column, Kind
from leaderboard.boards.models import BoardRow
from leaderboard.catalog.labels import engine_title, precision_bits
from leaderboard.core import numbers

SHADES = 7
FIXED_WIDTH = 92 + 256
"""CSS pixels of the rank and the model column."""
PAGE_WIDTH = 1372
"""CSS pixels inside the page's margins on the narrowest screen where a board may leave its scroll region."""

SortKey = Callable[[BoardRow], float | str | None]


@dataclass(frozen=True, slots=True)
class Heading:
    """A column's heading. ``sorted`` is ``ascending``, ``descending`` or empty; ``url`` sorts by the column."""

    title: str
    hint: str
    tooltip: str
    kind: str
    width: int
    url: str
    sorted: str


@dataclass(frozen=True, slots=True)
class Group:
    """A heading over neighbouring columns."""

    title: str
    span: int


@dataclass(frozen=True, slots=True)
class CellView:
    """A cell. ``style`` holds positions in percent of the column's own range; ``shade`` is 1 to 7, or None."""

    text: str
    kind: str
    style: str = ""
    shade: int | None = None
    interval: str = ""


@dataclass(frozen=True, slots=True)
class RowView:
    """A row: one variant by its newest published run."""

    run: UUID
    model: str
    meta: str
    precision: str
    bits: int
    engine: str
    baseline: bool
    imported: bool
    rank: str
    rank_range: str
    cells: list[CellView]


@dataclass(frozen=True, slots=True)
class BoardTable:
    """The whole table. ``total`` counts the rows before the text filter."""

    rank: Heading
    model: Heading
    groups: list[Group]
    headings: list[Heading]
    rows: list[RowView]
    total: int
    width: int

    @property
    def wide(self) -> bool:
        """Whether it cannot stand on a page without scrolling sideways."""
        return self.width > PAGE_WIDTH


@dataclass(frozen=True, slots=True)
class Sort:
    """A column's key and a direction, as the parameter ``sort`` writes them: ``circular``, ``-circular``."""

    key: str
    descending: bool

    @classmethod
    def parse(cls, text: str | None, columns: Sequence[Column]) -> Sort:
        """Read the parameter; anything unknown means the headline, highest first."""
        key = (text or "").removeprefix("-")
        if key in {"rank", "model", *(c.key for c in columns)}:
            return cls(key, (text or "").startswith("-"))
        return cls(columns[0].key, descending=True)

    def __str__(self) -> str:
        return f"-{self.key}" if self.descending else self.key


def board_table(
    columns: Sequence[Column], rows: Sequence[BoardRow], query: QueryDict
) -> BoardTable:
    """Return the table that the URL's parameters ``sort`` and ``q`` ask for.

    Shades and positions are taken over all rows, so that filtering does not recolour what stays.
    """
    sort = Sort.parse(query.get("sort"), columns)
    shown = [row for row in rows if matches(row, query.get("q", ""))]
    scales = [_Scale.of(column, rows) for column in columns]
    return BoardTable(
        rank=_heading("rank", gettext("Rank"), gettext("95 % range"), False, sort, query),
        model=_heading("model", gettext("Model"), "", False, sort, query),
        groups=[
            Group(title, len(list(members)))
            for title, members in groupby(columns, lambda column: column.group)
        ],
        headings=[
            _heading(c.key, c.title, c.hint, c.descending_first, sort, query, c) for c in columns
        ],
        rows=[_row(row, columns, scales) for row in in_order(shown, sort, columns)],
        total=len(rows),
        width=FIXED_WIDTH + sum(WIDTHS[c.kind] for c in columns),
    )


def matches(row: BoardRow, text: str) -> bool:
    """Say whether every word of ``text`` occurs in the row's model, organisation, precision or engine."""
    variant = row.run.submission.variant
    model = variant.model
    words = (model.name, model.organization, variant.get_precision_display(), variant.engine)
    hay = " ".join((*words, engine_title(variant.engine))).casefold()
    return all(word in hay for word in text.casefold().split())


def in_order(rows: Sequence[BoardRow], sort: Sort, columns: Sequence[Column]) -> list[BoardRow]:
    """Return the rows sorted. Rows without a value come last in both directions; ties keep the given order."""
    key = _sort_key(sort.key, columns)
    known = [(value, row) for row in rows if (value := key(row)) is not None]
    known.sort(key=lambda pair: pair[0], reverse=sort.descending)
    return [row for _, row in known] + [row for row in rows if key(row) is None]


def _sort_key(key: str, columns: Sequence[Column]) -> SortKey:
    if key == "rank":
        return lambda row: row.rank
    if key == "model":
        return lambda row: row.run.submission.variant.model.name.casefold()
    column = next(c for c in columns if c.key == key)
    return lambda row: (column.source(row) or {}).get("value")


def _heading(
    key: str,
    title: str,
    hint: str,
    descending_first: bool,
    sort: Sort,
    query: QueryDict,
    column: Column | None = None,
) -> Heading:
    active = sort.key == key
    descending = not sort.descending if active else descending_first
    parameters = query.copy()
    parameters["sort"] = str(Sort(key, descending))
    return Heading(
        title=title,
        hint=hint,
        tooltip=column.tooltip if column else "",
        kind=column.kind.value if column else "",
        width=WIDTHS[column.kind] if column else 0,
        url=f"?{parameters.urlencode()}",
        sorted=("descending" if sort.descending else "ascending") if active else "",
    )


def _row(row: BoardRow, columns: Sequence[Column], scales: Sequence[_Scale]) -> RowView:
    variant = row.run.submission.variant
    model = variant.model
    size = numbers.parameters(model.parameters_b)
    return RowView(
        run=row.run.public_id,
        model=model.name,
        meta=" · ".join(part for part in (size, model.organization) if part),
        precision=variant.get_precision_display(),
        bits=precision_bits(variant.precision_bits),
        engine=engine_title(variant.engine),
        baseline=model.is_baseline,
        imported=row.run.submission.imported,
        rank=numbers.MISSING if row.rank is None else str(row.rank),
        rank_range=numbers.rank_range(row.rank_low, row.rank_high),
        cells=[
            _cell(column, column.source(row), scale)
            for column, scale in zip(columns, scales, strict=True)
        ],
    )


def _cell(column: Column, cell: dict[str, float | None] | None, scale: _Scale) -> CellView:
    value = (cell or {}).get("value")
    kind = column.kind
    if cell is None or value is None:
        return CellView(numbers.MISSING, "none")
    if kind is Kind.MILLISECONDS:
        return CellView(numbers.count(value), kind.value)
    if kind is Kind.RATE:
        return CellView(numbers.decimal(value), kind.value)
    if kind is Kind.GAP:
        return CellView(numbers.points(value), kind.value, style=scale.bar(value))
    if kind is Kind.GAIN:
        interval = numbers.interval_in_points(cell.get("low"), cell.get("high"))
        return CellView(numbers.points(value), kind.value, interval=interval)
    if kind is Kind.SHARE:
        return CellView(numbers.percent(value), kind.value, interval=_interval(cell))
    return CellView(
        numbers.percent(value),
        kind.value,
        style=scale.whisker(value, cell.get("low"), cell.get("high")),
        shade=scale.shade(value) if kind is Kind.HEAT else None,
        interval=_interval(cell),
    )


def _interval(cell: dict[str, float | None]) -> str:
    return numbers.interval(cell.get("low"), cell.get("high"))


@dataclass(frozen=True, slots=True)
class _Scale:
    """A column's own range: of its values (for shades) and of its intervals (for positions)."""

    least: float
    most: float
    low: float
    high: float

    @classmethod
    def of(cls, column: Column, rows: Sequence[BoardRow]) -> _Scale:
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
