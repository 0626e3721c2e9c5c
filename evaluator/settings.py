"""The evaluator worker's own settings, read from the environment. It never knows the database's address."""

from __future__ import annotations

import math
import os
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_network
from pathlib import Path
from typing import Self

from evaluator.engines import serving_engines
from evaluator.serving.hub import Hub
from evaluator.serving.probe_plan import ProbePlan
from evaluator.serving.targets import Targets

DEFAULT_HUB = "https://huggingface.co"
ROOT = Path(__file__).resolve().parent.parent


class SettingsError(Exception):
    """A setting is missing or cannot be read; the message names it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelineSettings:
    """What serving and generating need, with or without a site. Times are seconds."""

    work_dir: Path
    data_dir: Path | None
    harness_python: Path
    harness_timeout_s: float
    harness_memory_mb: int
    engine_commands: Mapping[str, tuple[str, ...]]
    engine_start_timeout_s: float
    checkpoint_roots: tuple[Path, ...]
    allowed_networks: tuple[str, ...]
    hub: Hub | None = None
    """Where hub ids are looked up; None: they need a full commit."""
    probe: ProbePlan | None = None
    """How a served model is put under load; None: never."""
    gpu_free_timeout_s: float = 60.0

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Self:
        """Read the settings. Raises SettingsError naming the variable that is wrong."""
        env = os.environ if environment is None else environment
        data_dir = env.get("BENCHMARK_DATA_DIR")
        harness_python = Path(
            env.get("HARNESS_PYTHON") or ROOT / ".venv-harness" / "bin" / "python"
        )
        return cls(
            work_dir=Path(env.get("EVALUATOR_WORK_DIR") or _var_dir(env) / "work"),
            data_dir=Path(data_dir) if data_dir else None,
            harness_python=harness_python,
            harness_timeout_s=_number(env, "HARNESS_TIMEOUT", 24 * 3600),
            harness_memory_mb=int(_number(env, "HARNESS_MEMORY_MB", 16_384)),
            engine_commands=engine_commands(env, harness_python),
            engine_start_timeout_s=_number(env, "ENGINE_START_TIMEOUT", 900),
            checkpoint_roots=tuple(
                Path(p) for p in env.get("CHECKPOINT_ROOTS", "").split(os.pathsep) if p
            ),
            allowed_networks=_networks(env, "ENDPOINT_ALLOWED_NETWORKS"),
            hub=_hub(env),
            probe=_probe_plan(env),
            gpu_free_timeout_s=_number(env, "GPU_FREE_TIMEOUT", 60),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerSettings:
    """What a worker process needs beside the pipeline: where work comes from and where results go."""

    redis_url: str = field(repr=False)
    artifacts_url: str
    private_key: str = field(repr=False)
    pipeline: PipelineSettings

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Self:
        """Read the settings. Raises SettingsError naming the variable that is missing, wrong or forbidden."""
        env = os.environ if environment is None else environment
        if "DATABASE_URL" in env:
            raise SettingsError(
                "DATABASE_URL is set for the evaluator worker. Workers must not know the database: unset it."
            )
        return cls(
            redis_url=_required(env, "REDIS_URL"),
            artifacts_url=env.get("ARTIFACTS_URL") or str(_var_dir(env) / "artifacts"),
            private_key=env.get("EVALUATOR_PRIVATE_KEY", ""),
            pipeline=PipelineSettings.from_environment(env),
        )


def _var_dir(env: Mapping[str, str]) -> Path:
    return Path(env.get("VLMLB_VAR") or ROOT / "var")


def engine_commands(env: Mapping[str, str], harness_python: Path) -> dict[str, tuple[str, ...]]:
    """Return the command of each configured engine. ``transformers`` is ours and needs no configuration."""
    commands: dict[str, tuple[str, ...]] = {
        "transformers": (str(harness_python), "-m", "evaluator.harness.serve_transformers")
    }
    for name in serving_engines():
        configured = env.get(f"{name.upper()}_COMMAND")
        if configured:
            commands[name] = tuple(shlex.split(configured))
    return commands


def _hub(env: Mapping[str, str]) -> Hub | None:
    """As huggingface_hub reads them: HF_ENDPOINT and HF_TOKEN, unless HF_HUB_OFFLINE is set."""
    if env.get("HF_HUB_OFFLINE", "").upper() in ("1", "ON", "YES", "TRUE"):
        return None
    url = env.get("HF_ENDPOINT", "").rstrip("/") or DEFAULT_HUB
    return Hub(url, env.get("HF_TOKEN") or None)


def _probe_plan(env: Mapping[str, str]) -> ProbePlan | None:
    """Return the plan with what the environment says of it; None for PROBE_LEVELS=none."""
    text, usual = env.get("PROBE_LEVELS", ""), ProbePlan()
    if text.strip().lower() == "none":
        return None
    levels = tuple(_level(part) for part in text.split(",") if part.strip())
    return ProbePlan(
        levels=levels or usual.levels,
        level_s=_number(env, "PROBE_LEVEL_S", usual.level_s),
        max_tokens=int(_number(env, "PROBE_MAX_TOKENS", usual.max_tokens)),
        picture_px=int(_number(env, "PROBE_PICTURE_PX", usual.picture_px)),
        targets=Targets(
            ttft_ms=_number(env, "TARGET_TTFT_MS", usual.targets.ttft_ms),
            tokens_per_s=_number(env, "TARGET_TOKENS_PER_S", usual.targets.tokens_per_s),
            gpu_memory=_number(env, "TARGET_GPU_MEMORY", usual.targets.gpu_memory),
        ),
    )


def _level(text: str) -> int:
    if not re.fullmatch(r"[1-9]\d{0,3}", text.strip(), re.ASCII):
        raise SettingsError(
            f"PROBE_LEVELS holds {text.strip()!r}; it must be numbers of streams such as 1,4,16,64, or none."
        )
    return int(text)


def _required(env: Mapping[str, str], name: str) -> str:
    value = env.get(name)
    if not value:
        raise SettingsError(f"{name} is not set; the evaluator worker needs it.")
    return value


def _networks(env: Mapping[str, str], name: str) -> tuple[str, ...]:
    networks = tuple(n.strip() for n in env.get(name, "").split(",") if n.strip())
    for network in networks:
        try:
            ip_network(network)
        except ValueError as error:
            raise SettingsError(f"{name} is wrong: {error}.") from None
    return networks


def _number(env: Mapping[str, str], name: str, default: float) -> float:
    text = env.get(name)
    if not text:
        return default
    try:
        value = float(text)
    except ValueError:
        raise SettingsError(f"{name} is {text!r}; it must be a number.") from None
    if not 0 < value < math.inf:
        raise SettingsError(f"{name} is {text!r}; it must be more than 0, and finite.")
    return value
