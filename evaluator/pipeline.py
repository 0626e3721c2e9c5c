"""One evaluation as a story: serve, probe, then for each benchmark generate, bundle, deliver."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from evaluator import __version__
from evaluator.bundle import write_bundle
from evaluator.engines import get_engine
from evaluator.errors import EvaluationCancelled, EvaluationError, FailureCode
from evaluator.generation import HARNESS_LOG, Generated, Target, generate
from evaluator.messages import RunProgress, Stage
from evaluator.records import Manifest, Verdict
from evaluator.serving.gpu_memory import gpu_memory_given_back
from evaluator.serving.measuring import Measurements, probe_or_reason
from evaluator.serving.metrics import serving_summary
from evaluator.serving.probe import ProbeReport
from evaluator.serving.sampling import Sampler, sources_of
from evaluator.serving.serve import serve
from evaluator.serving.served import ServedModel
from evaluator.serving.telemetry import hardware_facts
from evaluator.settings import PipelineSettings
from evaluator.spec import BenchmarkSpec, EvaluationSpec

KEEP_WORK_DAYS = 7
"""How long answers of an unfinished evaluation are kept for a retry."""

OF_THE_RUN = frozenset(
    {
        FailureCode.SPEC_INVALID,
        FailureCode.BENCHMARK_UNKNOWN,
        FailureCode.DATASET_MISSING,
        FailureCode.DATASET_SCHEMA,
        FailureCode.HARNESS_TIMEOUT,
        FailureCode.HARNESS_OUT_OF_MEMORY,
        FailureCode.HARNESS_FAILED,
        FailureCode.METRIC_UNAVAILABLE,
    }
)
"""Failures of one benchmark: the others of the evaluation go on. Any other failure ends the attempt."""


class Observer(Protocol):
    """Who follows an evaluation: the worker's reporter to the site, or a terminal."""

    def stage(self, stage: Stage, run: str | None = None) -> None: ...

    def progress(self, run: str, figures: RunProgress, log: tuple[str, ...]) -> None: ...

    def cancelled(self) -> bool: ...

    def deliver(self, run: str, bundle: Path, sha256: str, generated: Generated) -> None: ...

    def failed(self, run: str, error: EvaluationError) -> None:
        """One benchmark failed; the evaluation goes on."""


def evaluate(
    spec: EvaluationSpec, settings: PipelineSettings, observer: Observer, api_key: str | None
) -> None:
    """Run the whole evaluation.

    ``api_key`` is the submitted endpoint's key in clear; it goes to the endpoint and nowhere else.
    Raises EvaluationError when the attempt cannot go on, EvaluationCancelled when the observer says so; a dead
    engine shows as its own error, whatever it broke. A failure that concerns one benchmark is told to the observer, and the next benchmark starts.
    """
    home = settings.work_dir / "evaluations" / spec.submission
    if observer.cancelled():
        raise EvaluationCancelled
    observer.stage(Stage.SERVING)
    with (
        _gpus_free_again(spec, settings),
        serve(
            spec.model,
            api_key=api_key,
            commands=settings.engine_commands,
            checkpoint_roots=settings.checkpoint_roots,
            start_timeout_s=settings.engine_start_timeout_s,
            request_timeout_s=spec.generation.request_timeout_s,
            allowed_networks=settings.allowed_networks,
            work_dir=home,
            cancelled=observer.cancelled,
            hub=settings.hub,
        ) as served,
        Sampler(sources_of(served, get_engine(served.engine).gauges)) as sampler,
    ):
        probed = _probe(spec, served, settings, observer)
        measured = Measurements(sampler=sampler, probed=probed)
        for benchmark in spec.benchmarks:
            try:
                _run_benchmark(spec, benchmark, served, measured, settings, observer, home)
            except EvaluationError as error:
                if error.code not in OF_THE_RUN or not served.alive():
                    raise
                observer.failed(benchmark.run, error)
    observer.stage(Stage.DONE)


def _gpus_free_again(
    spec: EvaluationSpec, settings: PipelineSettings
) -> AbstractContextManager[None]:
    if spec.model.kind == "endpoint":
        return nullcontext()
    return gpu_memory_given_back(settings.gpu_free_timeout_s)


def _probe(
    spec: EvaluationSpec, served: ServedModel, settings: PipelineSettings, observer: Observer
) -> ProbeReport | str | None:
    """Put the model under load, once for all benchmarks. Raises EvaluationCancelled."""
    if settings.probe is None or not spec.probe_wanted:
        return None
    observer.stage(Stage.PROBING)
    return probe_or_reason(served, settings.probe, cancelled=observer.cancelled)


def remove_old_work(settings: PipelineSettings, now: Callable[[], float] = time.time) -> None:
    """Remove what no attempt has touched for KEEP_WORK_DAYS. Other workers may be at work in the same place."""
    for folder in (settings.work_dir / "evaluations").glob("*"):
        if _last_touched(folder) < now() - KEEP_WORK_DAYS * 86_400:
            shutil.rmtree(folder, ignore_errors=True)


def _last_touched(folder: Path) -> float:
    """Return the newest modification time of the folder and all below it, passing over what vanishes meanwhile."""
    newest = 0.0
    for parent, _, files in os.walk(folder):
        for path in (Path(parent), *(Path(parent, name) for name in files)):
            with suppress(FileNotFoundError):
                newest = max(newest, path.stat().st_mtime)
    return newest


def _run_benchmark(
    spec: EvaluationSpec,
    benchmark: BenchmarkSpec,
    served: ServedModel,
    measured: Measurements,
    settings: PipelineSettings,
    observer: Observer,
    home: Path,
) -> None:
    started = datetime.now(UTC)
    # All attempts at the same questions share a folder, so that a later one continues where an earlier stopped.
    identity = replace(spec, benchmarks=(benchmark,)).identity()
    folder = home / f"{benchmark.run}-{identity[:16]}"
    if observer.cancelled():
        raise EvaluationCancelled
    observer.stage(Stage.GENERATING, benchmark.run)
    generated = generate(
        benchmark,
        Target(
            base_url=served.base_url,
            model=served.model_name,
            api_key=served.api_key,
            allowed_networks=tuple(served.allowed_networks),
        ),
        spec.generation,
        settings,
        folder,
        cancelled=lambda: observer.cancelled() or not served.alive(),
        on_progress=lambda figures, log: observer.progress(benchmark.run, figures, log),
    )
    observer.stage(Stage.BUNDLING, benchmark.run)
    manifest = _manifest(spec, identity, benchmark, served, measured, generated, started)
    path = folder / "bundle.zip"
    sha256 = write_bundle(path, manifest, generated.responses, folder / HARNESS_LOG)
    observer.deliver(benchmark.run, path, sha256, generated)


def _manifest(
    spec: EvaluationSpec,
    identity: str,
    benchmark: BenchmarkSpec,
    served: ServedModel,
    measured: Measurements,
    generated: Generated,
    started: datetime,
) -> Manifest:
    responses = generated.responses
    probed = measured.probe()
    asked = [response for response in responses if not response.skipped]
    model = spec.to_json()["model"]
    model.pop("api_key_sealed")
    generation: dict[str, Any] = spec.to_json()["generation"] | {
        "limit": benchmark.limit,
        "pictures": benchmark.pictures,
        "frugal": benchmark.frugal,
    }
    return Manifest(
        benchmark=benchmark.slug,
        run=benchmark.run,
        submission=spec.submission,
        attempt=spec.attempt,
        spec_identity=identity,
        model=model,
        dataset=generated.dataset,
        generation=generation,
        versions=generated.result.get("versions", {})
        | dict(served.versions)
        | {"evaluator": __version__},
        counts={
            "responses": len(responses),
            Verdict.ERRORED.value: sum(r.error is not None for r in responses),
            Verdict.SKIPPED.value: len(responses) - len(asked),
            "resumed": generated.result.get("counts", {}).get("resumed", 0),
        },
        argv=generated.argv,
        environment=generated.result.get("environment", {}),
        hardware=hardware_facts(),
        serving=serving_summary(asked) | ({"probe": probed} if probed is not None else {}),
        telemetry=measured.telemetry(),
        checkpoint=dict(served.checkpoint),
        declaration=None if benchmark.declaration is None else dict(benchmark.declaration),
        aggregates=generated.result.get("aggregates", {}),
        prompts_sha256=generated.result.get("prompts_sha256"),
        started_at=started.isoformat(),
        finished_at=datetime.now(UTC).isoformat(),
    )
