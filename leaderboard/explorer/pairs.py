"""Pairs: a question over an original figure and its edited ones, and which of them to show. Pure: rows in, pairs out.

Which responses make a pair, and which figure each is on, stands in the notes of their verdicts
(``evaluator.benchmarks.hallusionbench``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import groupby
from typing import Any

from leaderboard.results.models import Verdict


class Outcome(StrEnum):
    """What became of a pair: all, some or none of its answers are right. UNKNOWN: one of them is not scored."""

    RIGHT = "right"
    MIXED = "inconsistent"
    WRONG = "wrong"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer to the pair's question on one figure. ``dimension`` is its value on the board's axis."""

    item: int
    position: int
    pair: str
    figure: str
    dimension: str
    verdict: Verdict
    diagnosis: str


@dataclass(frozen=True, slots=True)
class Pair:
    """The answers to one question, the original figure's first."""

    key: str
    answers: tuple[Answered, ...]

    @property
    def dimension(self) -> str:
        return self.answers[0].dimension

    @property
    def outcome(self) -> Outcome:
        verdicts = {answer.verdict for answer in self.answers}
        if verdicts & {Verdict.ERRORED, Verdict.UNJUDGED, Verdict.SKIPPED}:
            return Outcome.UNKNOWN
        if verdicts == {Verdict.CORRECT}:
            return Outcome.RIGHT
        return Outcome.MIXED if Verdict.CORRECT in verdicts else Outcome.WRONG

    @property
    def diagnoses(self) -> frozenset[str]:
        return frozenset(answer.diagnosis for answer in self.answers if answer.diagnosis)

    @property
    def figures(self) -> tuple[str, ...]:
        return tuple(answer.figure for answer in self.answers)


@dataclass(frozen=True, slots=True)
class PairFilter:
    """Empty values do not filter."""

    dimension: str = ""
    outcome: str = ""
    diagnosis: str = ""

    @classmethod
    def parse(cls, parameters: Mapping[str, Any]) -> PairFilter:
        """Read ``dimension``, ``outcome`` and ``diagnosis``; an outcome that there is not is dropped."""
        outcome = str(parameters.get("outcome", ""))
        return cls(
            dimension=str(parameters.get("dimension", "")),
            outcome=outcome if outcome in set(Outcome) else "",
            diagnosis=str(parameters.get("diagnosis", "")),
        )

    def of(self, pairs: Iterable[Pair]) -> list[Pair]:
        """Return the pairs that match, in their order."""
        return [
            pair
            for pair in pairs
            if (not self.dimension or pair.dimension == self.dimension)
            and (not self.outcome or pair.outcome == self.outcome)
            and (not self.diagnosis or self.diagnosis in pair.diagnoses)
        ]

    def numbers(self, pairs: Sequence[Pair]) -> dict[str, Counter[str]]:
        """Return by parameter and value how many pairs match once the parameter has this value."""
        values: dict[str, Callable[[Pair], Iterable[str]]] = {
            "dimension": lambda pair: [pair.dimension],
            "outcome": lambda pair: [pair.outcome],
            "diagnosis": lambda pair: pair.diagnoses,
        }
        return {
            name: Counter(v for pair in replace(self, **{name: ""}).of(pairs) for v in read(pair))
            for name, read in values.items()
        }


@dataclass(frozen=True, slots=True)
class Place:
    """Where a pair stands in the filter: from 1, or None where it does not match; and its neighbours there."""

    number: int | None
    of: int
    previous: str | None
    following: str | None


def pairs_of(answers: Iterable[Answered]) -> list[Pair]:
    """Return the pairs in the order in which they first stand in the data set."""
    ordered = sorted(answers, key=lambda a: (a.pair, a.figure))
    found = [Pair(key, tuple(members)) for key, members in groupby(ordered, lambda a: a.pair)]
    return sorted(found, key=lambda pair: min(answer.position for answer in pair.answers))


def place_of(pair: Pair, everything: Sequence[Pair], matching: Sequence[Pair]) -> Place:
    """Return where a pair stands among the matching ones; one that does not match, between those around it."""
    order = {p.key: number for number, p in enumerate(everything)}
    here = order[pair.key]
    before = [p.key for p in matching if order[p.key] < here]
    behind = [p.key for p in matching if order[p.key] > here]
    inside = len(before) + len(behind) < len(matching)
    return Place(
        number=len(before) + 1 if inside else None,
        of=len(matching),
        previous=before[-1] if before else None,
        following=behind[0] if behind else None,
    )


def same_figures(pair: Pair, everything: Iterable[Pair]) -> list[Pair]:
    """Return the pairs that ask on the figures of this one, itself among them."""
    figures = set(pair.figures)
    return [other for other in everything if figures & set(other.figures)]
