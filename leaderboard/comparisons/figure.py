"""The paired differences as a figure: marks on a common scale, a table, and a title that says what they show. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext

from evaluator.metrics.paired import PairedResult
from leaderboard.catalog.labels import precision_bits
from leaderboard.core import numbers
from leaderboard.results.comparison import Comparison
from leaderboard.runs.models import Run

ALPHA = 0.05
STEPS = (0.02, 0.05, 0.1, 0.25, 0.5, 1.0)
"""Distances between the lines of the scale, as fractions; the smallest that needs few lines is taken."""
MOST_LINES = 6
NAMED = 3
"""Dimensions that the title names; of more it gives the number."""
SHORTEST_P = 0.001


@dataclass(frozen=True, slots=True)
class Pair:
    """A run beside the baseline. ``refusal`` says why the two cannot be compared; then there is no comparison."""

    run: Run
    name: str
    comparison: Comparison | None
    refusal: str = ""

    @property
    def bits(self) -> int:
        """What the shape of its mark tells."""
        return precision_bits(self.run.submission.variant.precision_bits)


@dataclass(frozen=True, slots=True)
class Mark:
    """One difference. ``style`` places it in percent of the scale. ``verdict``: ``up``, ``down`` or empty (chance)."""

    pair: Pair
    value: str
    interval: str
    p: str
    flips: str
    style: str
    verdict: str


@dataclass(frozen=True, slots=True)
class Line:
    """A dimension (or the whole set) with a mark for each pair; None where a pair has nothing there."""

    title: str
    n: str
    whole: bool
    marks: list[Mark | None]


@dataclass(frozen=True, slots=True)
class Tick:
    """A line of the scale: ``at`` in percent."""

    label: str
    at: float
    zero: bool


@dataclass(frozen=True, slots=True)
class Figure:
    """Everything that the figure of differences shows."""

    title: str
    pairs: list[Pair]
    ticks: list[Tick]
    lines: list[Line]

    @property
    def wholes(self) -> list[Mark]:
        """Each pair's difference over the whole set."""
        return [mark for mark in self.lines[0].marks if mark]


def figure(pairs: Sequence[Pair], titles: dict[str, str]) -> Figure | None:
    """Return the figure of the pairs that could be compared; None where none could. ``titles`` are dimensions'."""
    compared = [pair for pair in pairs if pair.comparison]
    if not compared:
        return None
    scale = _Scale.of(list(_results(compared)))
    keys = dict.fromkeys(
        d.dimension for pair in compared if pair.comparison for d in pair.comparison.dimensions
    )
    lines = [_line(gettext("Whole set"), None, compared, scale)]
    lines += [_line(titles.get(key, key), key, compared, scale) for key in keys]
    return Figure(_title(compared, titles), compared, scale.ticks(), lines)


def significant(result: PairedResult, p: float | None) -> str:
    """Return ``up`` or ``down`` where the difference is more than chance, else nothing.

    By the p-value where there is one; of units that can score between 0 and 1 by the interval.
    """
    if result.difference is None or not result.difference:
        return ""
    if p is not None:
        sure = p < ALPHA
    else:
        low, high = result.low, result.high
        sure = low is not None and high is not None and not low <= 0 <= high
    return ("up" if result.difference > 0 else "down") if sure else ""


def p_text(p: float | None) -> str:
    """Return a p-value with three decimals."""
    if p is None:
        return numbers.MISSING
    return "< 0.001" if p < SHORTEST_P else f"{p:.3f}"


@dataclass(frozen=True, slots=True)
class _Scale:
    """From ``low`` to ``high``, whole multiples of ``step``, around 0."""

    low: int
    high: int
    step: float

    @classmethod
    def of(cls, results: Sequence[PairedResult]) -> _Scale:
        values = [
            value
            for result in results
            for value in (result.difference, result.low, result.high)
            if value is not None
        ]
        least, most = min([*values, 0.0]), max([*values, 0.0])
        for step in STEPS:
            low, high = int(-(-least // step)), int(-(-most // step))
            low = min(low if low * step <= least else low - 1, -1)
            high = max(high, 1)
            if high - low < MOST_LINES:
                break
        return cls(low, high, step)

    def at(self, value: float) -> float:
        """Return where a difference stands, in percent."""
        return 100 * (value / self.step - self.low) / (self.high - self.low)

    def ticks(self) -> list[Tick]:
        return [
            Tick(_tick_label(i * self.step), self.at(i * self.step), zero=i == 0)
            for i in range(self.low, self.high + 1)
        ]


def _tick_label(value: float) -> str:
    return numbers.signed(100 * value)


def _results(pairs: Sequence[Pair]) -> Iterator[PairedResult]:
    for pair in pairs:
        if pair.comparison:
            yield pair.comparison.whole
            yield from (d.result for d in pair.comparison.dimensions)


def _line(title: str, key: str | None, pairs: Sequence[Pair], scale: _Scale) -> Line:
    found = [_found(pair, key) for pair in pairs]
    sizes = [result.n for result, _ in filter(None, found)]
    return Line(
        title=title,
        n=numbers.count(max(sizes, default=0)),
        whole=key is None,
        marks=[
            _mark(pair, *result, scale) if result else None
            for pair, result in zip(pairs, found, strict=True)
        ],
    )


def _found(pair: Pair, key: str | None) -> tuple[PairedResult, float | None] | None:
    if pair.comparison is None:
        return None
    if key is None:
        return pair.comparison.whole, pair.comparison.whole.p
    wanted = (d for d in pair.comparison.dimensions if d.dimension == key)
    return next(((d.result, d.p_adjusted) for d in wanted), None)


def _mark(pair: Pair, result: PairedResult, p: float | None, scale: _Scale) -> Mark:
    value = result.difference or 0.0
    low = value if result.low is None else result.low
    high = value if result.high is None else result.high
    places = {"v": scale.at(value), "lo": scale.at(low), "hi": scale.at(high)}
    return Mark(
        pair=pair,
        value=numbers.points(result.difference),
        interval=numbers.interval_in_points(result.low, result.high),
        p=p_text(p),
        flips=f"+{numbers.count(result.first_better)} {numbers.MINUS}{numbers.count(result.second_better)}",
        style=";".join(f"--{name}:{place:.2f}" for name, place in places.items()),
        verdict=significant(result, p),
    )


def _title(pairs: Sequence[Pair], titles: dict[str, str]) -> str:
    return "; ".join(_claim(pair, titles) for pair in pairs if pair.comparison)


def _claim(pair: Pair, titles: dict[str, str]) -> str:
    """Return what a pair shows: where the run is worse and where better than chance, or that it is neither."""
    if pair.comparison is None:
        return ""
    told: dict[str, list[str]] = {"up": [], "down": []}
    for found in pair.comparison.dimensions:
        if verdict := significant(found.result, found.p_adjusted):
            told[verdict].append(titles.get(found.dimension, found.dimension))
    whole = significant(pair.comparison.whole, pair.comparison.whole.p)
    if whole and not told[whole]:
        told[whole].append(gettext("the whole set"))
    words = {"name": pair.name, "worse": _listed(told["down"]), "better": _listed(told["up"])}
    if told["down"] and told["up"]:
        return gettext("%(name)s is worse on %(worse)s, better on %(better)s") % words
    if told["down"]:
        return gettext("%(name)s is worse on %(worse)s") % words
    if told["up"]:
        return gettext("%(name)s is better on %(better)s") % words
    return gettext("%(name)s stays within chance") % words


def _listed(names: Sequence[str]) -> str:
    if len(names) > NAMED:
        return gettext("%(count)d dimensions") % {"count": len(names)}
    if len(names) < 2:
        return "".join(names)
    return gettext("%(first)s and %(last)s") % {
        "first": gettext(", ").join(names[:-1]),
        "last": names[-1],
    }
