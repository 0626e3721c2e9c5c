"""What the worker runs on. Serving figures are comparable only within one kind of hardware, so they carry it.

No host names, addresses or serial numbers: the facts are published.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from pathlib import Path
from typing import Any

_SMI_TIMEOUT_S = 10
_SMI_FIELDS = "name,memory.total,driver_version"


def hardware_facts() -> dict[str, Any]:
    """Return ``host_class`` (what to compare within), ``cpu``, ``cores``, ``memory_gb``, ``gpus`` and ``system``.

    ``cores`` and ``memory_gb`` are what this process may use. Each GPU has ``name``, ``memory_mb`` and ``driver``;
    the list is empty without nvidia-smi, and holds only the GPUs in CUDA_VISIBLE_DEVICES.
    """
    gpus = visible_gpus()
    cores, memory_gb = usable_cores(), usable_memory_gb()
    cpu = cpu_model()
    return {
        "host_class": host_class(gpus, cpu, cores),
        "cpu": cpu,
        "cores": cores,
        "memory_gb": memory_gb,
        "gpus": gpus,
        "system": f"{platform.system()} {platform.machine()}",
    }


def host_class(gpus: list[dict[str, Any]], cpu: str, cores: int) -> str:
    """Return the kind of hardware in words: the GPUs by name and number, else the CPU."""
    names = [gpu["name"] for gpu in gpus]
    if names:
        return " + ".join(f"{names.count(name)}x {name}" for name in sorted(set(names)))
    return f"CPU {cpu}, {cores} cores"


def visible_gpus() -> list[dict[str, Any]]:
    """Return this worker's GPUs as nvidia-smi names them; empty when there is none or it does not answer."""
    command = shutil.which("nvidia-smi")
    if command is None:
        return []
    argv = [command, f"--query-gpu={_SMI_FIELDS}", "--format=csv,noheader,nounits"]
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is not None:
        if not visible or visible == "-1":
            return []
        argv.append(f"--id={visible}")
    try:
        done = subprocess.run(
            argv, capture_output=True, text=True, timeout=_SMI_TIMEOUT_S, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return []
    return [gpu for line in done.stdout.splitlines() if (gpu := _gpu(line))]


def _gpu(line: str) -> dict[str, Any] | None:
    parts = [part.strip() for part in line.split(",")]
    if len(parts) != 3:
        return None
    name, memory, driver = parts
    return {
        "name": name,
        "memory_mb": int(memory) if memory.isdecimal() else None,
        "driver": driver,
    }


def cpu_model() -> str:
    """Return the processor's name, or its architecture where the system does not tell."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, "") or platform.processor() or platform.machine()


def usable_cores() -> int:
    """Return the number of cores that this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def usable_memory_gb() -> float | None:
    """Return the GiB of memory: the machine's, or the container's limit where that is less (cgroup v2)."""
    try:
        total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        return None
    try:
        limit = Path("/sys/fs/cgroup/memory.max").read_text().strip()
    except OSError:
        limit = "max"
    usable = min(total, int(limit)) if limit.isdecimal() else total
    return float(round(usable / 1024**3, 1))
