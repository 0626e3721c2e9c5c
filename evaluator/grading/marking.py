"""From responses to verdicts: what every benchmark has in common."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from evaluator.records import Graded, Item, Marked, Response, Ruling, Verdict

if TYPE_CHECKING:
    from evaluator.benchmarks.base import Benchmark


def mark(
    benchmark: Benchmark, item: Item, response: Response, ruling: Ruling | None = None
) -> Marked:
    """Return the response with its verdict.

    A request that failed is ERRORED and one that was not made SKIPPED, whatever the benchmark. When the rules leave
    an answer open and the judge that was asked failed, it is UNJUDGED. A ruling with an outcome replaces the rules.
    """
    return Marked(item, response, _verdict(benchmark, item, response, ruling))


def finished(benchmark: Benchmark, marked: Sequence[Marked]) -> list[Marked]:
    """Return the marked responses with what the benchmark can only say when it has seen all of them."""
    verdicts = benchmark.finish([(m.item, m.graded) for m in marked])
    return [replace(m, graded=graded) for m, graded in zip(marked, verdicts, strict=True)]


def open_to_a_judge(marked: Iterable[Marked]) -> list[Marked]:
    """Return the responses that the rules could not read."""
    return [m for m in marked if m.graded.verdict is Verdict.UNPARSED]


def _verdict(benchmark: Benchmark, item: Item, response: Response, ruling: Ruling | None) -> Graded:
    if response.error is not None:
        return Graded(item.key, Verdict.ERRORED, 0.0)
    if response.skipped:
        return Graded(item.key, Verdict.SKIPPED, 0.0)
    if ruling is not None and ruling.outcome is None:
        by_rules = benchmark.grade(item, response)
        if by_rules.verdict is Verdict.UNPARSED:
            return replace(by_rules, verdict=Verdict.UNJUDGED, points=0.0)
        return by_rules
    return benchmark.grade(item, response, ruling)
