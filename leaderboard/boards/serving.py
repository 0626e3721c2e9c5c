"""What a board says of how a configuration served: taken from a run's manifest once, then read from the board's rows.

Pure. Figures of different hardware are not comparable, so everything here carries its hardware class.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from leaderboard.catalog.models import Variant
from leaderboard.runs.models import Run

TRAFFIC_FIGURES = ("ttft_ms_p50", "ttft_ms_p95", "tokens_per_s")
"""Measured on the evaluation's own requests, whose load and lengths are the benchmark's."""
PROBE_FIGURES = (
    "ttft_ms_p50",
    "ttft_ms_p95",
    "tokens_per_s",
    "output_tokens_per_s",
    "requests_per_s",
    "goodput",
    "error_rate",
)
"""Measured by the probe, with the same questions for every model, at each number of streams."""
MEMORY_FIGURES = ("gpu_memory", "gpu_memory_mb", "cpu_memory_mb")
"""Peaks while the model served: share of the fullest GPU, MiB of all GPUs, MiB of the server's processes."""
TARGET_FIGURES = {"ttft_ms": "ttft_ms_p95", "tokens_per_s": "tokens_per_s", "gpu_memory": "gpu_memory"}  # fmt: skip
"""The figure that each target limits."""

USUAL_STREAMS = 16
"""The number of streams that is shown first where it was probed."""

Serving = Mapping[str, Any]
"""What ``serving_of`` returns, as a board's row stores it. Rows of older boards lack the probe and the hardware."""


def serving_of(run: Run) -> dict[str, Any]:
    """Return what boards show of a run's serving; None for a figure that was not measured.

    ``host_class`` is empty where the model ran on hardware that we do not know: behind an endpoint of somebody's, or
    before an import. The run's manifest then describes our worker, which served nothing.
    """
    manifest = run.manifest
    traffic = manifest.get("serving") or {}
    probe = traffic.get("probe") or {}
    peak = (manifest.get("telemetry") or {}).get("peak") or {}
    ours = run.submission.variant.kind == Variant.Kind.CHECKPOINT
    hardware = manifest.get("hardware") or {}
    return {
        **{name: traffic.get(name) for name in TRAFFIC_FIGURES},
        **{name: peak.get(name) for name in MEMORY_FIGURES},
        "host_class": str(hardware.get("host_class") or "") if ours else "",
        "levels": [
            {"concurrency": level["concurrency"]} | {n: level.get(n) for n in PROBE_FIGURES}
            for level in probe.get("levels") or []
        ],
        "targets": probe.get("targets") or [],
    }


def host_class(serving: Serving) -> str:
    """Return the kind of hardware that the figures are of; empty where it is not known."""
    return str(serving.get("host_class") or "")


def host_classes(servings: Iterable[Serving]) -> list[str]:
    """Return the kinds of hardware that figures were measured on: the commonest first, unknown hardware last."""
    counted = Counter(host_class(s) for s in servings if _measured(s))
    return sorted(counted, key=lambda name: (not name, -counted[name], name))


def chosen_class(servings: Iterable[Serving], wanted: str | None) -> str | None:
    """Return the wanted kind of hardware where anything was measured on it, else the first; None without figures."""
    known = host_classes(servings)
    return wanted if wanted in known else next(iter(known), None)


def _measured(serving: Serving) -> bool:
    return any(serving.get(name) is not None for name in TRAFFIC_FIGURES) or bool(
        levels_of(serving)
    )


def levels_of(serving: Serving) -> dict[int, Mapping[str, Any]]:
    """Return the probe's figures by number of streams; empty without a probe."""
    return {level["concurrency"]: level for level in serving.get("levels") or []}


def streams_of(servings: Iterable[Serving]) -> list[int]:
    """Return the numbers of streams at which any of them was probed, in order."""
    return sorted({number for serving in servings for number in levels_of(serving)})


def chosen_streams(servings: Iterable[Serving], wanted: int | None) -> int | None:
    """Return the wanted number of streams where anything was probed at it, else the usual or the highest one."""
    known = streams_of(servings)
    preferred = (number for number in (wanted, USUAL_STREAMS) if number in known)
    return next(preferred, known[-1] if known else None)


def figure_at(serving: Serving, name: str, streams: int | None) -> float | None:
    """Return one figure: of the probe at this number of streams, a memory peak whatever it is; None if not measured."""
    of_level = name not in MEMORY_FIGURES
    value = (levels_of(serving).get(streams or 0, {}) if of_level else serving).get(name)
    return None if value is None else float(value)


@dataclass(frozen=True, slots=True)
class Held:
    """The targets of a configuration at one number of streams. ``missed`` are names of TARGET_FIGURES."""

    met: int
    missed: tuple[str, ...]
    unknown: int

    @property
    def known(self) -> int:
        return self.met + len(self.missed)

    @property
    def all_met(self) -> bool:
        """Whether none is missed and those of a request are known. Memory need not be: nobody sees an endpoint's."""
        return not self.missed and self.met >= 2


def targets_at(serving: Serving, streams: int | None) -> Held:
    """Return which targets were met at this number of streams. The memory's is the same at each."""
    here = [t for t in serving.get("targets") or [] if t.get("concurrency") in (streams, None)]
    return Held(
        met=sum(t["met"] is True for t in here),
        missed=tuple(t["name"] for t in here if t["met"] is False),
        unknown=sum(t["met"] is None for t in here),
    )


def limits_of(servings: Iterable[Serving]) -> dict[str, float]:
    """Return the limits by target, as the first probed configuration was held against them."""
    for serving in servings:
        if serving.get("targets"):
            return {t["name"]: t["limit"] for t in serving["targets"]}
    return {}
