"""Measure the probe against vLLM's own figures of the same requests: ``python scripts/bench_probe.py``.

Aim: time to first token, time between tokens and output tokens per second within 5 % at one stream. Needs vLLM's CPU
build (``make test-engines`` sets it up) and a machine that does nothing else. Prints; asserts nothing.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.support.vllm import PROGRAM
from tests.support.vllm_figures import PLAN, both, served_demo

REPEATS = 3


def main() -> None:
    if not PROGRAM.exists():
        print("\nProbe: NOT MEASURED, vLLM is missing; run `make test-engines` first")
        return
    print("\nProbe: one stream on vLLM, beside its own /metrics of the same requests")
    print(f"  {'':28} {'ours':>10} {'vLLM':>10} {'ratio':>7}")
    with tempfile.TemporaryDirectory() as folder, served_demo(Path(folder)) as served:
        for _ in range(REPEATS):
            level, own = both(served)
            rows = (
                ("time to first token, ms", level.ttft_ms_mean, own.ttft_ms),
                ("time between tokens, ms", level.itl_ms_mean, own.itl_ms),
                (
                    "output tokens/s",
                    level.output_tokens_per_s,
                    1000 * PLAN.max_tokens / own.latency_ms,
                ),
            )
            for title, ours, theirs in rows:
                told = f"{ours:10.2f} {theirs:10.2f} {ours / theirs:7.3f}" if ours else "none"
                print(f"  {title:28} {told}", flush=True)


if __name__ == "__main__":
    main()
