"""A run's scores by dimension: a table per axis, nested as the benchmark declares it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from django.utils.translation import gettext

from leaderboard.catalog.labels import axis_title, is_difference, metric_hint, metric_title
from leaderboard.catalog.models import Benchmark, Dimension
from leaderboard.core import numbers


class ScoreLike(Protocol):
    """What is read of a score; the model itself lives above this app."""

    axis: str
    dimension: str
    metric: str
    value: float | None
    correct: int | None
    total: int
    low: float | None
    high: float | None
    computed: Mapping[str, float | None] | None


ROOM_FOR_INTERVALS = 4
"""Columns. In more of them, only the first shows its interval."""

Scores = Mapping[tuple[str, str, str], ScoreLike]
"""Scores by axis, dimension and metric."""


@dataclass(frozen=True, slots=True)
class ScoreCell:
    """A number with its interval, all in percent; ``style`` places them on a scale from 0 to 100.

    ``corrected`` is what was computed where a reviewer has corrected it, which then stands in place of the interval;
    empty where the number is as computed.
    """

    value: str
    interval: str
    counted: str
    style: str
    corrected: str = ""


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """A dimension (or, in a table of the whole set, a metric) with its numbers."""

    title: str
    hint: str
    depth: int
    cells: list[ScoreCell]


@dataclass(frozen=True, slots=True)
class RowGroup:
    """Rows that are always shown and, folded under them until somebody opens them, the rows ``below``."""

    rows: list[ScoreRow]
    below: list[ScoreRow] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Section:
    """The dimensions of one axis and of those below it. ``main``: it has the board's columns, or the whole set."""

    title: str
    groups: list[RowGroup]
    main: bool

    @property
    def size(self) -> int:
        """How many dimensions it shows at first."""
        return sum(len(group.rows) for group in self.groups)


@dataclass(frozen=True, slots=True)
class ScoreTable:
    """``metrics`` are the columns' titles and hints, the one that ranks first; ``sections`` the main one first."""

    metrics: list[tuple[str, str]]
    sections: list[Section]

    @property
    def many(self) -> bool:
        """Whether there are too many columns for an interval in each."""
        return len(self.metrics) > ROOM_FOR_INTERVALS


def by_place(scores: Iterable[ScoreLike]) -> Scores:
    """Return the scores by what names them."""
    return {(s.axis, s.dimension, s.metric): s for s in scores}


def by_dimension(
    benchmark: Benchmark,
    dimensions: Sequence[Dimension],
    scores: Scores,
    *,
    elsewhere: frozenset[str] = frozenset(),
) -> ScoreTable:
    """Return the metrics that dimensions have, the whole set first and then each dimension under its parent.

    The metrics ``elsewhere`` are left out. Dimensions below the board's axis are folded under it.
    """
    metrics = [m for m in _shared_metrics(benchmark, scores) if m not in elsewhere]
    tree = Tree(dimensions)
    sections: list[Section] = []
    for axis, roots in tree.roots(benchmark.headline_axis).items():
        shown = [
            (depth, dimension, cells)
            for depth, dimension in tree.below(roots)
            if any(cells := [scores.get((dimension.axis, dimension.key, m)) for m in metrics])
        ]
        if shown:
            axes = dict.fromkeys(dimension.axis for _, dimension, _ in shown)
            main = benchmark.board_axis in axes or axis == benchmark.headline_axis
            title = " › ".join(axis_title(name) for name in axes)
            sections.append(Section(title, _groups(shown, benchmark.board_axis), main))
    return ScoreTable([(metric_title(m), metric_hint(m)) for m in metrics], _merged(sections))


class Tree:
    """Dimensions under their parents, wherever these stand; each once."""

    def __init__(self, dimensions: Sequence[Dimension]) -> None:
        places: dict[str, list[Dimension]] = {}
        for dimension in dimensions:
            places.setdefault(dimension.key, []).append(dimension)
        self._children: dict[tuple[str, str], list[Dimension]] = {}
        self._roots: list[Dimension] = []
        for dimension in dimensions:
            # A parent is named by its key alone, which another axis may have too; it is never on the child's axis.
            above = [d for d in places.get(dimension.parent, ()) if d.axis != dimension.axis]
            if above:
                self._children.setdefault((above[0].axis, above[0].key), []).append(dimension)
            else:
                self._roots.append(dimension)

    def roots(self, first: str) -> dict[str, list[Dimension]]:
        """Return the dimensions that have no parent by axis, the axis ``first`` first."""
        found: dict[str, list[Dimension]] = {first: []}
        for dimension in self._roots:
            found.setdefault(dimension.axis, []).append(dimension)
        return found

    def below(
        self, dimensions: Sequence[Dimension], depth: int = 0
    ) -> Iterator[tuple[int, Dimension]]:
        """Yield each of these with its depth, and what is below it right after it."""
        for dimension in dimensions:
            yield depth, dimension
            children = self._children.get((dimension.axis, dimension.key), ())
            yield from self.below(children, depth + 1)


def _groups(
    shown: Sequence[tuple[int, Dimension, Sequence[ScoreLike | None]]], board_axis: str
) -> list[RowGroup]:
    groups: list[RowGroup] = []
    fold_at: int | None = None
    for depth, dimension, cells in shown:
        row = ScoreRow(dimension.title, dimension.key, depth, [cell_of(s) for s in cells])
        if fold_at is not None and depth > fold_at:
            groups[-1].below.append(row)
            continue
        fold_at = depth if dimension.axis == board_axis else None
        groups.append(RowGroup([row]))
    return groups


def _merged(sections: Sequence[Section]) -> list[Section]:
    """Return the main sections as one, under the title of the last of them, and then the others."""
    main = [section for section in sections if section.main]
    others = [section for section in sections if not section.main]
    if not main:
        return others
    groups = [group for section in main for group in section.groups]
    return [Section(main[-1].title, groups, main=True), *others]


def _shared_metrics(benchmark: Benchmark, scores: Scores) -> list[str]:
    """Return the metrics that dimensions have: the headline's first, then as declared, then as stored."""
    of_parts = {metric: None for axis, _, metric in scores if axis != benchmark.headline_axis}
    declared = [metric for metric in benchmark.board_metrics if metric in of_parts]
    return list(dict.fromkeys([benchmark.headline_metric, *declared, *of_parts]))


def cell_of(score: ScoreLike | None) -> ScoreCell:
    """Return a score as it is written; a dash where there is none."""
    if score is None or score.value is None:
        return ScoreCell(numbers.MISSING, "", "", "")
    difference = is_difference(score.metric)
    write, write_interval = (
        (numbers.points, numbers.interval_in_points)
        if difference
        else (numbers.percent, numbers.interval)
    )
    counted = (
        f"{numbers.count(score.correct)} / {numbers.count(score.total)}"
        if score.correct is not None
        else numbers.count(score.total)
    )
    style = "" if difference else _positions(score.value, score.low, score.high)
    corrected = write(score.computed["value"]) if score.computed else ""
    interval = (
        gettext("computed: %(value)s") % {"value": corrected}
        if corrected
        else write_interval(score.low, score.high)
    )
    return ScoreCell(write(score.value), interval, counted, style, corrected)


def _positions(value: float, low: float | None, high: float | None) -> str:
    places = {"v": value, "lo": low, "hi": high}
    return ";".join(
        f"--{name}:{100 * (value if place is None else place):.1f}"
        for name, place in places.items()
    )
