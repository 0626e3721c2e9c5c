"""The facts about the worker's hardware. The GPU is a stand-in for nvidia-smi, since there may be none here."""

from __future__ import annotations

import json
import platform
from pathlib import Path

import pytest

from evaluator.serving.telemetry import hardware_facts, visible_gpus

SMI = """#!/bin/sh
# Speaks nvidia-smi's query flags: --id chooses, the others must be what a real one takes.
[ "$1" = "--query-gpu=name,memory.total,driver_version" ] || exit 2
[ "$2" = "--format=csv,noheader,nounits" ] || exit 2
[ "$3" = "--id=1" ] || echo "NVIDIA H200, 143771, 570.86"
echo "NVIDIA H200, 143771, 570.86"
"""


@pytest.fixture
def smi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    command = tmp_path / "nvidia-smi"
    command.write_text(SMI)
    command.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)


def test_facts_are_plain_and_name_no_host() -> None:
    facts = hardware_facts()
    text = json.dumps(facts)
    assert facts["cores"] >= 1
    assert facts["memory_gb"] > 0
    assert facts["host_class"]
    assert platform.node() not in text


def test_host_class_is_the_gpus_where_there_are_some(smi: None) -> None:
    facts = hardware_facts()
    assert facts["host_class"] == "2x NVIDIA H200"
    assert facts["gpus"][0] == {"name": "NVIDIA H200", "memory_mb": 143771, "driver": "570.86"}


def test_only_the_workers_own_gpus_count(smi: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1")
    assert len(visible_gpus()) == 1
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert visible_gpus() == []
