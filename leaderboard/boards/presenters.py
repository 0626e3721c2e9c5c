"""From a board's rows to what its page prints. Pure: rows in, texts and positions out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TypeVar
from uuid import UUID

from django.utils.translation import gettext

from leaderboard.boards.cells import CellView, Scale, cell_view
from leaderboard.boards.columns import Column
from leaderboard.boards.filters import matching
from leaderboard.boards.rows import Row
from leaderboard.boards.state import MOST_COMPARED, BoardState
from leaderboard.catalog.labels import engine_title, precision_bits
from leaderboard.core import numbers

FIXED_WIDTH = 116 + 256
"""CSS pixels of the rank and the model column."""
NARROW_WIDTH = 76 + 152
"""The same on a phone."""
PAGE_WIDTH = 1372
"""CSS pixels inside the page's margins on the narrowest screen where a board may leave its scroll region."""

PAGE_SIZE = 100
"""Rows on a page."""

SortKey = Callable[[Row], float | str | None]
R = TypeVar("R", bound=Row)


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
class RowView:
    """A row: one variant by its newest published run; ``page`` is the address of its model's page."""

    run: UUID
    page: str
    model: str
    meta: str
    precision: str
    bits: int
    engine: str
    baseline: bool
    imported: bool
    verified: bool
    rank: str
    rank_range: str
    cells: list[CellView]
    selected: bool
    selectable: bool

    @property
    def known_as(self) -> str:
        """The model's name with its precision."""
        return f"{self.model} {self.precision}"


@dataclass(frozen=True, slots=True)
class BoardTable:
    """One page of the table. ``found`` counts the rows that the filters leave, ``total`` all of them.

    ``pages`` are the numbers and addresses of all pages; there is always at least one.
    """

    rank: Heading
    model: Heading
    groups: list[Group]
    headings: list[Heading]
    rows: list[RowView]
    found: int
    total: int
    page: int
    pages: list[tuple[int, str]]
    width: int

    @property
    def narrow_width(self) -> int:
        """The width on a phone, where rank and model are narrower."""
        return self.width - FIXED_WIDTH + NARROW_WIDTH

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
    def parse(cls, text: str, columns: Sequence[Column]) -> Sort:
        """Read the parameter; anything unknown means the headline, highest first."""
        key = text.removeprefix("-")
        if key in {"rank", "model", *(c.key for c in columns)}:
            return cls(key, text.startswith("-"))
        return cls(columns[0].key, descending=True)

    def __str__(self) -> str:
        return f"-{self.key}" if self.descending else self.key


def board_table(
    columns: Sequence[Column], rows: Sequence[Row], state: BoardState, shown: Sequence[Column] = ()
) -> BoardTable:
    """Return the page of the table that the view asks for: of ``shown``, or of all columns.

    Shades and positions are taken over all rows, so that filtering does not recolour what stays. A page after the last
    is the last one.
    """
    shown = shown or columns
    sort = Sort.parse(state.sort, columns)
    found = in_order(matching(rows, state), sort, columns)
    last = max(1, -(-len(found) // PAGE_SIZE))
    page = min(state.page, last)
    here = found[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
    scales = [Scale.of(column, rows) for column in shown]
    return BoardTable(
        rank=_heading("rank", gettext("Rank"), gettext("95 % range"), sort, state),
        model=_heading("model", gettext("Model"), "", sort, state),
        groups=[
            Group(title, len(list(members)))
            for title, members in groupby(shown, lambda column: column.group)
        ],
        headings=[_heading(c.key, c.title, c.hint, sort, state, c) for c in shown],
        rows=[_row(row, shown, scales, state) for row in here],
        found=len(found),
        total=len(rows),
        page=page,
        pages=[(number, state.url(page=number)) for number in range(1, last + 1)],
        width=FIXED_WIDTH + sum(c.width for c in shown),
    )


def in_order(rows: Sequence[R], sort: Sort, columns: Sequence[Column]) -> list[R]:
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
    key: str, title: str, hint: str, sort: Sort, state: BoardState, column: Column | None = None
) -> Heading:
    active = sort.key == key
    best_first = column is not None and not column.low_is_good
    descending = not sort.descending if active else best_first
    return Heading(
        title=title,
        hint=hint,
        tooltip=column.tooltip if column else "",
        kind=column.kind.value if column else "",
        width=column.width if column else 0,
        url=state.url(sort=str(Sort(key, descending))),
        sorted=("descending" if sort.descending else "ascending") if active else "",
    )


def _row(
    row: Row, columns: Sequence[Column], scales: Sequence[Scale], state: BoardState
) -> RowView:
    variant = row.run.submission.variant
    model = variant.model
    size = numbers.parameters(model.parameters_b)
    selected = row.run.public_id in state.select
    return RowView(
        run=row.run.public_id,
        page=variant.get_absolute_url(),
        model=model.name,
        meta=" · ".join(part for part in (size, model.organization) if part),
        precision=str(variant.get_precision_display()),
        bits=precision_bits(variant.precision_bits),
        engine=engine_title(variant.engine),
        baseline=model.is_baseline,
        imported=row.run.submission.imported,
        verified=row.verified,
        rank=numbers.MISSING if row.rank is None else str(row.rank),
        rank_range=numbers.rank_range(row.rank_low, row.rank_high),
        cells=[
            cell_view(column, column.source(row), scale)
            for column, scale in zip(columns, scales, strict=True)
        ],
        selected=selected,
        selectable=selected or len(state.select) < MOST_COMPARED,
    )
