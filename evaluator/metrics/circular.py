"""Scores of a multiple-choice benchmark under CircularEval."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from evaluator.grading.circular import PASS_STEP, circular_groups
from evaluator.metrics.shares import (
    OVERALL,
    Place,
    clustered_mean,
    clustered_share,
    plain_share,
    unknown,
)
from evaluator.records import Score, Verdict


@dataclass(frozen=True, slots=True)
class ChoiceRow:
    """One graded row: ``predicted`` is what was read, ``letters`` are its options, ``places`` its values by axis."""

    index: int
    verdict: Verdict
    predicted: str | None
    gold: str
    letters: Collection[str]
    places: Mapping[str, str] = field(default_factory=dict)


def circular_scores(rows: Sequence[ChoiceRow], places: Iterable[Place]) -> list[Score]:
    """Return the scores overall and at each of ``places`` (axis, dimension) that has rows.

    Everywhere: ``circular`` (groups right in all their passes; a group stands where its main row stands),
    ``vanilla`` (main rows) and ``all_rows``. Overall also ``pass_N`` and ``letter_bias_X``. Rows whose verdict is not
    scored are in none of them, and a group with one is in ``circular`` only where ``circular_groups`` knows it.

    A frugal run does not ask what its questions no longer depend on. ``circular`` is what it would have been; a score
    that counts rows of which one was SKIPPED is unknown (value None, total 0): those that were asked are the passes
    of questions that went well until then, no sample of all.

    Groups are independent, and so are the rows of one pass: Wilson. Rows of several passes are not: bootstrap over
    groups. Without rows there are no scores.
    """
    if not rows:
        return []
    table = _Table(rows)
    scores = list(_accuracies(table, OVERALL, np.ones(len(rows), dtype=np.bool_)))
    columns: dict[str, NDArray[np.object_]] = {}
    for axis, dimension in places:
        if axis not in columns:
            columns[axis] = np.array([row.places.get(axis) for row in rows], dtype=np.object_)
        here = columns[axis] == dimension
        if here.any():
            scores.extend(_accuracies(table, (axis, dimension), here))
    return [*scores, *_passes(table), *_letter_biases(table, rows)]


def circular_units(rows: Sequence[ChoiceRow]) -> dict[str, tuple[str, float]]:
    """Return what ``circular`` counts overall, as ``Benchmark.units`` does: each known question, 1 point if right.

    A question is called by its number, and is a cluster of its own.
    """
    if not rows:
        return {}
    groups = _Table(rows).groups
    numbers = [str(rows[first].index % PASS_STEP) for first in groups.first]
    return {
        number: (number, float(right))
        for number, right, known in zip(numbers, groups.right, groups.known, strict=True)
        if known
    }


class _Table:
    """The rows as columns."""

    def __init__(self, rows: Sequence[ChoiceRow]) -> None:
        verdicts = [row.verdict for row in rows]
        self.correct = np.array([v is Verdict.CORRECT for v in verdicts], dtype=np.bool_)
        self.scored = np.array([v.scored for v in verdicts], dtype=np.bool_)
        self.skipped = np.array([v is Verdict.SKIPPED for v in verdicts], dtype=np.bool_)
        index = np.array([row.index for row in rows], dtype=np.int64)
        wrong = self.scored & ~self.correct
        self.groups = circular_groups(index, self.correct, wrong, self.skipped)


def _accuracies(table: _Table, place: Place, here: NDArray[np.bool_]) -> Iterator[Score]:
    groups = table.groups
    of_known = here[groups.first] & groups.known
    yield plain_share(place, "circular", int((of_known & groups.right).sum()), int(of_known.sum()))
    yield _pass_accuracy(table, place, "vanilla", here & (groups.number == 1))
    if (here & table.skipped).any():
        yield unknown(place, "all_rows")
        return
    scored = here & table.scored
    yield clustered_share(place, "all_rows", table.correct[scored], groups.code[scored])


def _pass_accuracy(table: _Table, place: Place, metric: str, rows: NDArray[np.bool_]) -> Score:
    if (rows & table.skipped).any():
        return unknown(place, metric)
    hits = int((rows & table.correct).sum())
    return plain_share(place, metric, hits, int((rows & table.scored).sum()))


def _passes(table: _Table) -> Iterator[Score]:
    for number in np.unique(table.groups.number):
        rows = table.groups.number == number
        yield _pass_accuracy(table, OVERALL, f"pass_{number}", rows)


def _letter_biases(table: _Table, rows: Sequence[ChoiceRow]) -> Iterator[Score]:
    """Yield, by letter, its frequency among the predictions less that among the right answers of the same rows.

    Only rows with a prediction count: what a model could not be read to say is no preference for a letter.
    """
    letters = sorted({letter for row in rows for letter in row.letters})
    if table.skipped.any():
        yield from (unknown(OVERALL, f"letter_bias_{letter}") for letter in letters)
        return
    predicted = np.array([row.predicted or "" for row in rows])
    gold = np.array([row.gold for row in rows])
    read = (predicted != "") & table.scored
    clusters = table.groups.code[read]
    for letter in letters:
        difference = (predicted[read] == letter).astype(np.int64) - (gold[read] == letter)
        yield clustered_mean(OVERALL, f"letter_bias_{letter}", difference, clusters)
