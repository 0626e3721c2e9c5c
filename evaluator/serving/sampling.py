"""Watching a served model from outside: GPU memory and use, the engine's own gauges, CPU memory without a GPU."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from math import isfinite, nan
from threading import Event, Thread
from time import monotonic
from types import TracebackType
from typing import Any, Self

import httpx
import psutil
import pynvml
from prometheus_client.parser import text_string_to_metric_families

from evaluator.serving.served import ServedModel
from evaluator.serving.telemetry_series import Sample, summarised

logger = logging.getLogger(__name__)

EVERY_S = 1.0
_TIMEOUT_S = 2.0

Source = Callable[[], Mapping[str, float]]
"""Reads figures by name; one that cannot be read now is left out."""


class Sampler:
    """Reads its sources about once a second, in a thread, for the length of a ``with`` block.

    A source that fails gives nothing for that moment and never disturbs the evaluation. Without sources it samples
    nothing.
    """

    def __init__(self, sources: Sequence[Source], every_s: float = EVERY_S) -> None:
        self._sources = sources
        self._every_s = every_s
        self._samples: list[Sample] = []
        self._end = Event()
        self._thread = Thread(target=self._run, name="telemetry", daemon=True)

    def __enter__(self) -> Self:
        if self._sources:
            self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end.set()
        if self._sources:
            self._thread.join()

    def summary(self) -> dict[str, Any]:
        """Return what was measured so far (see ``summarised``)."""
        return summarised(tuple(self._samples))

    def _run(self) -> None:
        started = monotonic()
        while not self._end.is_set():
            values: dict[str, float] = {}
            for source in self._sources:
                try:
                    values.update(source())
                except (
                    Exception
                ) as error:  # whatever a driver or an engine answers, the evaluation goes on
                    logger.debug("telemetry: %s", type(error).__name__)
            self._samples.append(Sample(monotonic() - started, values))
            self._end.wait(self._every_s)


def sources_of(served: ServedModel, gauges: Mapping[str, str]) -> list[Source]:
    """Return what can be read of a served model on this worker.

    ``gauges`` maps our names to the engine's Prometheus metrics. An endpoint that was there already runs elsewhere:
    nothing of this machine says anything of it, so there are no sources.
    """
    if served.running is None:
        return []
    sources: list[Source] = []
    gpus = visible_gpu_handles()
    pid = served.running.process.pid
    if gpus:
        sources.append(lambda: gpu_figures(gpus))
    elif pid is not None:
        sources.append(lambda: {"cpu_memory_mb": process_tree_mb(pid)})
    if served.metrics_url and gauges:
        sources.append(EngineGauges(served.metrics_url, served.api_key, gauges))
    return sources


def visible_gpu_handles() -> list[Any]:
    """Return NVML's handles of this worker's GPUs (those in CUDA_VISIBLE_DEVICES, when set); empty without NVML."""
    try:
        pynvml.nvmlInit()
        visible = os.environ.get("CUDA_VISIBLE_DEVICES")
        if visible is None:
            return [
                pynvml.nvmlDeviceGetHandleByIndex(i) for i in range(pynvml.nvmlDeviceGetCount())
            ]
        return [_handle(name.strip()) for name in visible.split(",") if name.strip()]
    except pynvml.NVMLError:
        return []


def _handle(name: str) -> Any:
    if name.isdecimal():
        return pynvml.nvmlDeviceGetHandleByIndex(int(name))
    return pynvml.nvmlDeviceGetHandleByUUID(name)


def gpu_figures(handles: Sequence[Any]) -> dict[str, float]:
    """Return ``gpu_memory`` (share in use, of the fullest GPU), ``gpu_memory_mb`` (all together) and
    ``gpu_utilization`` (share of the time that a kernel ran, mean over the GPUs)."""
    memory = [pynvml.nvmlDeviceGetMemoryInfo(handle) for handle in handles]
    figures = {
        "gpu_memory": max(m.used / m.total for m in memory),
        "gpu_memory_mb": sum(m.used for m in memory) / 2**20,
    }
    # Some devices (MIG slices) do not tell their use.
    with suppress(pynvml.NVMLError):
        use = [pynvml.nvmlDeviceGetUtilizationRates(handle).gpu for handle in handles]
        figures["gpu_utilization"] = sum(use) / len(use) / 100
    return figures


def process_tree_mb(pid: int) -> float:
    """Return the resident memory of a process and all below it, in MiB; shared pages count in each of them."""
    root = psutil.Process(pid)
    total = 0
    for process in (root, *root.children(recursive=True)):
        with suppress(psutil.Error):
            total += process.memory_info().rss
    return total / 2**20


class EngineGauges:
    """Reads gauges off an engine's Prometheus page; of counters (names ending in ``_total``) the increase.

    What is not a finite number is left out: JSON has no word for it.
    """

    def __init__(self, url: str, api_key: str | None, gauges: Mapping[str, str]) -> None:
        headers = {"authorization": f"Bearer {api_key}"} if api_key else {}
        self._client = httpx.Client(headers=headers, timeout=_TIMEOUT_S, trust_env=False)
        self._url = url
        self._gauges = gauges
        self._before: dict[str, float] = {}

    def __call__(self) -> dict[str, float]:
        response = self._client.get(self._url)
        response.raise_for_status()
        found: dict[str, float] = {}
        for family in text_string_to_metric_families(response.text):
            for sample in family.samples:
                found[sample.name] = found.get(sample.name, 0.0) + sample.value
        read = {
            ours: found[theirs]
            for ours, theirs in self._gauges.items()
            if isfinite(found.get(theirs, nan))
        }
        return {ours: self._increase(ours, value) for ours, value in read.items()}

    def _increase(self, name: str, value: float) -> float:
        if not self._gauges[name].endswith("_total"):
            return value
        before = self._before.get(name, value)
        self._before[name] = value
        return max(0.0, value - before)
