"""MMBench's grader as it was, and one that has changed since a run was graded."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from evaluator.benchmarks import get_benchmark
from evaluator.records import Graded, Verdict
from leaderboard.results.ingest import ingest
from leaderboard.runs.models import Run
from leaderboard.runs.states import RunState
from tests.factories import deliver, make_run
from tests.small_set import BENCHMARK, Answer, SmallSet, right

DECLARED = type(get_benchmark(BENCHMARK)).__mro__[1]
"""MMBench, whatever its language."""
RULES = get_benchmark(BENCHMARK).protocol
STRICTER = "mmbench-stricter-2"

_GRADE_OF_OLD = DECLARED.grade


def change_grader(monkeypatch: pytest.MonkeyPatch, protocol: str = RULES) -> None:
    """From now on the grader takes only answers other than A, under this protocol."""

    def other(self: Any, item: Any, response: Any, ruling: Any = None) -> Graded:
        graded = _GRADE_OF_OLD(self, item, response, ruling)
        if graded.parsed != "A":
            return graded
        return replace(graded, verdict=Verdict.UNPARSED, points=0.0, parsed=None, how="stricter")

    monkeypatch.setattr(DECLARED, "grade", other)
    monkeypatch.setattr(DECLARED, "protocol", protocol)


def run_of_old_grader(answer: Answer = right, data: SmallSet | None = None) -> Run:
    """Return a run that was graded before the grader changed."""
    with pytest.MonkeyPatch.context() as past:
        past.setattr(DECLARED, "protocol", RULES)
        past.setattr(DECLARED, "grade", _GRADE_OF_OLD)
        run = make_run(RunState.EVALUATING)
        return ingest(run, **deliver(run, answer, data=data).arguments())
