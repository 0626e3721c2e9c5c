"""What a worker says of how a checkpoint served: the parts of a manifest, in its own shape. Knows nothing of the site."""

from __future__ import annotations

from typing import Any

from evaluator.serving.measuring import targets_of
from evaluator.serving.probe_report import Level
from evaluator.serving.targets import Targets

H200 = "1x NVIDIA H200"
LEVELS = (1, 16)


def level(concurrency: int, ttft_ms: float, tokens_per_s: float) -> Level:
    """Return a level at which every request took about as long."""
    return Level(
        concurrency=concurrency,
        requests=16,
        errors=0,
        seconds=4.0,
        ttft_ms_mean=ttft_ms,
        ttft_ms_p50=ttft_ms,
        ttft_ms_p95=ttft_ms * 1.5,
        ttft_ms_p99=ttft_ms * 2,
        itl_ms_mean=1000 / tokens_per_s,
        itl_ms_p50=1000 / tokens_per_s,
        itl_ms_p95=1000 / tokens_per_s,
        itl_ms_p99=1000 / tokens_per_s,
        tokens_per_s=tokens_per_s,
        tokens_per_s_p5=tokens_per_s,
        output_tokens_per_s=tokens_per_s * concurrency * 0.9,
        requests_per_s=concurrency * 0.7,
        goodput=1.0 if ttft_ms < 400 else 0.5,
    )


def served(
    ttft_ms: float = 200.0,
    tokens_per_s: float = 60.0,
    gpu_memory: float | None = 0.6,
    host_class: str = H200,
) -> dict[str, Any]:
    """Return ``serving``, ``telemetry`` and ``hardware`` of a manifest; at more streams each one is slower."""
    levels = [level(n, ttft_ms * (1 + n / 64), tokens_per_s / (1 + n / 64)) for n in LEVELS]
    peak = (
        {}
        if gpu_memory is None
        else {"gpu_memory": gpu_memory, "gpu_memory_mb": 141_000 * gpu_memory}
    )
    return {
        "serving": {
            "ttft_ms_p50": ttft_ms,
            "ttft_ms_p95": ttft_ms * 2,
            "tokens_per_s": tokens_per_s,
            "probe": {
                "levels": [found.to_json() for found in levels],
                "targets": targets_of(levels, Targets(), gpu_memory),
                "stopped": "",
            },
        },
        "telemetry": {"samples": 9, "peak": peak, "mean": peak, "series": {"at_s": []}},
        "hardware": {"host_class": host_class, "gpus": [{"name": host_class}]},
    }
