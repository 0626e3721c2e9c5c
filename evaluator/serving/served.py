"""A model that answers, whatever stands behind it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evaluator.errors import EvaluationError
from evaluator.process import End, IsolatedProcess
from evaluator.serving.hub import Hub
from evaluator.serving.preflight import Preflight


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeContext:
    """What the worker gives to serve with; see :func:`evaluator.serving.serve.serve`. Times are seconds."""

    api_key: str | None = field(repr=False)
    commands: Mapping[str, Sequence[str]]
    checkpoint_roots: tuple[Path, ...]
    start_timeout_s: float
    request_timeout_s: float
    allowed_networks: tuple[str, ...]
    work_dir: Path
    cancelled: Callable[[], bool]
    memory_mb: int | None = None
    hub: Hub | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningEngine:
    """The process behind a served model, and how to put its end into words."""

    process: IsolatedProcess
    explain: Callable[[End, tuple[str, ...]], EvaluationError]


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedModel:
    """A model that answers at ``base_url`` (which ends before ``/chat/completions``).

    ``allowed_networks`` are the CIDRs that whoever asks it must allow beside the public ones. ``versions`` names
    the software that serves, as it said itself. ``metrics_url`` is the engine's Prometheus page, where it has one.
    ``checkpoint`` are the facts of what is served (``CheckpointFacts``), empty where nothing is known of it.
    ``running`` is None for an endpoint that was there already.
    """

    engine: str
    base_url: str
    model_name: str
    api_key: str | None = field(repr=False)
    allowed_networks: tuple[str, ...]
    preflight: Preflight
    versions: Mapping[str, str] = field(default_factory=dict)
    metrics_url: str | None = None
    checkpoint: Mapping[str, Any] = field(default_factory=dict)
    running: RunningEngine | None = None

    def alive(self) -> bool:
        """Return False once an engine that we started has ended."""
        return self.running is None or self.running.process.poll() is None

    def raise_if_dead(self) -> None:
        """Raise EvaluationError (ENGINE_DIED, ENGINE_OUT_OF_MEMORY) with the log's tail once it has ended."""
        if self.running is None:
            return
        end = self.running.process.poll()
        if end is not None:
            raise self.running.explain(end, self.log_tail())

    def log_tail(self, lines: int = 40) -> tuple[str, ...]:
        return () if self.running is None else self.running.process.tail(lines)
