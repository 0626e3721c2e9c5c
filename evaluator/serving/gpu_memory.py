"""Seeing that an engine's GPU memory comes back when it has ended: the next one needs it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pynvml

from evaluator.serving.sampling import visible_gpu_handles

log = logging.getLogger(__name__)

SLACK_MB = 512
"""What may stay in use more than before: drivers keep contexts and caches for a while."""
_POLL_S = 0.5


@contextmanager
def gpu_memory_given_back(
    timeout_s: float, used_mb: Callable[[], list[float]] | None = None
) -> Iterator[None]:
    """Wait after the block, however it ended, until this worker's GPUs have no more memory in use than before it.

    Waits ``timeout_s`` at most and logs a warning then: processes that are not ours may have taken it. Does nothing
    without NVML. ``used_mb`` tells the MiB in use by GPU (tests; NVML's otherwise).
    """
    read = used_mb or _used_mb
    before = read()
    try:
        yield
    finally:
        if before:
            _wait(read, before, timeout_s)


def _wait(read: Callable[[], list[float]], before: list[float], timeout_s: float) -> None:
    deadline = time.monotonic() + timeout_s
    while True:
        now = read()
        more = max((n - b for n, b in zip(now, before, strict=False)), default=0.0)
        if more <= SLACK_MB:
            return
        if time.monotonic() >= deadline:
            log.warning(
                "%.0f MiB of GPU memory are still in use %.0f s after the engine ended",
                more,
                timeout_s,
            )
            return
        time.sleep(_POLL_S)


def _used_mb() -> list[float]:
    with suppress(pynvml.NVMLError):
        handles = visible_gpu_handles()
        return [pynvml.nvmlDeviceGetMemoryInfo(handle).used / 2**20 for handle in handles]
    return []
