"""What a run's page says of the whole set: tiles, breakdowns of a whole into parts, rates, and what is left. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from leaderboard.catalog.labels import RATES, is_difference, metric_hint, metric_title
from leaderboard.catalog.models import Benchmark, Dimension
from leaderboard.core import numbers
from leaderboard.runs.scores import ScoreCell, ScoreLike, ScoreRow, Scores, Tree, cell_of

FURTHER_TILES = ("pct_diff", "fp_ratio", "blind", "visual_gain")
"""Metrics that have a tile wherever a run has them, beside the headline and the board's metrics."""

NARROWEST_LABEL = 0.09
"""A part of a bar smaller than this has no room for its number."""


@dataclass(frozen=True, slots=True)
class ScoreTile:
    """A number of the whole set, large."""

    title: str
    hint: str
    unit: str
    cell: ScoreCell


@dataclass(frozen=True, slots=True)
class Kind:
    """A breakdown of a whole: metrics that are shares of the same units and add up to all of them.

    ``look`` names the colours: those of verdicts, or those of categories.
    """

    title: Promise
    text: Promise
    unknown: Promise
    look: str
    metrics: tuple[str, ...]
    whole_only: bool


KINDS = (
    Kind(
        title=_("Consistency"),
        text=_("Figures by whether all, some or none of their questions were answered rightly."),
        unknown=_("Not known."),
        look="verdict",
        metrics=("consistent", "inconsistent", "consistently_wrong"),
        whole_only=True,
    ),
    Kind(
        title=_("Why answers fail"),
        text=_(
            "Wrong and uncertain answers by their diagnosed cause, in percent. Right: how many."
        ),
        unknown=_("Not known: these questions were not asked without their picture."),
        look="cause",
        metrics=("language_hallucination", "visual_illusion", "mixed"),
        whole_only=False,
    ),
)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a bar: ``width`` in percent for the style, ``label`` where there is room for it."""

    title: str
    label: str
    value: str
    count: str
    width: str


@dataclass(frozen=True, slots=True)
class Bar:
    """One dimension, or the whole set, divided into parts; none where the division is not known."""

    title: str
    depth: int
    total: str
    parts: list[Part]


@dataclass(frozen=True, slots=True)
class Breakdown:
    """A breakdown with the bars of the whole set and of its dimensions. ``legend`` names the parts, in their order."""

    title: str
    text: str
    unknown: str
    look: str
    legend: list[tuple[str, str]]
    bars: list[Bar]


def in_breakdowns() -> frozenset[str]:
    """Return the metrics that breakdowns show."""
    return frozenset(metric for kind in KINDS for metric in kind.metrics)


def tiles(benchmark: Benchmark, scores: Scores) -> list[ScoreTile]:
    """Return the headline, the board's further metrics, and what else deserves a tile, as far as there is a score."""
    return [
        ScoreTile(
            title=metric_title(metric),
            hint=metric_hint(metric),
            unit=gettext("points") if is_difference(metric) else "%",
            cell=cell_of(score),
        )
        for metric in _tiled(benchmark)
        if (score := _of_whole(benchmark, scores, metric))
    ]


def rates(benchmark: Benchmark, scores: Scores) -> list[ScoreRow]:
    """Return the rates that every benchmark has."""
    found = (_of_whole(benchmark, scores, metric) for metric in RATES)
    return [_row(score) for score in found if score and score.value is not None]


def further(benchmark: Benchmark, scores: Scores) -> list[ScoreRow]:
    """Return the numbers that exist for the whole set only and stand nowhere else: passes, biases."""
    of_parts = {metric for axis, _, metric in scores if axis != benchmark.headline_axis}
    shown = of_parts | set(_tiled(benchmark)) | set(RATES) | in_breakdowns()
    return [
        _row(score)
        for (axis, _, metric), score in scores.items()
        if axis == benchmark.headline_axis and metric not in shown
    ]


def breakdowns(
    benchmark: Benchmark, dimensions: Sequence[Dimension], scores: Scores
) -> list[Breakdown]:
    """Return the breakdowns that the run has scores for."""
    return [
        Breakdown(
            title=str(kind.title),
            text=str(kind.text),
            unknown=str(kind.unknown),
            look=kind.look,
            legend=[(metric_title(metric), metric_hint(metric)) for metric in kind.metrics],
            bars=list(_bars(kind, benchmark, dimensions, scores)),
        )
        for kind in KINDS
        if _of_whole(benchmark, scores, kind.metrics[0])
    ]


def _bars(
    kind: Kind, benchmark: Benchmark, dimensions: Sequence[Dimension], scores: Scores
) -> Iterator[Bar]:
    tree = Tree(dimensions)
    for axis, roots in tree.roots(benchmark.headline_axis).items():
        if kind.whole_only and axis != benchmark.headline_axis:
            continue
        for depth, dimension in tree.below(roots):
            found = [scores.get((dimension.axis, dimension.key, m)) for m in kind.metrics]
            known = [score for score in found if score]
            if len(known) == len(kind.metrics):
                yield _bar(dimension.title, depth, known)


def _bar(title: str, depth: int, found: Sequence[ScoreLike]) -> Bar:
    if any(score.value is None for score in found):
        return Bar(title, depth, numbers.MISSING, [])
    parts = [_part(score, score.value) for score in found if score.value is not None]
    return Bar(title, depth, numbers.count(found[0].total), parts)


def _part(score: ScoreLike, value: float) -> Part:
    written = numbers.percent(value)
    return Part(
        title=metric_title(score.metric),
        label=written if value >= NARROWEST_LABEL else "",
        value=written,
        count=numbers.count(score.correct),
        width=f"{100 * value:.2f}",
    )


def _tiled(benchmark: Benchmark) -> list[str]:
    metrics = (benchmark.headline_metric, *benchmark.board_metrics, *FURTHER_TILES)
    return list(dict.fromkeys(metrics))


def _of_whole(benchmark: Benchmark, scores: Scores, metric: str) -> ScoreLike | None:
    return scores.get((benchmark.headline_axis, benchmark.headline_dimension, metric))


def _row(score: ScoreLike) -> ScoreRow:
    return ScoreRow(metric_title(score.metric), metric_hint(score.metric), 0, [cell_of(score)])
