"""From a submission request to the document that a worker gets."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, cast

from evaluator.spec import BenchmarkSpec, EvaluationSpec, GenerationSpec, ModelSpec, Pictures
from leaderboard.catalog.trust import code_is_trusted
from leaderboard.runs.models import Run, Submission
from leaderboard.runs.routing import gpus_for
from leaderboard.runs.submission import SubmissionRequest

_DTYPES = {"fp32": "float32", "bf16": "bfloat16", "fp16": "float16"}
_QUANTIZATIONS = {
    "fp8": "fp8",
    "awq_int4": "awq",
    "gptq_int4": "gptq",
    "gptq_int8": "gptq",
    "bnb_nf4": "bitsandbytes",
    "bnb_fp4": "bitsandbytes",
    "bnb_int8": "bitsandbytes",
}
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
        tensor_parallel_size=gpus_for(request),
        max_model_len=request.max_model_len,
        kv_cache_dtype=request.kv_cache_dtype,
        images_per_prompt=request.images_per_prompt,
        engine_args=dict(request.engine_args),
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
        probe=request.probe,
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
    """Return the wire form of what a worker is to do now: these runs, at this attempt, with the sealed key.

    Whether the checkpoint's own code may be run is looked up now: what a reviewer took back is taken back.
    """
    spec = EvaluationSpec.from_json(submission.spec)
    wanted = {str(run.public_id) for run in runs}
    return replace(
        spec,
        attempt=submission.attempt,
        model=replace(
            spec.model,
            api_key_sealed=submission.api_key_sealed or None,
            trust_remote_code=_trusted(spec.model),
        ),
        benchmarks=tuple(b for b in spec.benchmarks if b.run in wanted),
    ).to_json()


def _trusted(model: ModelSpec) -> bool:
    return model.kind == "checkpoint" and code_is_trusted(model.source or "", model.revision or "")
