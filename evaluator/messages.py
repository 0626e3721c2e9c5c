"""All that the site and the workers share on the wire: queue names, task names, Redis keys, payloads.

The two Celery applications meet here and nowhere else. Payloads are JSON; nothing here knows Celery.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, Self

from evaluator.errors import EvaluationError, FailureCode
from evaluator.spec import EvaluationSpec

EVALUATE_TASK = "evaluator.evaluate"
REPORT_TASK = "site.report"

SITE_QUEUE = "site"
ENDPOINT_QUEUE = "endpoint"
ENDPOINT_TESTS_KEY = "vlmlb:endpoint-tests"
"""Redis list of tests of endpoints (JSON of :class:`EndpointTest`). No queue of Celery's: there it would wait behind
evaluations."""
WORKERS_UNACKED_KEY = "evaluator.unacked"
"""Redis hash of the messages that workers hold and have not finished (kombu's ``unacked_key``)."""

GPU_QUEUES = {n: f"gpu.{n}" for n in (1, 2, 4, 8)}

HEARTBEAT_EVERY_S = 2.0
PROGRESS_TTL_S = 24 * 3600
VISIBILITY_TIMEOUT_S = 30
"""How long after its worker's last heartbeat a message that is not finished is delivered again. Longer than a second
delivery waits for the first one's claim, shorter than the silence after which the site counts a worker as lost."""
ENDPOINT_TEST_TTL_S = 600
"""How long the answer to a test of an endpoint is kept."""
ENDPOINT_TEST_TAKEN_S = 120
"""How long a worker that took a test may be at it: longer than the slowest endpoint takes (``preflight``)."""
CLAIM_TTL_S = 15
"""A claim is renewed with every heartbeat, so it outlives a killed worker by no more than this."""


def queue_for(spec: EvaluationSpec) -> str:
    """Return the queue that fits: endpoints need no GPU, a checkpoint needs its tensor-parallel size.

    Raises EvaluationError(SPEC_INVALID) when no queue has that many GPUs.
    """
    if spec.model.kind == "endpoint":
        return ENDPOINT_QUEUE
    for gpus, name in sorted(GPU_QUEUES.items()):
        if spec.model.tensor_parallel_size <= gpus:
            return name
    raise EvaluationError(
        FailureCode.SPEC_INVALID,
        f"tensor_parallel_size {spec.model.tensor_parallel_size} is more than {max(GPU_QUEUES)}",
    )


def claim_key(submission: str, attempt: int) -> str:
    """Redis key held by the one worker that runs this attempt; a duplicate delivery finds it taken."""
    return f"vlmlb:claim:{submission}:{attempt}"


def cancel_key(submission: str, attempt: int) -> str:
    """Redis key that the site sets to stop this attempt; the worker looks at it with every heartbeat."""
    return f"vlmlb:cancel:{submission}:{attempt}"


def progress_key(submission: str, attempt: int) -> str:
    """Redis key with the live progress (JSON of :class:`Progress`); its ``at`` is the heartbeat."""
    return f"vlmlb:progress:{submission}:{attempt}"


WORKER_EVERY_S = 3.0
WORKER_TTL_S = 12
"""How long after its last word a worker counts as there."""
WORKERS_PATTERN = "vlmlb:worker:*"


def worker_key(name: str, pid: int) -> str:
    """Redis key with what a worker process says of itself (JSON of :class:`WorkerPresence`)."""
    return WORKERS_PATTERN.replace("*", f"{name}:{pid}")


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerPresence:
    """A worker that is up, busy or not. ``slots``: evaluations that it runs at a time; ``at`` is epoch seconds."""

    name: str
    queues: tuple[str, ...]
    slots: int
    host_class: str
    since: float
    at: float

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Build it from its wire form; ValueError, TypeError or KeyError for anything else."""
        return cls(
            **{**data, "queues": tuple(map(str, data["queues"])), "slots": int(data["slots"])}
        )


def endpoint_test_key(number: str) -> str:
    """Redis key with what a test of an endpoint told (JSON of :class:`EndpointTestResult`)."""
    return f"vlmlb:endpoint-test:{number}"


def endpoint_test_waiting_key(number: str) -> str:
    """Redis key that is there as long as somebody waits for a worker to take the test, and then for its answer."""
    return f"vlmlb:endpoint-test-waiting:{number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointTest:
    """Ask an endpoint one question. No key: an empty one."""

    number: str
    base_url: str
    model: str
    api_key_sealed: str = field(default="", repr=False)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Build a test from its wire form; TypeError for anything else."""
        test = cls(**data)
        if not all(isinstance(value, str) for value in asdict(test).values()):
            raise TypeError("a test of an endpoint holds texts")
        return test


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointTestResult:
    """What the endpoint answered, or (``code``, ``detail``) why there is no answer. Times are milliseconds.

    ``ttft_ms`` is None for an answer that was not streamed. ``adaptations`` are parameters that the endpoint refused and
    that were left out; ``models`` the names that it lists.
    """

    question: str
    answer: str = ""
    ttft_ms: float | None = None
    latency_ms: float | None = None
    usage: bool = False
    models: tuple[str, ...] = ()
    adaptations: tuple[str, ...] = ()
    code: FailureCode | None = None
    detail: str = ""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        code = data.get("code")
        lists = {name: tuple(data.get(name, ())) for name in ("models", "adaptations")}
        return cls(**{**data, **lists, "code": FailureCode(code) if code else None})


class Stage(StrEnum):
    """Where the worker is in the way of one evaluation."""

    CLAIMED = "claimed"
    SERVING = "serving"
    PROBING = "probing"
    GENERATING = "generating"
    BUNDLING = "bundling"
    DONE = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunProgress:
    """Live figures of one benchmark. ``rate`` is requests per second; times are milliseconds.

    ``skipped`` of the ``done`` items were not asked (frugal CircularEval).
    """

    done: int = 0
    total: int | None = None
    errored: int = 0
    skipped: int = 0
    resumed: int = 0
    rate: float | None = None
    eta_s: float | None = None
    ttft_ms_p50: float | None = None
    ttft_ms_p95: float | None = None
    tokens_per_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """The worker's live view of an attempt, kept in Redis only. ``at`` is epoch seconds: the heartbeat."""

    at: float
    worker: str
    stage: Stage
    stage_since: float
    current_run: str | None = None
    runs: Mapping[str, RunProgress] = field(default_factory=dict)
    log_tail: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        runs = {k: RunProgress(**v) for k, v in data.get("runs", {}).items()}
        rest = {k: v for k, v in data.items() if k not in ("runs", "stage", "log_tail")}
        return cls(
            **rest, stage=Stage(data["stage"]), runs=runs, log_tail=tuple(data.get("log_tail", ()))
        )


class ReportKind(StrEnum):
    """What a worker tells the site. STARTED, STAGE and FINISHED speak of the whole attempt."""

    STARTED = "started"
    STAGE = "stage"
    BUNDLE = "bundle"
    FAILED = "failed"
    CANCELLED = "cancelled"
    FINISHED = "finished"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One message from a worker to the site (task ``REPORT_TASK``, queue ``SITE_QUEUE``).

    BUNDLE: ``run``, ``artifact`` (path in the artifact store), ``sha256``, ``items_artifact``.
    FAILED: ``run`` or None for every unfinished run of the attempt; ``code``, ``detail``, ``log_tail``, and ``facts``
    where the failure has some (``EvaluationError.facts``).
    STAGE: ``stage`` and, while generating, ``run``. STARTED: ``facts`` with worker, host and versions.
    The site ignores a report whose attempt is not the run's current one.
    """

    kind: ReportKind
    submission: str
    attempt: int
    at: float
    run: str | None = None
    stage: Stage | None = None
    artifact: str | None = None
    sha256: str | None = None
    items_artifact: str | None = None
    code: FailureCode | None = None
    detail: str = ""
    log_tail: tuple[str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Build a report from its wire form; ValueError or TypeError for anything else."""
        rest = dict(data)
        report = cls(
            kind=ReportKind(rest.pop("kind", None)),
            stage=None if (stage := rest.pop("stage", None)) is None else Stage(stage),
            code=None if (code := rest.pop("code", None)) is None else FailureCode(code),
            log_tail=tuple(rest.pop("log_tail", ())),
            **rest,
        )
        for names, kinds in _REPORT_FIELDS.items():
            for name in names:
                if not isinstance(getattr(report, name), kinds):
                    raise TypeError(f"{name} has the wrong type")
        return report


_REPORT_FIELDS: dict[tuple[str, ...], tuple[type, ...]] = {
    ("submission", "detail"): (str,),
    ("attempt",): (int,),
    ("at",): (int, float),
    ("run", "artifact", "sha256", "items_artifact"): (str, type(None)),
    ("facts",): (Mapping,),
}
