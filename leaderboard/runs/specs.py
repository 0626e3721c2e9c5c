"""From a submission request to the document that a worker gets."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, cast

from evaluator.spec import BenchmarkSpec, EvaluationSpec, GenerationSpec, ModelSpec, Pictures
from leaderboard.runs.models import Run, Submission
from leaderboard.runs.submission import SubmissionRequest

_DTYPES = {"fp32": "float32", "bf16": "bfloat16", "fp16": "float16"}
_QUANTIZATIONS = {"fp8": "fp8", "awq_int4": "awq", "gptq_int4": "gptq"}
"""What engines call these precisions. Of any other, the engine reads the checkpoint's own configuration."""


def model_spec(request: SubmissionRequest) -> ModelSpec:
    """Return how to reach or serve the model, without the key."""
    if request.kind == "endpoint":
        return ModelSpec(kind="endpoint", name=request.served_name, base_url=request.base_url)
    return ModelSpec(
        kind="checkpoint",
        name=request.served_name,
        engine=request.engine,
        source=request.source,
        revision=request.revision or None,
        dtype=_DTYPES.get(request.precision, "auto"),
        quantization=_QUANTIZATIONS.get(request.precision),
        tensor_parallel_size=request.tensor_parallel_size,
        max_model_len=request.max_model_len,
    )


def evaluation_spec(
    request: SubmissionRequest, submission: str, runs: Iterable[Run]
) -> EvaluationSpec:
    """Return the spec of a new submission with these runs, without the key."""
    return EvaluationSpec(
        submission=submission,
        attempt=1,
        model=model_spec(request),
        benchmarks=tuple(benchmark_spec(run) for run in runs),
        generation=GenerationSpec(concurrency=request.concurrency),
    )


def benchmark_spec(run: Run) -> BenchmarkSpec:
    """Return what a worker is to ask for this run."""
    return BenchmarkSpec(
        slug=run.benchmark.slug,
        run=str(run.public_id),
        limit=run.limit,
        pictures=cast(Pictures, run.pictures),
        frugal=run.frugal,
        declaration=run.benchmark.declaration,
    )


def message_for(submission: Submission, runs: Iterable[Run]) -> dict[str, Any]:
    """Return the wire form of what a worker is to do now: these runs, at this attempt, with the sealed key."""
    spec = EvaluationSpec.from_json(submission.spec)
    wanted = {str(run.public_id) for run in runs}
    return replace(
        spec,
        attempt=submission.attempt,
        model=replace(spec.model, api_key_sealed=submission.api_key_sealed or None),
        benchmarks=tuple(b for b in spec.benchmarks if b.run in wanted),
    ).to_json()
