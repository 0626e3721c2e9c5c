"""Which columns a board shows, in which groups, and what each is called. Pure: stored columns in, headings out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import count

from django.utils.text import slugify
from django.utils.translation import gettext

from leaderboard.boards.rows import Cell, Row
from leaderboard.boards.services import ABLATION, GAP
from leaderboard.catalog.labels import is_difference, metric_hint, metric_title
from leaderboard.catalog.models import Dimension

Stored = tuple[int, Mapping[str, str]]
"""A version's column with its place in every row's cells."""


class Kind(StrEnum):
    """How a column's cells look."""

    LEAD = "lead"
    """The number that ranks: large, with its interval."""
    FIRST = "first"
    """The number that ranks where it is no fraction: large, with one decimal."""
    SHARE = "share"
    """A fraction without its interval drawn."""
    GAP = "gap"
    """A signed difference of fractions, with a bar: what asking more strictly costs."""
    GAIN = "gain"
    """A signed difference of fractions that is no loss, without a bar."""
    HEAT = "heat"
    """A fraction with its interval on a shaded tile."""
    MILLISECONDS = "ms"
    COUNT = "count"
    RATE = "rate"
    TARGETS = "targets"
    """How many of the targets are met, with a tick or a cross."""


WIDTHS = {
    Kind.LEAD: 92,
    Kind.FIRST: 104,
    Kind.SHARE: 80,
    Kind.GAP: 76,
    Kind.GAIN: 80,
    Kind.HEAT: 100,
    Kind.MILLISECONDS: 80,
    Kind.COUNT: 88,
    Kind.RATE: 88,
    Kind.TARGETS: 84,
}
"""CSS pixels, of a column whose title needs no more. The board scrolls sideways when they do not fit."""
LETTER, EDGES, WIDEST = 7.2, 20, 148
"""CSS pixels: of a letter in a title, of what stands beside it, and of the widest column."""
_BETWEEN_WORDS = re.compile(r"[\s/\-–·]+|[^\x00-\u024f]")
"""Where a title may be broken: between words, and beside any letter of a script without spaces."""

Source = Callable[[Row], Cell | None]
"""Reads one column's cell out of a row."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: ``key`` names it in URLs, ``group`` is its heading above, ``hint`` the line below its title.

    ``low_is_good``: the best value is the lowest one. A cell may have ``missed`` (True: the figure misses its target)
    and, in TARGETS, ``known`` (targets with a measured value), ``ok`` (none is missed) and ``words``.
    """

    key: str
    title: str
    kind: Kind
    source: Source
    group: str
    hint: str = ""
    tooltip: str = ""
    low_is_good: bool = False

    @property
    def width(self) -> int:
        """CSS pixels: by the kind, or what the longest word of the title takes, so that no word is broken."""
        longest = max(len(word) for word in _BETWEEN_WORDS.split(self.title))
        return max(WIDTHS[self.kind], min(WIDEST, round(longest * LETTER + EDGES)))


def columns_of(
    stored: Sequence[Mapping[str, str]], dimensions: Sequence[Dimension], rows: Sequence[Row]
) -> list[Column]:
    """Return the columns of a benchmark's board: the whole set, the dimensions by their parents, the ablation.

    ``stored`` are a version's columns, the headline first.
    """
    headline = stored[0]
    numbered = list(enumerate(stored))
    parts = [(i, c) for i, c in numbered if c["axis"] != headline["axis"]]
    whole = [(i, c) for i, c in numbered if c["axis"] == headline["axis"]]
    blind = [(i, c) for i, c in whole if c["metric"] in ABLATION]
    known = {(d.axis, d.key): d for d in dimensions}
    return [
        *_whole_set([pair for pair in whole if pair not in blind], gettext("All dimensions")),
        *_dimensions(parts, known, rows),
        *_whole_set(blind, gettext("Pictures left out")),
    ]


def with_own_keys(columns: Sequence[Column]) -> list[Column]:
    """Return the columns, each with a key of its own: two dimensions may read alike once they are fit for a URL."""
    taken = {"rank", "model"}
    named = []
    for column in columns:
        key = next(k for k in _candidates(column.key) if k not in taken)
        taken.add(key)
        named.append(replace(column, key=key))
    return named


def shown_of(columns: Sequence[Column], keys: Sequence[str] | None) -> list[Column]:
    """Return the columns that a view shows: the first one always, all where no key is known."""
    chosen = [c for i, c in enumerate(columns) if not i or c.key in (keys or ())]
    return chosen if len(chosen) > 1 else list(columns)


def cell_of(index: int) -> Source:
    """Return what reads the cell at this place."""

    def cell(row: Row) -> Cell | None:
        return row.cells[index]

    return cell


def _candidates(key: str) -> Iterator[str]:
    yield key
    yield from (f"{key}-{number}" for number in count(2))


def _whole_set(stored: Sequence[Stored], group: str) -> list[Column]:
    columns = []
    for index, column in stored:
        metric = column["metric"]
        kind = Kind.LEAD if index == 0 else _kind_of(metric)
        title, hint = metric_title(metric), metric_hint(metric)
        columns.append(Column(metric, title, kind, cell_of(index), group, hint))
    return columns


def _kind_of(metric: str) -> Kind:
    if not is_difference(metric):
        return Kind.SHARE
    return Kind.GAP if metric == GAP else Kind.GAIN


def _dimensions(
    stored: Sequence[Stored], known: Mapping[tuple[str, str], Dimension], rows: Sequence[Row]
) -> list[Column]:
    titles = {dimension.key: dimension.title for dimension in known.values()}
    columns = []
    for index, column in stored:
        dimension = known.get((column["axis"], column["dimension"]))
        source = cell_of(index)
        totals = {(source(row) or {}).get("total") for row in rows} - {None}
        columns.append(
            Column(
                key=slugify(column["dimension"].replace("/", "-")) or f"column-{index}",
                title=dimension.title if dimension else column["dimension"],
                kind=Kind.HEAT,
                source=source,
                group=titles.get(dimension.parent, "") if dimension else "",
                # The number of questions, where every run agrees on it.
                hint=str(totals.pop()) if len(totals) == 1 else "",
                tooltip=column["dimension"],
            )
        )
    return columns
