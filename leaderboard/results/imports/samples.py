"""lmms-eval's samples as responses."""

from __future__ import annotations

from pathlib import Path

from evaluator.benchmarks import Benchmark
from evaluator.benchmarks.generic import GenericBenchmark
from evaluator.records import Item, Response
from evaluator.results_files.lmms_eval import Sample, read_samples


def samples_of(benchmark: Benchmark, path: Path) -> list[Sample]:
    """Return the samples in a file, with lmms-eval's own values where those are what grades. Raises BadResults."""
    kept = (benchmark.metric,) if isinstance(benchmark, GenericBenchmark) else ()
    with path.open("rb") as lines:
        return list(read_samples(lines, kept))


def response_to(benchmark: Benchmark, sample: Sample, item: Item) -> Response:
    """Return the response that the sample holds to ``item``."""
    metrics = None
    if isinstance(benchmark, GenericBenchmark) and sample.error is None:
        value = benchmark.number(sample.metrics.get(benchmark.metric))
        metrics = None if value is None else {benchmark.metric: value}
    return Response(
        key=item.key,
        position=item.position,
        text=sample.text,
        error=sample.error,
        prompt_tokens=sample.prompt_tokens,
        completion_tokens=sample.completion_tokens,
        metrics=metrics,
    )
