"""From responses to verdicts: what every benchmark has in common."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from evaluator.records import Graded, HowRead, Item, Marked, Response, Ruling, Verdict

if TYPE_CHECKING:
    from evaluator.benchmarks.base import Benchmark

RULING = "ruling"
"""The note of a verdict that holds the ruling behind it, as JSON: ``judge``, ``outcome`` or ``error``, ``notes``."""


def mark(
    benchmark: Benchmark,
    item: Item,
    response: Response,
    ruling: Ruling | None = None,
    *,
    everything: bool = False,
) -> Marked:
    """Return the response with its verdict.

    A request that failed is ERRORED and one that was not made SKIPPED, whatever the benchmark. A ruling with an
    outcome replaces the rules. When the judge that was asked failed, an answer that the rules leave open is UNJUDGED;
    where it was to rule on ``everything``, every answer is. A verdict that a ruling decided, or was to decide, has
    the ruling in its notes.
    """
    return Marked(item, response, _verdict(benchmark, item, response, ruling, everything))


def finished(benchmark: Benchmark, marked: Sequence[Marked]) -> list[Marked]:
    """Return the marked responses with what the benchmark can only say when it has seen all of them."""
    verdicts = benchmark.finish([(m.item, m.graded) for m in marked])
    return [replace(m, graded=graded) for m, graded in zip(marked, verdicts, strict=True)]


def ruling_in(notes: dict[str, Any] | None) -> Ruling | None:
    """Return the ruling in a verdict's notes, if a ruling was behind it."""
    said = (notes or {}).get(RULING)
    return Ruling.from_json({"outcome": None, **said}) if said else None


def _verdict(
    benchmark: Benchmark, item: Item, response: Response, ruling: Ruling | None, everything: bool
) -> Graded:
    if response.error is not None:
        return Graded(item.key, Verdict.ERRORED, 0.0)
    if response.skipped:
        return Graded(item.key, Verdict.SKIPPED, 0.0)
    if ruling is None:
        return benchmark.grade(item, response)
    if ruling.outcome is None:
        graded = benchmark.grade(item, response)
        left_open = benchmark.left_open(graded)
        if not (left_open or everything):
            return graded
        how = graded.how if left_open else ""
        graded = replace(graded, verdict=Verdict.UNJUDGED, points=0.0, parsed=None, how=how)
    else:
        graded = _ruled(benchmark, item, response, ruling)
    said = {name: value for name, value in ruling.to_json().items() if value}
    return replace(graded, notes={**graded.notes, RULING: said})


def _ruled(benchmark: Benchmark, item: Item, response: Response, ruling: Ruling) -> Graded:
    """Return the verdict by the ruling. An answer that the judge could not read either stays a refusal if it is one."""
    graded = benchmark.grade(item, response, ruling)
    if graded.verdict is Verdict.UNPARSED:
        by_rules = benchmark.grade(item, response)
        if by_rules.how == HowRead.REFUSED:
            return replace(graded, how=by_rules.how)
    return graded
