"""A run's scores as a table: a row per dimension, nested as the benchmark declares them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from leaderboard.catalog.labels import is_difference, metric_hint, metric_title
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


@dataclass(frozen=True, slots=True)
class ScoreCell:
    """A number with its interval, all in percent; ``style`` places them on a scale from 0 to 100."""

    value: str
    interval: str
    counted: str
    style: str


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """A dimension (or, in the table of the whole set, a metric) with its numbers."""

    title: str
    hint: str
    depth: int
    cells: list[ScoreCell]


@dataclass(frozen=True, slots=True)
class ScoreTable:
    """``metrics`` are the columns' titles and hints, the one that ranks first."""

    metrics: list[tuple[str, str]]
    rows: list[ScoreRow]


def by_dimension(
    benchmark: Benchmark, dimensions: Sequence[Dimension], scores: Iterable[ScoreLike]
) -> ScoreTable:
    """Return the metrics that every dimension has, the whole set first and then each dimension under its parent."""
    found = {(s.axis, s.dimension, s.metric): s for s in scores}
    metrics = _shared_metrics(benchmark, found)
    rows = []
    for depth, dimension in _nested(dimensions, benchmark.headline_axis):
        numbers_here = [found.get((dimension.axis, dimension.key, metric)) for metric in metrics]
        if any(numbers_here):
            rows.append(
                ScoreRow(dimension.title, dimension.key, depth, [_cell(s) for s in numbers_here])
            )
    return ScoreTable([(metric_title(m), metric_hint(m)) for m in metrics], rows)


def of_whole_set(benchmark: Benchmark, scores: Iterable[ScoreLike]) -> list[ScoreRow]:
    """Return the numbers that exist for the whole set only: passes, biases, rates."""
    listed = list(scores)
    elsewhere = {s.metric for s in listed if s.axis != benchmark.headline_axis}
    return [
        ScoreRow(metric_title(s.metric), metric_hint(s.metric), 0, [_cell(s)])
        for s in listed
        if s.axis == benchmark.headline_axis
        and s.metric not in elsewhere
        and s.metric != benchmark.headline_metric
    ]


def _shared_metrics(
    benchmark: Benchmark, found: dict[tuple[str, str, str], ScoreLike]
) -> list[str]:
    """Return the metrics that dimensions have, in the order stored; the headline's comes first."""
    first = benchmark.headline_metric
    seen = {metric: None for axis, _, metric in found if axis != benchmark.headline_axis}
    return [first, *(metric for metric in seen if metric != first)]


def _nested(dimensions: Sequence[Dimension], whole: str) -> Iterator[tuple[int, Dimension]]:
    """Yield each dimension after its parent, with its depth; the whole set first."""
    children: dict[str, list[Dimension]] = {}
    for dimension in dimensions:
        children.setdefault(dimension.parent, []).append(dimension)

    def below(key: str, depth: int) -> Iterator[tuple[int, Dimension]]:
        for dimension in children.get(key, []):
            yield depth, dimension
            if dimension.key != key:
                yield from below(dimension.key, depth + 1)

    roots = list(below("", 0))
    yield from sorted(roots, key=lambda pair: pair[1].axis != whole)


def _cell(score: ScoreLike | None) -> ScoreCell:
    if score is None or score.value is None:
        return ScoreCell(numbers.MISSING, "", "", "")
    write = numbers.points if is_difference(score.metric) else numbers.percent
    counted = (
        f"{numbers.count(score.correct)} / {numbers.count(score.total)}"
        if score.correct is not None
        else numbers.count(score.total)
    )
    interval = (
        f"[{write(score.low)}, {write(score.high)}]"
        if score.low is not None and score.high is not None
        else ""
    )
    return ScoreCell(write(score.value), interval, counted, _positions(score))


def _positions(score: ScoreLike) -> str:
    if is_difference(score.metric) or score.value is None:
        return ""
    places = {"v": score.value, "lo": score.low, "hi": score.high}
    return ";".join(
        f"--{name}:{100 * (score.value if place is None else place):.1f}"
        for name, place in places.items()
    )
