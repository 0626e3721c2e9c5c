"""From a bundle's responses to verdicts, counts, scores and what stands against publishing. No I/O."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.conf import settings

from evaluator.benchmarks import Benchmark
from evaluator.errors import EvaluationError, FailureCode
from evaluator.grading.marking import mark as mark_one
from evaluator.metrics.run import run_scores
from evaluator.records import Item, Marked, Response, Score, Verdict
from leaderboard.runs.models import Run

Blocker = dict[str, Any]


def mark(
    benchmark: Benchmark, items: Mapping[str, Item], responses: Iterable[Response]
) -> list[Marked]:
    """Grade each response against its item, by the rules alone and for itself: ``finished`` is left to the caller.

    Raises EvaluationError: BUNDLE_CORRUPT for a response to no known item or a second one to the same item,
    BUNDLE_INCOMPLETE when there is no response at all.
    """
    marked: dict[str, Marked] = {}
    for response in responses:
        item = items.get(response.key)
        if item is None:
            raise EvaluationError(
                FailureCode.BUNDLE_CORRUPT,
                f"Item {str(response.key)[:40]!r} is not in the data set.",
            )
        if item.key in marked:
            raise EvaluationError(
                FailureCode.BUNDLE_CORRUPT, f"Item {item.key!r} is answered twice."
            )
        marked[item.key] = mark_one(benchmark, item, response)
    if not marked:
        raise EvaluationError(FailureCode.BUNDLE_INCOMPLETE, "The bundle holds no response.")
    return list(marked.values())


def score(benchmark: Benchmark, marked: Iterable[Marked]) -> list[Score]:
    """Return every score of the run."""
    return run_scores(benchmark, list(marked))


def count(marked: Sequence[Marked], *, rows: int, limit: int | None) -> dict[str, int]:
    """Return how many items were asked for, how many of them have no response, and how many got each verdict."""
    items = rows if limit is None else min(rows, limit)
    verdicts = Counter(m.graded.verdict for m in marked)
    return {
        "items": items,
        "responses": len(marked),
        "missing": max(0, items - len(marked)),
        **{verdict.value: verdicts[verdict] for verdict in Verdict},
    }


def blockers(run: Run, counts: Mapping[str, Any]) -> list[Blocker]:
    """Return why a run with these counts may not be published: ``{"code", "detail", "data"}`` each; empty when it may.

    A limited run never may: a limit takes the first rows, which are no sample of the benchmark.
    """
    limit = run.limit
    found: list[Blocker] = []
    if limit is not None:
        detail = f"The run was limited to the first {limit} items."
        found.append({"code": "limited", "detail": detail, "data": {"limit": limit}})
    items, missing = counts["items"], counts["missing"]
    if missing:
        found.append(
            {
                "code": "missing_items",
                "detail": f"{missing} of {items} items have no response.",
                "data": {"missing": missing, "items": items},
            }
        )
    asked = counts["responses"] - counts.get("skipped", 0)
    shares = (
        ("errored", asked, "requests failed", settings.MAX_ERRORED_SHARE),
        (
            "unjudged",
            asked - counts["errored"],
            "answers were left open by the rules, and the judge failed on them",
            settings.MAX_UNJUDGED_SHARE,
        ),
    )
    for verdict, among, words, allowed in shares:
        found += _share_blocker(verdict, counts.get(verdict, 0), among, words, allowed)
    return found


def _share_blocker(
    verdict: str, number: int, among: int, words: str, allowed: float
) -> list[Blocker]:
    """Return the blocker of a verdict that more than the allowed share has, or nothing."""
    if number <= allowed * among:
        return []
    share = number / among
    data = {verdict: number, "responses": among, "share": share, "allowed": allowed}
    detail = f"{number} of {among} {words} ({share:.1%}); at most {allowed:.1%} may."
    return [{"code": f"{verdict}_share", "detail": detail, "data": data}]
