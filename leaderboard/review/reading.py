"""What the texts of a run's answers tell the checks: one pass over them, in one query."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from evaluator.benchmarks import Benchmark
from evaluator.errors import EvaluationError
from evaluator.metrics.rates import TRUNCATED
from evaluator.records import HowRead, Item
from leaderboard.catalog.declarations import declaration_of
from leaderboard.results.models import Response, Verdict
from leaderboard.review.checks.facts import EXAMPLES, Answers, Rate
from leaderboard.review.leaks import Leak, leak_in
from leaderboard.review.sketches import Codes, sketch_of
from leaderboard.runs.models import Run

CHUNK = 1000
_COLUMNS = (
    "item__key",
    "item__position",
    "item__fields",
    "verdict",
    "how",
    "finish_reason",
    "text",
)


class _Tally:
    """Counts answers that are so, and keeps the keys of the first."""

    def __init__(self) -> None:
        self.number = 0
        self.samples: list[str] = []

    def add(self, key: str) -> None:
        self.number += 1
        if len(self.samples) < EXAMPLES:
            self.samples.append(key)

    def of(self, among: int) -> Rate:
        return Rate(self.number, among, tuple(self.samples))


@dataclass(frozen=True, slots=True)
class _Answer:
    item: Item
    verdict: str
    how: str
    finish_reason: str | None
    text: str


def read_answers(run: Run) -> tuple[Answers, Codes]:
    """Return what a graded run's answers tell, and their sketch. The texts pass through once and are not kept."""
    if run.dataset is None:
        raise ValueError(f"run {run.public_id} has not been graded")
    declared = _declared(run)
    truncated, refused, leaked = _Tally(), _Tally(), _Tally()
    answered = finished = named = 0

    def watched() -> Iterator[tuple[int, str, bool]]:
        nonlocal answered, finished, named
        for answer in _answers(run):
            key = answer.item.key
            answered += 1
            finished += bool(answer.finish_reason)
            if answer.finish_reason == TRUNCATED:
                truncated.add(key)
            if answer.how == HowRead.REFUSED and answer.verdict == Verdict.UNPARSED:
                refused.add(key)
            if declared and (leak := leak_in(declared, answer.item, answer.text)):
                leaked.add(key)
                named += leak is Leak.NAME
            yield answer.item.position, answer.text, answer.verdict == Verdict.CORRECT

    sketch = sketch_of(watched(), run.dataset.rows)
    return (
        Answers(
            truncated=truncated.of(finished),
            refused=refused.of(answered),
            leaked=leaked.of(answered if declared else 0),
            named=named,
        ),
        sketch,
    )


def _answers(run: Run) -> Iterator[_Answer]:
    """Yield what was asked and answered, in the order of the data set."""
    rows = (
        Response.objects.of_run(run)
        .exclude(verdict__in=(Verdict.ERRORED, Verdict.SKIPPED))
        .order_by("item__position")
        .values_list(*_COLUMNS)
    )
    for key, position, fields, *rest in rows.iterator(chunk_size=CHUNK):
        yield _Answer(Item(key=key, position=position, fields=fields), *rest)


def _declared(run: Run) -> Benchmark | None:
    """Return the benchmark's declaration; None where it is declared nowhere any more."""
    try:
        return declaration_of(run.benchmark)
    except EvaluationError:
        return None
