"""From the scores of many models to what the page's figures print. Pure: configurations in, texts and positions out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from uuid import UUID

from leaderboard.boards.hallucination.measured import (
    CAUSES,
    CONSISTENCY,
    SUBCATEGORY,
    Configuration,
)
from leaderboard.catalog.labels import metric_title
from leaderboard.catalog.models import Dimension
from leaderboard.core import numbers
from leaderboard.core.charts import HEIGHT, Axis, Label, Tick, labels

SHADES = 7
NARROWEST_LABEL = 7.5
"""Percent of a bar's room. A narrower part has no room for its number."""
IDEAL = (0.0, 0.5)
"""Pct. Diff and FP ratio of a model that leans to neither answer."""
_IDEAL_LABEL_WIDTH = 60


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a bar: ``width`` in percent of the bar's room, ``label`` where there is room for it."""

    title: str
    count: str
    value: str
    label: str
    width: str


@dataclass(frozen=True, slots=True)
class BarRow:
    """A configuration's bar; without parts where they are not known."""

    who: Configuration
    parts: list[Part]
    total: str
    counted: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class PointView:
    """A configuration in the scatter: ``x`` in percent, ``y`` in pixels; no label where it would cover another."""

    who: Configuration
    x: float
    y: float
    label: Label | None
    pct_diff: str
    pct_diff_interval: str
    fp_ratio: str
    fp_ratio_interval: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Scatter:
    """The scatter of Pct. Diff (x, points) against the FP ratio (y, percent), the ideal point among the others."""

    points: list[PointView]
    x_ticks: list[Tick]
    y_ticks: list[Tick]
    ideal_x: float
    ideal_y: float
    height: int = HEIGHT


@dataclass(frozen=True, slots=True)
class HeatColumn:
    """A subcategory with its number of questions."""

    title: str
    size: str


@dataclass(frozen=True, slots=True)
class HeatCell:
    """An accuracy; ``shade`` is 1 to 7 on one scale for the whole map, None where nothing is known or all is equal."""

    value: str
    interval: str
    shade: int | None


@dataclass(frozen=True, slots=True)
class HeatMap:
    """Configurations by subcategories. ``groups`` are the categories over them with how many columns each has."""

    groups: list[tuple[str, int]]
    columns: list[HeatColumn]
    rows: list[tuple[Configuration, bool, list[HeatCell]]]
    low: str
    high: str


def cause_bars(found: Sequence[Configuration], chosen: UUID | None) -> list[BarRow]:
    """Return each configuration's failures by cause, as shares of all scored answers, on a scale from 0 to the most."""
    failures = [f for c in found if (f := _failures(c)) is not None]
    scale = max((failed / total for failed, total in failures), default=0.0) or 1.0
    return [_cause_bar(c, scale, chosen) for c in found]


def _failures(who: Configuration) -> tuple[int, int] | None:
    """Return how many answers are not right and how many are scored; None when that is not known."""
    score = who.whole("aAcc")
    if score is None or score.correct is None or not score.total:
        return None
    return score.total - score.correct, score.total


def _cause_bar(who: Configuration, scale: float, chosen: UUID | None) -> BarRow:
    is_chosen = who.run == chosen
    failures = _failures(who)
    if failures is None:
        return BarRow(who, [], numbers.MISSING, numbers.MISSING, is_chosen)
    failed, total = failures
    scores = [score for cause in CAUSES if (score := who.whole(cause))]
    known = len(scores) == len(CAUSES) and all(s.value is not None or not failed for s in scores)
    parts = [
        _part(metric_title(score.metric), score.correct or 0, total, scale) for score in scores
    ]
    share = numbers.percent(failed / total)
    return BarRow(who, parts if known else [], share, numbers.count(failed), is_chosen)


def consistency_bars(found: Sequence[Configuration], chosen: UUID | None) -> list[BarRow]:
    """Return each configuration's figures by whether all, some or none of their questions are answered rightly."""
    rows = []
    for who in found:
        scores = [score for metric in CONSISTENCY if (score := who.whole(metric)) and score.total]
        known = len(scores) == len(CONSISTENCY)
        parts = [
            _part(metric_title(score.metric), score.correct or 0, score.total, 1.0)
            for score in scores
        ]
        share = numbers.percent(scores[0].value if known else None)
        counted = numbers.count(scores[0].total if known else None)
        rows.append(BarRow(who, parts if known else [], share, counted, who.run == chosen))
    return rows


def _part(title: str, count: int, total: int, scale: float) -> Part:
    share = count / total
    width = 100 * share / scale
    written = numbers.percent(share)
    return Part(
        title=title,
        count=numbers.count(count),
        value=written,
        label=written if width >= NARROWEST_LABEL else "",
        width=f"{width:.2f}",
    )


def bias_scatter(found: Sequence[Configuration], chosen: UUID | None) -> Scatter | None:
    """Return the scatter, the chosen configuration's label placed first; None when nobody has both figures."""
    known = [
        (who, x, y)
        for who in found
        if (x := who.value("pct_diff")) is not None and (y := who.value("fp_ratio")) is not None
    ]
    if not known:
        return None
    known.sort(key=lambda point: point[0].run != chosen)
    xs = Axis.around([IDEAL[0], *(x for _, x, _ in known)], size=100)
    ys = Axis.around([IDEAL[1], *(y for _, _, y in known)], size=HEIGHT, flipped=True)
    ideal_x, ideal_y = xs.place(IDEAL[0]), ys.place(IDEAL[1])
    places = [(xs.place(x), ys.place(y), who.known_as) for who, x, y in known]
    beside = labels(places, [_ideal_box(ideal_x, ideal_y)])
    return Scatter(
        points=[
            _point(who, place[0], place[1], label, chosen)
            for (who, _, _), place, label in zip(known, places, beside, strict=True)
        ],
        x_ticks=xs.ticks(numbers.points),
        y_ticks=ys.ticks(numbers.percent),
        ideal_x=ideal_x,
        ideal_y=ideal_y,
    )


def _ideal_box(x: float, y: float) -> tuple[float, float, float, float]:
    """Return the room that the ideal point and its word above it take, in pixels."""
    left = 4.4 * x
    return left - 9, y - 26, left + _IDEAL_LABEL_WIDTH, y + 9


def _point(
    who: Configuration, x: float, y: float, label: Label | None, chosen: UUID | None
) -> PointView:
    difference, ratio = who.whole("pct_diff"), who.whole("fp_ratio")
    return PointView(
        who=who,
        x=x,
        y=y,
        label=label,
        pct_diff=numbers.points(difference.value if difference else None),
        pct_diff_interval=numbers.interval_in_points(difference.low, difference.high)
        if difference
        else "",
        fp_ratio=numbers.percent(ratio.value if ratio else None),
        fp_ratio_interval=numbers.interval(ratio.low, ratio.high) if ratio else "",
        chosen=who.run == chosen,
    )


def heat_map(
    found: Sequence[Configuration], dimensions: Sequence[Dimension], chosen: UUID | None
) -> HeatMap | None:
    """Return the accuracy by subcategory; None where no configuration has one."""
    titles = {d.key: d.title for d in dimensions}
    shown = [
        d
        for d in dimensions
        if d.axis == SUBCATEGORY and any(_accuracy(who, d.key) is not None for who in found)
    ]
    values = [v for who in found for d in shown if (v := _accuracy(who, d.key)) is not None]
    if not values:
        return None
    low, high = min(values), max(values)
    return HeatMap(
        groups=[
            (titles.get(parent, parent), len(list(members)))
            for parent, members in groupby(shown, lambda d: d.parent)
        ],
        columns=[HeatColumn(d.short, _size(found, d.key)) for d in shown],
        rows=[
            (who, who.run == chosen, [_heat_cell(who, d.key, low, high) for d in shown])
            for who in found
        ],
        low=numbers.percent(low),
        high=numbers.percent(high),
    )


def _accuracy(who: Configuration, subcategory: str) -> float | None:
    score = who.within(subcategory)
    return score.value if score else None


def _size(found: Sequence[Configuration], subcategory: str) -> str:
    """Return the number of questions, where every configuration agrees on it."""
    totals = {score.total for who in found if (score := who.within(subcategory))}
    return numbers.count(totals.pop()) if len(totals) == 1 else ""


def _heat_cell(who: Configuration, subcategory: str, low: float, high: float) -> HeatCell:
    score = who.within(subcategory)
    if score is None or score.value is None:
        return HeatCell(numbers.MISSING, "", None)
    shade = None
    if high > low:
        shade = 1 + min(SHADES - 1, int(SHADES * (score.value - low) / (high - low)))
    return HeatCell(numbers.percent(score.value), numbers.interval(score.low, score.high), shade)
