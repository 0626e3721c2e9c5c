"""Scores of a multiple-choice benchmark under CircularEval."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from evaluator.grading.circular import circular_groups
from evaluator.metrics.shares import Place, clustered_difference, clustered_share, plain_share
from evaluator.records import Score, Verdict

OVERALL: Place = ("overall", "overall")


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
    ``vanilla`` (main rows) and ``all_rows``. Overall also ``pass_N``, ``letter_bias_X``, and the rates ``unparsed``
    (of the answered rows) and ``errored`` (of all rows), whose ``correct`` counts the rows that are so. Errored rows
    are in no other score, and a group with one is not in ``circular`` (see ``circular_groups``).

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
    return [*scores, *_passes(table), *_letter_biases(table, rows), *_rates(table)]


class _Table:
    """The rows as columns."""

    def __init__(self, rows: Sequence[ChoiceRow]) -> None:
        verdict = np.array([row.verdict.value for row in rows])
        self.correct = verdict == Verdict.CORRECT.value
        self.unparsed = verdict == Verdict.UNPARSED.value
        self.errored = verdict == Verdict.ERRORED.value
        index = np.array([row.index for row in rows], dtype=np.int64)
        self.groups = circular_groups(index, self.correct, self.errored)


def _accuracies(table: _Table, place: Place, here: NDArray[np.bool_]) -> Iterator[Score]:
    groups = table.groups
    of_known = here[groups.first] & groups.known
    yield plain_share(place, "circular", int((of_known & groups.right).sum()), int(of_known.sum()))
    yield _pass_accuracy(table, place, "vanilla", here & (groups.number == 1))
    answered = here & ~table.errored
    yield clustered_share(place, "all_rows", table.correct[answered], groups.code[answered])


def _pass_accuracy(table: _Table, place: Place, metric: str, rows: NDArray[np.bool_]) -> Score:
    hits = int((rows & table.correct).sum())
    return plain_share(place, metric, hits, int((rows & ~table.errored).sum()))


def _passes(table: _Table) -> Iterator[Score]:
    for number in np.unique(table.groups.number):
        rows = table.groups.number == number
        yield _pass_accuracy(table, OVERALL, f"pass_{number}", rows)


def _letter_biases(table: _Table, rows: Sequence[ChoiceRow]) -> Iterator[Score]:
    """Yield, by letter, its frequency among the predictions less that among the right answers of the same rows.

    Only rows with a prediction count: what a model could not be read to say is no preference for a letter.
    """
    letters = sorted({letter for row in rows for letter in row.letters})
    predicted = np.array([row.predicted or "" for row in rows])
    gold = np.array([row.gold for row in rows])
    read = (predicted != "") & ~table.errored
    clusters = table.groups.code[read]
    for letter in letters:
        difference = (predicted[read] == letter).astype(np.int64) - (gold[read] == letter)
        yield clustered_difference(OVERALL, f"letter_bias_{letter}", difference, clusters)


def _rates(table: _Table) -> Iterator[Score]:
    code, answered = table.groups.code, ~table.errored
    yield clustered_share(OVERALL, "unparsed", table.unparsed[answered], code[answered])
    yield clustered_share(OVERALL, "errored", table.errored, code)
