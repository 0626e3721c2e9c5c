"""The generate step, seen from the worker: run the lmms-eval child on one benchmark and collect what it left."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from evaluator.bundle import read_responses
from evaluator.errors import EvaluationCancelled, EvaluationError, FailureCode
from evaluator.messages import RunProgress
from evaluator.process import End, EndReason, IsolatedProcess, child_environment
from evaluator.progress import ResponsesTail
from evaluator.records import Item, Response
from evaluator.settings import ROOT, PipelineSettings
from evaluator.spec import BenchmarkSpec, GenerationSpec

LOG_LINES = 40
HARNESS_LOG = "harness.log"
EXIT_FAILED = 3
"""The child wrote failure.json."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where the questions go."""

    base_url: str
    model: str
    api_key: str | None = None
    allowed_networks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Generated:
    """What the child left in ``folder``, read and checked. ``result`` is its result.json."""

    folder: Path
    items_folder: Path
    dataset: dict[str, Any]
    result: dict[str, Any]
    responses: list[Response]
    argv: list[str]

    def items(self) -> Iterator[Item]:
        """Yield the data set's items, in order."""
        with (self.items_folder / "items.jsonl").open(encoding="utf-8") as lines:
            for line in lines:
                data = json.loads(line)
                yield Item.from_json(data | {"images": tuple(data["images"])})


def generate(
    benchmark: BenchmarkSpec,
    target: Target,
    generation: GenerationSpec,
    settings: PipelineSettings,
    folder: Path,
    *,
    cancelled: Callable[[], bool],
    on_progress: Callable[[RunProgress, tuple[str, ...]], None],
) -> Generated:
    """Run one benchmark in ``folder`` and return what it gave; continues where an earlier call stopped.

    ``on_progress`` gets the figures and the newest log lines about twice a second.
    Raises EvaluationCancelled, or EvaluationError with the log's tail.
    """
    if not settings.harness_python.exists():
        raise EvaluationError(
            FailureCode.HARNESS_NOT_INSTALLED, f"{settings.harness_python.name} was not found"
        )
    folder.mkdir(parents=True, exist_ok=True)
    for stale in ("dataset.json", "failure.json", "result.json"):
        (folder / stale).unlink(missing_ok=True)
    items_dir = settings.work_dir / "items" / benchmark.slug
    argv = [str(settings.harness_python), "-m", "evaluator.harness.main"]
    job = {
        "benchmark": benchmark.slug,
        "declaration": benchmark.declaration,
        "limit": benchmark.limit,
        "pictures": benchmark.pictures,
        "frugal": benchmark.frugal,
        "base_url": target.base_url,
        "model": target.model,
        "api_key": target.api_key,
        "allowed_networks": list(target.allowed_networks),
        "generation": asdict(generation),
        "data_dir": str(settings.data_dir.resolve()) if settings.data_dir else None,
        "out": str(folder.resolve()),
        "items_dir": str(items_dir.resolve()),
    }
    # The child's home is a scratch folder; what torch and datasets cache there serves the next run.
    home = settings.work_dir / "home"
    home.mkdir(parents=True, exist_ok=True)
    process = IsolatedProcess(
        argv,
        env=child_environment({"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}, home=home),
        cwd=folder,
        log_path=folder / HARNESS_LOG,
        stdin=json.dumps(job).encode(),
        memory_mb=settings.harness_memory_mb,
        secrets=(target.api_key,) if target.api_key else (),
    )
    tail = ResponsesTail(folder / "responses.jsonl", time.monotonic)

    def tick() -> None:
        tail.total = tail.total or _rows(folder, benchmark.limit)
        on_progress(tail.read(), process.tail(LOG_LINES))

    with process:
        end = process.wait(settings.harness_timeout_s, cancelled=cancelled, on_tick=tick)
    tick()
    _raise_unless_ok(end, folder, process.tail(LOG_LINES))
    dataset = json.loads((folder / "dataset.json").read_text())
    return Generated(
        folder=folder,
        items_folder=items_dir / dataset["fingerprint"],
        dataset=dataset,
        result=json.loads((folder / "result.json").read_text()),
        responses=read_responses(folder / "responses.jsonl"),
        argv=["python", *argv[1:]],
    )


def _rows(folder: Path, limit: int | None) -> int | None:
    try:
        rows = int(json.loads((folder / "dataset.json").read_text())["rows"])
    except (FileNotFoundError, ValueError, KeyError):
        return None  # Not there yet.
    return rows if limit is None else min(rows, limit)


def _raise_unless_ok(end: End, folder: Path, tail: tuple[str, ...]) -> None:
    if end.reason is EndReason.CANCELLED:
        raise EvaluationCancelled
    failure = folder / "failure.json"
    if end.reason is EndReason.EXITED and end.exit_code == EXIT_FAILED and failure.exists():
        data = json.loads(failure.read_text())
        raise EvaluationError(FailureCode(data["code"]), data.get("detail", ""), log_tail=tail)
    codes = {
        EndReason.TIMED_OUT: FailureCode.HARNESS_TIMEOUT,
        EndReason.OUT_OF_MEMORY: FailureCode.HARNESS_OUT_OF_MEMORY,
    }
    if not end.ok:
        code = codes.get(end.reason, FailureCode.HARNESS_FAILED)
        raise EvaluationError(code, end.detail, log_tail=tail)
    if not (folder / "result.json").exists():
        raise EvaluationError(
            FailureCode.HARNESS_FAILED, "lmms-eval ended without a result", log_tail=tail
        )
