"""Engines that are a program on the worker: what such an engine declares.

The declaration is pure: it says what to run and how to read what comes back. :mod:`evaluator.serving.running` does it.
"""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from evaluator.engines.base import Engine
from evaluator.errors import EvaluationError, FailureCode
from evaluator.spec import ModelSpec, is_local


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """One start of an engine. ``source`` is a checked folder or a hub id; ``folder`` is private to this start."""

    model: ModelSpec
    source: str
    stored_quantization: str | None = None
    """The method that the checkpoint's own configuration names; None where it names none or was not read."""
    host: str
    port: int
    api_key: str | None = field(repr=False)
    folder: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """What to run: arguments after the configured command, added environment, and files to write into
    ``Launch.folder`` first (for an engine that takes options only from a file). Secrets belong in ``env`` or
    ``files``, never in ``args``: any user of the machine can read those."""

    args: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Flag:
    """A flag that a submission may set, and the values that it takes: numbers in a range, or a choice."""

    low: float = 0
    high: float = 0
    choices: frozenset[str] = frozenset()
    fraction: bool = False
    """Whether decimals are taken; whole numbers otherwise."""

    def accepts(self, value: str) -> bool:
        if self.choices:
            return value in self.choices
        form = r"\d{1,2}(\.\d{1,4})?" if self.fraction else r"\d{1,9}"
        return bool(re.fullmatch(form, value, re.ASCII)) and self.low <= float(value) <= self.high

    def __str__(self) -> str:
        return (
            f"one of {', '.join(sorted(self.choices))}"
            if self.choices
            else f"{self.low:g} to {self.high:g}"
        )


@dataclass(frozen=True, slots=True)
class Symptom:
    """A line of an engine's log that tells why it ended. The first symptom that matches any line counts."""

    pattern: str
    code: FailureCode


OUT_OF_MEMORY = Symptom(
    r"out of memory|OutOfMemoryError|can't allocate memory|Cannot allocate memory|std::bad_alloc|MemoryError",
    FailureCode.ENGINE_OUT_OF_MEMORY,
)
"""How torch, CUDA and the system say it, whatever the engine."""


class CommandEngine(Engine):
    """An engine that the worker starts, by the command configured for its name."""

    kind = "checkpoint"
    dtypes: ClassVar[frozenset[str]]
    quantizations: ClassVar[frozenset[str]] = frozenset()
    """What ``ModelSpec.quantization`` may be. A method that the checkpoint's own configuration names is read from there:
    to name it again could choose a slower kernel, or contradict it."""
    online_quantizations: ClassVar[frozenset[str]] = frozenset()
    """Those of them that the engine can make itself while it loads a checkpoint that is not quantized."""
    kv_cache_dtypes: ClassVar[frozenset[str]] = frozenset({"auto"})
    max_tensor_parallel: ClassVar[int] = 1
    flags: ClassVar[Mapping[str, Flag]] = {}
    """What ``ModelSpec.engine_args`` may set, by flag name without dashes."""
    memory_share: ClassVar[float] = 0.9
    """The share of each GPU's memory that the engine takes unless ``memory_flag`` says otherwise."""
    memory_flag: ClassVar[str | None] = None
    reserves_context: ClassVar[bool] = True
    """Whether the KV cache of a whole context is set aside at the start."""
    takes_key: ClassVar[bool]
    """Whether the engine can be given an API key without showing it in its arguments."""
    health_path: ClassVar[str] = "/health"
    """Answers 200 once requests are served."""
    api_path: ClassVar[str] = "/v1"
    version_path: ClassVar[str | None] = None
    metrics_path: ClassVar[str | None] = None
    symptoms: ClassVar[tuple[Symptom, ...]] = ()
    """The engine's own ways to fail, before those that all share."""

    @abstractmethod
    def invocation(self, launch: Launch) -> Invocation:
        """Return what to run."""

    def served_name(self, launch: Launch) -> str:
        """Return the name under which the engine lists the model; override where it cannot be chosen."""
        return launch.model.name

    def versions(self, body: Any) -> dict[str, str]:
        """Return the versions told by the JSON at ``version_path``."""
        version = body.get("version") if isinstance(body, dict) else None
        return {self.name: version} if isinstance(version, str) else {}

    def check(self, model: ModelSpec) -> None:
        """Raise EvaluationError(SPEC_INVALID) naming what this engine cannot do of what is asked."""
        if model.dtype not in self.dtypes:
            raise self._cannot("dtype", model.dtype, ", ".join(sorted(self.dtypes)))
        if model.quantization is not None and model.quantization not in self.quantizations:
            allowed = ", ".join(sorted(self.quantizations)) or "nothing (what the checkpoint says)"
            raise self._cannot("quantization", model.quantization, allowed)
        if model.kv_cache_dtype not in self.kv_cache_dtypes:
            allowed = ", ".join(sorted(self.kv_cache_dtypes))
            raise self._cannot("kv_cache_dtype", model.kv_cache_dtype, allowed)
        if not 1 <= model.tensor_parallel_size <= self.max_tensor_parallel:
            allowed = f"1 to {self.max_tensor_parallel}"
            raise self._cannot("tensor_parallel_size", model.tensor_parallel_size, allowed)
        for name, value in model.engine_args.items():
            flag = self.flags.get(name)
            if flag is None:
                raise self._cannot("flag", name, ", ".join(sorted(self.flags)) or "no flags")
            if not flag.accepts(value):
                raise self._cannot(name, value, str(flag))

    def _cannot(self, what: str, asked: object, allowed: str) -> EvaluationError:
        return EvaluationError(
            FailureCode.SPEC_INVALID,
            f"The engine {self.name} does not take {what} {asked!r}. It takes: {allowed}.",
        )

    def online_quantization(self, launch: Launch) -> str | None:
        """Return the method that the engine must be told to apply while it loads.

        Raises EvaluationError(CHECKPOINT_INVALID) when a method is asked for that only a checkpoint can bring, and
        this one, whose configuration was read, does not.
        """
        asked = launch.model.quantization
        if asked is None or launch.stored_quantization is not None:
            return None
        if asked in self.online_quantizations:
            return asked
        if is_local(launch.source):
            raise EvaluationError(
                FailureCode.CHECKPOINT_INVALID,
                f"It was submitted as {asked}, but its config.json names no quantization. {self.title} makes "
                f"{', '.join(sorted(self.online_quantizations)) or 'no quantization'} by itself.",
            )
        return None

    def extra_args(self, model: ModelSpec) -> tuple[str, ...]:
        """Return the checked extra flags as arguments."""
        return tuple(
            part
            for name, value in sorted(model.engine_args.items())
            for part in (f"--{name}", value)
        )

    def symptom_in(self, log: tuple[str, ...]) -> tuple[FailureCode, str] | None:
        """Return the failure that the log's lines tell of, and the last line that does; None when none does."""
        for symptom in (*self.symptoms, OUT_OF_MEMORY):
            for line in reversed(log):
                if re.search(symptom.pattern, line):
                    return symptom.code, line.strip()[:300]
        return None
