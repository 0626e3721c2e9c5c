"""lmms-eval's own metrics for a declared benchmark: of each sample, and in total where that can be computed.

Apart from lmms-eval's evaluation loop, which would score failed requests as empty answers, wait for judges for
minutes and fail on the first answer that a task cannot take.
"""

from __future__ import annotations

import inspect
import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evaluator.benchmarks.generic import GenericBenchmark, finite
from evaluator.errors import EvaluationError, FailureCode
from evaluator.harness.offline import Attempts, NetworkUsed, no_network
from evaluator.records import Response

log = logging.getLogger(__name__)

Metrics = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Scored:
    """``metrics`` by position: every plain number that lmms-eval gives, and the declared metric's. ``aggregates`` by
    metric: lmms-eval's own totals over the answered samples, those that are numbers."""

    metrics: dict[int, dict[str, float]]
    aggregates: dict[str, float]


def lmms_eval_scores(
    task: Any, benchmark: GenericBenchmark, responses: Mapping[int, Response]
) -> Scored:
    """Score the answered among ``responses`` (by position) with the task's ``process_results``.

    ``task`` must have been through lmms-eval's evaluation, so that its filters have been applied; the first filter
    counts. An answer that the task fails on has no metrics. Raises EvaluationError(METRIC_UNAVAILABLE) when the task
    fails on every answer, gives no such metric or no number for it, or needs the network (a judge).
    """
    documents = task.eval_docs_no_media
    raw: dict[int, Metrics] = {}
    failures: dict[int, Exception] = {}
    with no_network() as attempts:
        for instance in task.instances:
            position = instance.doc_id
            response = responses[position]
            if response.error is not None or response.skipped:
                continue
            text = next(iter(instance.filtered_resps.values()))
            try:
                raw[position] = _scored(task, documents[position], text, attempts)
            except EvaluationError:
                raise
            except Exception as error:
                log.warning(
                    "row %d cannot be scored: %s: %s", position, type(error).__name__, error
                )
                failures[position] = error
        if failures and not raw:
            position, first = next(iter(failures.items()))
            raise _unavailable(f"row {position} cannot be scored: {type(first).__name__}: {first}")
        metrics = {position: _numbers(benchmark, position, m) for position, m in raw.items()}
        return Scored(metrics, _aggregates(task, list(raw.values())))


def _scored(task: Any, document: Any, text: Any, attempts: Attempts) -> Metrics:
    """Return what the task makes of one answer, without lmms-eval's five attempts at it."""
    process = inspect.unwrap(type(task).process_results)
    try:
        values = process(task, document, [text])
    except NetworkUsed:
        values = None
    if attempts.count:
        raise _unavailable("the task asks a judge or fetches something to score an answer")
    if not isinstance(values, Mapping):
        raise _unavailable(f"the task gives {type(values).__name__} for a sample, not metrics")
    return dict(values)


def _numbers(benchmark: GenericBenchmark, position: int, values: Metrics) -> dict[str, float]:
    wanted = benchmark.metric
    if wanted not in values:
        raise _unavailable(
            f"row {position} has no metric {wanted!r}; it has {', '.join(map(str, values)) or 'none'}"
        )
    number = benchmark.number(values[wanted])
    if number is None:
        raise _unavailable(
            f"{wanted} of row {position} is {str(values[wanted])[:120]}, which holds no number at value_path"
        )
    plain = {str(name): finite(value) for name, value in values.items()}
    return {name: v for name, v in plain.items() if v is not None} | {wanted: number}


def _aggregates(task: Any, samples: Sequence[Metrics]) -> dict[str, float]:
    """Return lmms-eval's own totals; those that need a judge, a file or lmms-eval's command line are left out."""
    values: defaultdict[str, list[Any]] = defaultdict(list)
    for sample in samples:
        for name, value in sample.items():
            values[name].append(value)
    found = {}
    for name, aggregate in task.aggregation().items():
        if name not in values:
            continue
        try:
            takes_arguments = "args" in inspect.signature(aggregate).parameters
            arguments = {"args": task.args} if takes_arguments else {}
            total = finite(aggregate(values[name], **arguments))
        except (Exception, NetworkUsed) as error:
            log.warning("lmms-eval's total of %s: %s: %s", name, type(error).__name__, error)
            continue
        if total is not None:
            found[name] = total
    return found


def _unavailable(reason: str) -> EvaluationError:
    return EvaluationError(FailureCode.METRIC_UNAVAILABLE, reason)
