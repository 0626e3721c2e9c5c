"""The real vLLM for tests: its CPU build, in an environment that ``make test-engines`` sets up."""

from __future__ import annotations

from pathlib import Path

import pytest

PROGRAM = Path(__file__).resolve().parents[2] / ".venv-vllm" / "bin" / "vllm"

VLLM_COMMAND = (
    "env",
    # 1 GiB rather than half of the machine's memory.
    "VLLM_CPU_KVCACHE_SPACE=1",
    # The model computes on one core: on all of them it would starve the server before it, and the test.
    "VLLM_CPU_OMP_THREADS_BIND=nobind",
    "OMP_NUM_THREADS=1",
    "HF_HUB_OFFLINE=1",
    str(PROGRAM),
)

ENGINE_ARGS = {"enforce-eager": "true"}
"""Nothing is compiled, which would take longer than these tests."""


def skip_without_vllm(items: list[pytest.Item]) -> None:
    """Skip, saying why, the tests marked ``vllm`` where it is not set up."""
    for item in items:
        if item.get_closest_marker("vllm") and not PROGRAM.exists():
            item.add_marker(pytest.mark.skip(reason="vLLM is missing; run `make test-engines`"))
