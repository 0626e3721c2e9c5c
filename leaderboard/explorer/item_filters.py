"""Which questions of a data set to show, in which order, as the address says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Count, F, Func, Q, QuerySet
from django.db.models.fields.json import KeyTextTransform

from leaderboard.catalog.models import DatasetVersion, Dimension
from leaderboard.explorer.filters import value_of
from leaderboard.results.models import ItemStatistics, Level, Verdict
from leaderboard.runs.models import Run

DIFFER = (Level.FEW, Level.SOME, Level.MOST)
"""The levels at which models disagree."""


SEARCHED = ("question", "hint", "options", *"ABCDE", "answer", "multiple_choice_answer")
"""The fields of a question that hold its words, its options and its answer, as the benchmarks name them."""


class Sort(StrEnum):
    """The orders; each is a column of ``ItemStatistics`` that is unique in a data set."""

    DISPUTED = "disputed"
    HARDEST = "hardest"
    POSITION = "position"


@dataclass(frozen=True, slots=True)
class ItemFilter:
    """Empty values do not filter.

    ``level`` is one of Level's numbers, ``differ`` is "1" where models must disagree; ``verdict`` and ``how`` must
    occur among the answers; ``right`` and ``wrong`` are public ids of runs that must be right, or wrong.
    ``dimension`` is ``AXIS:KEY``; ``q`` is looked for in the question, its options and its answer.
    """

    dimension: str = ""
    level: str = ""
    differ: str = ""
    verdict: str = ""
    how: str = ""
    right: str = ""
    wrong: str = ""
    q: str = ""

    @classmethod
    def parse(
        cls, parameters: Mapping[str, Any], dimensions: Sequence[Dimension], runs: Iterable[Run]
    ) -> ItemFilter:
        """Read the parameters of these names; a value that does not exist is dropped."""
        known_runs = {str(run.public_id) for run in runs}
        allowed = {
            "dimension": {value_of(d) for d in dimensions},
            "level": {str(level) for level in Level.values},
            "differ": {"1"},
            "verdict": set(Verdict.values),
            "right": known_runs,
            "wrong": known_runs,
        }
        given = {f.name: str(parameters.get(f.name, "")) for f in fields(cls)}
        kept = {name: value for name, value in given.items() if value in allowed.get(name, {value})}
        for name in ("q", "how"):
            kept[name] = kept[name].replace("\x00", "").strip()[:200]
        return cls(**kept)

    def without(self, name: str) -> ItemFilter:
        """Return the filter with one parameter given up."""
        return replace(self, **{name: ""})

    def of(self, dataset: DatasetVersion, runs: Iterable[Run]) -> QuerySet[ItemStatistics]:
        """Return the questions that match, in no particular order. ``runs`` are those that the filter may name."""
        rows = {str(run.public_id): run.pk for run in runs}
        found = ItemStatistics.objects.filter(dataset=dataset)
        if self.dimension:
            axis, _, key = self.dimension.partition(":")
            found = found.filter(item__dimensions__contains={axis: key})
        if self.level:
            found = found.filter(level=int(self.level))
        if self.differ:
            found = found.filter(level__in=DIFFER)
        if self.verdict:
            found = found.filter(verdicts__contains=[self.verdict])
        if self.how:
            found = found.filter(hows__contains=[self.how])
        if self.right:
            found = found.filter(right_runs__contains=[rows[self.right]])
        if self.wrong:
            found = found.filter(wrong_runs__contains=[rows[self.wrong]])
        if self.q:
            texts = (Q(**{f"item__fields__{name}__icontains": self.q}) for name in SEARCHED)
            found = found.filter(reduce(or_, texts))
        return found


def sort_of(parameters: Mapping[str, Any]) -> Sort:
    """Read the parameter ``sort``; anything else means the most disputed first."""
    wanted = parameters.get("sort")
    return Sort(wanted) if wanted in set(Sort) else Sort.DISPUTED


@dataclass(frozen=True, slots=True)
class Numbers:
    """How many questions each value of a parameter would leave, the other parameters kept."""

    dimension: Mapping[str, int]
    level: Mapping[str, int]
    differ: Mapping[str, int]
    verdict: Mapping[str, int]
    how: Mapping[str, int]


def numbers_of(
    chosen: ItemFilter, dataset: DatasetVersion, runs: Sequence[Run], axis: str
) -> Numbers:
    """Return the facets' numbers, dimensions of ``axis`` only. At most five queries, which read no question and no answer."""

    def base(name: str) -> QuerySet[ItemStatistics]:
        return chosen.without(name).of(dataset, runs)

    levels = _grouped(base("level").exclude(level=None), F("level"))
    if chosen.level or chosen.differ:
        among = _grouped(base("differ").exclude(level=None), F("level"))
    else:
        among = levels
    places = base("dimension").filter(item__dimensions__has_key=axis)
    by_place = _grouped(places, KeyTextTransform(axis, "item__dimensions"))
    return Numbers(
        dimension={f"{axis}:{key}": number for key, number in by_place.items()},
        level=levels,
        differ={"1": sum(among.get(str(level.value), 0) for level in DIFFER)},
        verdict=_grouped(base("verdict"), _unnested("verdicts")),
        how=_grouped(base("how"), _unnested("hows")),
    )


def _unnested(column: str) -> Func:
    return Func(F(column), function="unnest")


def _grouped(found: QuerySet[ItemStatistics], value: Any) -> dict[str, int]:
    """Return how many rows have each value."""
    rows = found.order_by().annotate(value=value).values_list("value")
    return {str(value): number for value, number in rows.annotate(number=Count("pk"))}
