"""What is measured of a served model beside its answers: the probe, once, and telemetry, all along."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from evaluator.errors import EvaluationCancelled
from evaluator.serving.probe import ProbeReport, probe
from evaluator.serving.probe_plan import ProbePlan
from evaluator.serving.probe_report import Level
from evaluator.serving.sampling import Sampler
from evaluator.serving.served import ServedModel
from evaluator.serving.targets import Targets, held_against

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurements:
    """The measurements of one attempt; ``telemetry`` and ``probe`` may be asked for at any time in it."""

    sampler: Sampler
    probed: ProbeReport | str | None
    """The report; why there is none although one was wanted; None when none was."""

    def telemetry(self) -> dict[str, Any]:
        """Return what was sampled since the model began to serve (``telemetry_series.summarised``); {} for nothing."""
        summary = self.sampler.summary()
        return summary if summary["samples"] else {}

    def probe(self) -> dict[str, Any] | None:
        """Return the report as JSON types, with ``targets`` (see ``targets_of``), or ``{"error": why}``, or None."""
        if self.probed is None:
            return None
        if isinstance(self.probed, str):
            return {"error": self.probed}
        peak = self.telemetry().get("peak", {}).get("gpu_memory")
        targets = targets_of(self.probed.levels, self.probed.plan.targets, peak)
        return self.probed.to_json() | {"targets": targets}


def probe_or_reason(
    served: ServedModel,
    plan: ProbePlan,
    *,
    cancelled: Callable[[], bool],
    on_level: Callable[[Level], None] = lambda _: None,
) -> ProbeReport | str:
    """Return the probe's report, or in a few words why there is none: a probe never costs the evaluation its answers.

    Raises EvaluationCancelled when ``cancelled()`` says so or the engine is dead.
    """
    try:
        return probe(
            served.base_url,
            served.model_name,
            served.api_key,
            plan,
            allowed_networks=served.allowed_networks,
            cancelled=lambda: cancelled() or not served.alive(),
            on_level=on_level,
        )
    except EvaluationCancelled:
        raise
    except Exception as error:
        log.exception("the probe failed")
        return type(error).__name__


def targets_of(
    levels: Sequence[Level], targets: Targets, gpu_memory: float | None
) -> list[dict[str, Any]]:
    """Return every target beside what was measured: ``concurrency``, ``name``, ``limit``, ``measured``, ``met``.

    Of each level: the 95th percentile of the time to first token, and the median stream's decoding speed. Of all
    together (``concurrency`` None): the peak of the fullest GPU's memory. ``met`` is None where nothing was measured.
    """
    measured: list[tuple[int | None, Mapping[str, float | None]]] = [
        (level.concurrency, {"ttft_ms": level.ttft_ms_p95, "tokens_per_s": level.tokens_per_s})
        for level in levels
    ]
    measured.append((None, {"gpu_memory": gpu_memory}))
    return [
        {"concurrency": concurrency} | asdict(held)
        for concurrency, values in measured
        for held in held_against(targets, values)
        if held.name in values
    ]
