"""The child process: one benchmark, one endpoint, one folder.

Reads a job from standard input (see ``job.Job``) and leaves in its ``out`` folder
    dataset.json     what was asked: path, name, split, fingerprint, rows, local, label; written first
    responses.jsonl  one ``records.Response`` per item, appended as they arrive; kept when the job is run again. For a
                     declared benchmark replaced in the end, with lmms-eval's metrics in each
    asked.sha256     of what was asked, so that answers to something else are not taken over
    result.json      versions, prompts_sha256, counts, environment, aggregates; and exit status 0
    failure.json     code and detail; and exit status 3
The log goes to standard error. lmms-eval is imported late: what can be refused without it is refused at once.

Usage: python -m evaluator.harness.main < job.json
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import logging
import os
import platform
import sys
import traceback
from dataclasses import replace
from time import monotonic
from typing import TYPE_CHECKING, Any

from evaluator.addresses import check_address
from evaluator.benchmarks import GenericBenchmark, benchmark_of
from evaluator.errors import EvaluationError, FailureCode
from evaluator.harness.dataset import (
    Source,
    check_columns,
    find_source,
    load,
    loading_arguments,
    scan,
)
from evaluator.harness.frugal import check_possible
from evaluator.harness.job import Job
from evaluator.harness.offline import JUDGE_KEYS
from evaluator.harness.store import ResponseLog, write_json, write_text
from evaluator.records import Response

if TYPE_CHECKING:
    from evaluator.harness.endpoint_model import EndpointModel

EXIT_FAILED = 3
VERSIONED = ("lmms-eval", "torch", "transformers", "datasets", "pillow", "pyarrow", "httpx")

log = logging.getLogger("evaluator.harness")


def main() -> int:
    """Run the job on standard input and return the exit status."""
    # Tasks print; standard output is nobody's, so everything goes to the log.
    sys.stdout = sys.stderr
    logging.basicConfig(
        level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(message)s"
    )
    for chatty in ("httpx", "httpcore", "datasets", "urllib3", "filelock"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    try:
        job = Job.read(sys.stdin.read())
    except EvaluationError as error:
        log.error("%s", error)
        return EXIT_FAILED
    return _guarded(job)


def _guarded(job: Job) -> int:
    """Run the job; whatever goes wrong becomes failure.json, in words without the API key."""
    job.out.mkdir(parents=True, exist_ok=True)
    for stale in ("result.json", "failure.json"):
        (job.out / stale).unlink(missing_ok=True)
    try:
        result = run(job)
    except EvaluationError as error:
        return _fail(job, error.code, error.detail)
    except MemoryError:
        return _fail(job, FailureCode.HARNESS_OUT_OF_MEMORY, "the harness ran out of memory")
    except Exception as error:
        log.error("%s", job.scrub(traceback.format_exc()))
        return _fail(job, FailureCode.HARNESS_FAILED, f"{type(error).__name__}: {error}")
    write_json(job.out / "result.json", result)
    return 0


def _fail(job: Job, code: FailureCode, detail: str) -> int:
    detail = job.scrub(detail)
    log.error("%s: %s", code.value, detail)
    write_json(job.out / "failure.json", {"code": code.value, "detail": detail})
    return EXIT_FAILED


def run(job: Job) -> dict[str, Any]:
    """Ask every question that is not answered yet and return what goes into result.json."""
    started = monotonic()
    benchmark = benchmark_of(job.benchmark, job.declaration)
    if job.frugal:
        check_possible(benchmark)
    address = check_address(job.base_url, job.allowed_networks)
    source = find_source(benchmark, job.data_dir)
    _set_environment(offline=source.local)

    arguments = loading_arguments(source, job.items_dir / ".datasets")
    dataset = load(source, arguments)
    check_columns(benchmark, dataset.column_names)
    rows = scan(dataset, benchmark)
    log.info("data ready after %.1f s", monotonic() - started)

    from evaluator.harness.generate import generate, prepare, register
    from evaluator.harness.items import ensure_pack

    _quiet_loguru()
    log.info("lmms-eval imported after %.1f s", monotonic() - started)
    prepared = prepare(benchmark, source, arguments)
    if prepared.rewrites_rows:
        rows = scan(prepared.docs, benchmark)
    _describe(job, source, rows.fingerprint, len(rows.keys))
    response_log = ResponseLog(job.out / "responses.jsonl")
    answered = _resume(job, response_log, rows.fingerprint)
    items = ensure_pack(job.items_dir / rows.fingerprint, rows, prepared.pictures)
    log.info("items ready after %.1f s", monotonic() - started)
    model = register()(
        job=job,
        address=address,
        benchmark=benchmark,
        items=items,
        answered=answered,
        response_log=response_log,
    )
    generate(model, prepared, job.limit)
    log.info("answers ready after %.1f s", monotonic() - started)
    aggregates: dict[str, float] = {}
    if isinstance(benchmark, GenericBenchmark):
        aggregates = _score(prepared.task, benchmark, model, response_log)
    log.info("done after %.1f s", monotonic() - started)
    return _result(model) | {"aggregates": aggregates}


def _score(
    task: Any, benchmark: GenericBenchmark, model: EndpointModel, response_log: ResponseLog
) -> dict[str, float]:
    """Write lmms-eval's values into the responses and return its totals."""
    from evaluator.harness.scoring import lmms_eval_scores

    scored = lmms_eval_scores(task, benchmark, model.responses)
    response_log.replace(
        replace(response, metrics=scored.metrics.get(position))
        for position, response in sorted(model.responses.items())
    )
    return scored.aggregates


def _set_environment(*, offline: bool) -> None:
    """Set what the libraries read when they are imported."""
    os.environ.update(
        HF_HUB_DISABLE_TELEMETRY="1", HF_HUB_DISABLE_PROGRESS_BARS="1", TQDM_DISABLE="1"
    )
    # So that a task that asks a judge does ask, which ``scoring`` notices, instead of scoring 0 without a word.
    os.environ.update(dict.fromkeys(JUDGE_KEYS, "no judge here"))
    if offline:
        os.environ.update(HF_HUB_OFFLINE="1", HF_DATASETS_OFFLINE="1")


def _quiet_loguru() -> None:
    """Send lmms-eval's log to ours. ``diagnose`` would print variables, and so secrets, into tracebacks."""
    from loguru import logger

    logger.remove()
    logger.add(
        sys.stderr, level="INFO", format="{level} {message}", diagnose=False, backtrace=False
    )


def _describe(job: Job, source: Source, fingerprint: str, rows: int) -> None:
    write_json(
        job.out / "dataset.json",
        {
            "path": source.path,
            "name": source.name,
            "split": source.split,
            "fingerprint": fingerprint,
            "rows": rows,
            "local": source.local,
            "label": source.label,
        },
    )


def _resume(job: Job, response_log: ResponseLog, fingerprint: str) -> dict[str, Response]:
    """Return the answers of an earlier attempt, or none when it asked something else (its file is kept aside)."""
    identity = job.resume_identity() | {"dataset": fingerprint, "lmms-eval": _version("lmms-eval")}
    note = job.out / "asked.sha256"
    responses = job.out / "responses.jsonl"
    digest = hashlib.sha256(repr(sorted(identity.items())).encode()).hexdigest()
    if responses.exists() and (not note.exists() or note.read_text() != digest):
        log.warning("the answers in %s belong to other questions; starting over", job.out.name)
        responses.rename(job.out / "responses.stale.jsonl")
    write_text(note, digest)
    return response_log.resume()


def _result(model: EndpointModel) -> dict[str, Any]:
    responses = [response for _, response in sorted(model.responses.items())]
    asked = [r for r in responses if not r.skipped]
    prompts = "".join(f"{r.key}\0{r.prompt_sha256}\n" for r in asked)
    return {
        "versions": {name: _version(name) for name in VERSIONED}
        | {"python": platform.python_version()},
        "prompts_sha256": hashlib.sha256(prompts.encode()).hexdigest(),
        "counts": {
            "items": len(responses),
            "responses": len(responses),
            "errored": sum(r.error is not None for r in responses),
            "skipped": len(responses) - len(asked),
            "resumed": model.resumed,
        },
        "environment": {
            "platform": platform.platform(),
            "cpus": str(os.cpu_count()),
            "endpoint_refused": ",".join(model.adaptations),
        },
    }


def _version(name: str) -> str:
    return importlib.metadata.version(name)


if __name__ == "__main__":
    sys.exit(main())
