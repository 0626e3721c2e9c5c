"""Frugal CircularEval: once a pass of a question is wrong, its later passes are not asked.

A question counts as right only if every pass is right (``grading.circular``), so one wrong pass decides it and the
circular score is the same as if all had been asked. What the later passes would have said is not known: all-rows
accuracy and letter bias are not computed from what is left. "Wrong" is what no judge can turn right: a wrong answer
by the rules, or one that they cannot read where the benchmark leaves nothing to a judge. An answer that a judge may
still decide on decides nothing here, whether or not the site has a judge: rulings come after the run, also years
after. (Where a judge is to rule on every answer, also on those that the rules can read, a run must not be frugal.) A
failed request decides nothing either.
"""

from __future__ import annotations

from collections.abc import Sequence

from evaluator.benchmarks import Benchmark
from evaluator.errors import EvaluationError, FailureCode
from evaluator.grading.marking import mark
from evaluator.records import Item, Response, Verdict


def check_possible(benchmark: Benchmark) -> None:
    """Raise EvaluationError(SPEC_INVALID) unless the benchmark's questions have passes that can be left out."""
    if not benchmark.circular:
        raise EvaluationError(
            FailureCode.SPEC_INVALID,
            f"frugal: {benchmark.slug} does not ask its questions in several passes",
        )


def chains(benchmark: Benchmark, items: Sequence[Item], *, frugal: bool) -> list[list[Item]]:
    """Return the items in chains: those of one chain are asked one after another, different chains at the same time.

    Frugally, a chain is a question and its items are the passes in order; else each item is a chain.
    """
    if not frugal:
        return [[item] for item in items]
    passes: dict[tuple[str, ...], list[Item]] = {}
    for item in items:
        group = benchmark.group_keys(item.fields) or (item.key,)
        passes.setdefault(group, []).append(item)
    return [
        sorted(chain, key=lambda item: group.index(item.key)) for group, chain in passes.items()
    ]


def settles(benchmark: Benchmark, item: Item, response: Response) -> bool:
    """Tell whether this response makes its question wrong, whatever is said to the other passes."""
    graded = mark(benchmark, item, response).graded
    if not graded.verdict.scored or graded.verdict is Verdict.CORRECT:
        return False
    return benchmark.judge_prompt_version is None or not benchmark.left_open(graded)


def not_asked(item: Item) -> Response:
    """Return what stands for an item that was left out."""
    return Response(item.key, item.position, skipped=True)
