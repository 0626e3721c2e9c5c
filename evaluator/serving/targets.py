"""What serving should achieve, and whether it did. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    """The limits that a served model is held against.

    ``ttft_ms``: time to the first token, at most. ``tokens_per_s``: decoding speed of one stream, at least.
    ``gpu_memory``: share of the GPU's memory in use, at most.
    """

    ttft_ms: float = 500.0
    tokens_per_s: float = 30.0
    gpu_memory: float = 0.90

    def met_by(self, ttft_ms: float | None, tokens_per_s: float | None) -> bool:
        """Return whether one request met the targets that a request can meet.

        What was not measured is not met, except the speed of an answer too short to have one (None): such a request
        is held against its time to the first token only.
        """
        in_time = ttft_ms is not None and ttft_ms < self.ttft_ms
        return in_time and (tokens_per_s is None or tokens_per_s > self.tokens_per_s)


@dataclass(frozen=True, slots=True)
class Held:
    """One target beside what was measured; ``met`` is None where nothing was."""

    name: str
    limit: float
    measured: float | None
    met: bool | None


def held_against(targets: Targets, measured: Mapping[str, Any]) -> list[Held]:
    """Return each target with its measured value, by the target's name in ``measured``."""
    rules = (
        ("ttft_ms", targets.ttft_ms, False),
        ("tokens_per_s", targets.tokens_per_s, True),
        ("gpu_memory", targets.gpu_memory, False),
    )
    found = []
    for name, limit, more_is_better in rules:
        value = measured.get(name)
        met = None if value is None else (value > limit if more_is_better else value < limit)
        found.append(Held(name, limit, value, met))
    return found
