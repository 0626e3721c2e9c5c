"""The tiles of the chosen model, beside a baseline. Pure: configurations in, texts and positions out."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext

from leaderboard.boards.hallucination.measured import ACCURACIES, BIAS, Configuration
from leaderboard.catalog.labels import is_difference, metric_hint, metric_title
from leaderboard.core import numbers
from leaderboard.runs.scores import ScoreLike, cell_of

IDEALS = {"pct_diff": 0.0, "fp_ratio": 0.5}
"""Metrics that are best at a value in their middle."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A number of the chosen model, large. ``style`` places it, its interval and the baseline on 0 to 100.

    ``delta`` is the difference to the baseline in points, empty without one; ``better`` says whether it is good, None
    for no difference.
    """

    title: str
    hint: str
    value: str
    unit: str
    style: str
    interval: str
    counted: str
    delta: str
    better: bool | None


def tiles(chosen: Configuration, baseline: Configuration | None) -> list[Tile]:
    """Return the accuracies and the biases of a configuration, as far as they are known."""
    found = []
    for metric in (*ACCURACIES, *BIAS):
        score = chosen.whole(metric)
        if score is not None:
            found.append(_tile(score, baseline.value(metric) if baseline else None))
    return found


def _tile(score: ScoreLike, base: float | None) -> Tile:
    cell = cell_of(score)
    delta = None if score.value is None or base is None else score.value - base
    style = cell.style
    if style and base is not None:
        style += f";--b:{100 * base:.1f}"
    return Tile(
        title=metric_title(score.metric),
        hint=metric_hint(score.metric),
        value=cell.value,
        unit=gettext("points") if is_difference(score.metric) else "%",
        style=style,
        interval=cell.interval,
        counted=cell.counted if score.correct is not None else "",
        delta=numbers.points(delta) if delta is not None else "",
        better=_better(score, base),
    )


def _better(score: ScoreLike, base: float | None) -> bool | None:
    """Say whether the score is better than the baseline's: nearer to the ideal where there is one, else higher."""
    if score.value is None or base is None or score.value == base:
        return None
    ideal = IDEALS.get(score.metric)
    if ideal is None:
        return score.value > base
    distance, before = abs(score.value - ideal), abs(base - ideal)
    return None if distance == before else distance < before
