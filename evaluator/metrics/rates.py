"""What every run has beside its scores: how often answers could not be used, and how long they were."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evaluator.benchmarks.base import Benchmark
from evaluator.grading.marking import RULING
from evaluator.grading.reasoning import reasoning_length
from evaluator.metrics.shares import OVERALL, cluster_codes, clustered_share
from evaluator.records import HowRead, Marked, Score, Verdict

TRUNCATED = "length"
"""The finish reason of an answer that ran into the limit on new tokens."""


def run_rates(benchmark: Benchmark, marked: Sequence[Marked]) -> list[Score]:
    """Return the rates of a run, on axis and dimension ``overall``: ``correct`` of ``total`` responses are so.

    - ``skipped`` (not asked), of all rows;
    - ``errored`` (the request failed), of those that were asked;
    - of those that were answered: ``unparsed`` (nothing could be read, counted as wrong), ``refused`` (nothing could
      be read because the model declined), ``judged`` (a judge decided), ``unjudged`` (the judge failed);
    - ``truncated`` (cut off by the limit on new tokens), of the answers whose finish reason is known.

    Intervals resample the benchmark's clusters. A rate of nothing has the value None. Without rows, no rates.
    """
    if not marked:
        return []
    clusters = cluster_codes(benchmark.cluster(m.item) for m in marked)
    verdict = np.array([m.graded.verdict.value for m in marked])
    how = np.array([m.graded.how for m in marked])
    ruled = np.array([RULING in m.graded.notes for m in marked], dtype=np.bool_)
    reason = np.array([m.response.finish_reason or "" for m in marked])
    every = np.ones(len(marked), dtype=np.bool_)
    asked = verdict != Verdict.SKIPPED.value
    answered = asked & (verdict != Verdict.ERRORED.value)
    rates = {
        "unparsed": (verdict == Verdict.UNPARSED.value, answered),
        "refused": (how == HowRead.REFUSED.value, answered),
        "judged": (ruled & (verdict != Verdict.UNJUDGED.value), answered),
        "unjudged": (verdict == Verdict.UNJUDGED.value, answered),
        "truncated": (reason == TRUNCATED, answered & (reason != "")),
        "errored": (verdict == Verdict.ERRORED.value, asked),
        "skipped": (verdict == Verdict.SKIPPED.value, every),
    }
    return [
        clustered_share(OVERALL, name, hits[among], clusters[among])
        for name, (hits, among) in rates.items()
    ]


def answer_lengths(marked: Sequence[Marked]) -> dict[str, Any]:
    """Return how long the answers are, as JSON types; not scores, since they are no fractions.

    ``answers``: how many there are. ``characters`` and ``completion_tokens`` (the endpoint's own count, of the
    answers that it told it for): ``{"n", "mean", "p50", "p95", "max"}`` of the raw text, reasoning included; None
    when none is known. ``reasoning``: ``answers`` with reasoning in them, its ``share`` of all characters, and
    ``tokens``: the completion tokens by that share of each answer, an estimate, since endpoints count no reasoning
    that stands in the text; None when no such answer's tokens are known.
    """
    answers = [
        m.response for m in marked if m.graded.verdict not in (Verdict.ERRORED, Verdict.SKIPPED)
    ]
    characters = np.array([len(a.text) for a in answers], dtype=np.int64)
    thought = np.array([reasoning_length(a.text) for a in answers], dtype=np.int64)
    tokens = np.array(
        [-1.0 if a.completion_tokens is None else a.completion_tokens for a in answers],
        dtype=np.float64,
    )
    told = tokens >= 0
    thinking = thought > 0
    both = told & thinking
    written = int(characters.sum())
    return {
        "answers": len(answers),
        "characters": _distribution(characters),
        "completion_tokens": _distribution(tokens[told]),
        "reasoning": {
            "answers": int(thinking.sum()),
            "share": int(thought.sum()) / written if written else None,
            "tokens": _estimate(tokens[both], thought[both], characters[both]),
        },
    }


def _distribution(lengths: NDArray[np.int64] | NDArray[np.float64]) -> dict[str, float] | None:
    if not len(lengths):
        return None
    p50, p95 = (float(value) for value in np.quantile(lengths, (0.5, 0.95)))
    return {
        "n": len(lengths),
        "mean": float(lengths.mean()),
        "p50": p50,
        "p95": p95,
        "max": int(lengths.max()),
    }


def _estimate(tokens: ArrayLike, thought: ArrayLike, characters: ArrayLike) -> int | None:
    parts = np.asarray(tokens) * np.asarray(thought) / np.asarray(characters)
    return round(float(parts.sum())) if len(parts) else None
