"""Which samples of a run to show, as the address says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from leaderboard.catalog.models import Dimension
from leaderboard.results.flags import Flag
from leaderboard.results.models import Response, ResponseQuerySet, Verdict
from leaderboard.runs.models import Run


@dataclass(frozen=True, slots=True)
class SampleFilter:
    """Empty values do not filter. ``dimension`` is ``AXIS:KEY``; ``text`` is looked for in answers and questions."""

    verdict: str = ""
    flag: str = ""
    dimension: str = ""
    text: str = ""

    @classmethod
    def parse(cls, parameters: Mapping[str, Any], dimensions: Sequence[Dimension]) -> SampleFilter:
        """Read the parameters ``verdict``, ``flag``, ``dimension`` and ``q``; a value that does not exist is dropped."""
        verdict = str(parameters.get("verdict", ""))
        flag = str(parameters.get("flag", ""))
        dimension = str(parameters.get("dimension", ""))
        return cls(
            verdict=verdict if verdict in Verdict.values else "",
            flag=flag if flag in Flag.values else "",
            dimension=dimension if dimension in {value_of(d) for d in dimensions} else "",
            text=str(parameters.get("q", "")).replace("\x00", "").strip()[:200],
        )

    def of_run(self, run: Run) -> ResponseQuerySet:
        """Return the graded run's responses that match, with their items, in no particular order.

        The data set is named so that in its order they are walked along the index of its items.
        """
        responses = Response.objects.of_run(run).select_related("item")
        responses = responses.filter(item__dataset=run.dataset_id)
        if self.verdict:
            responses = responses.filter(verdict=self.verdict)
        if self.flag:
            responses = responses.filter(Flag(self.flag).condition)
        if self.dimension:
            axis, _, key = self.dimension.partition(":")
            responses = responses.filter(item__dimensions__contains={axis: key})
        if self.text:
            question = Q(item__fields__question__icontains=self.text)
            responses = responses.filter(question | Q(text__icontains=self.text))
        return responses


def value_of(dimension: Dimension) -> str:
    """Return how the address writes a dimension."""
    return f"{dimension.axis}:{dimension.key}"
