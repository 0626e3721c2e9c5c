"""An engine in the middle of an evaluation: killed with its worker, or by itself. The engine is the real transformers."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import ROOT, System, eventually

pytestmark = [pytest.mark.harness, pytest.mark.slow]


def engines(folder: Path) -> list[int]:
    """The processes that run an engine below this folder, without the guard above it."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            argv, where = (entry / "cmdline").read_bytes(), (entry / "cwd").readlink()
        except OSError:
            continue
        if (
            b"serve_transformers" in argv
            and b"guard.py" not in argv
            and where.is_relative_to(folder)
        ):
            found.append(int(entry.name))
    return found


def answered(folder: Path) -> int:
    return sum(len(path.read_text().splitlines()) for path in folder.rglob("responses.jsonl"))


@pytest.fixture
def submission(system: System) -> dict[str, Any]:
    """A checkpoint of which some questions are answered and others are not."""
    submission = system.submit(
        checkpoint={
            "source": str(ROOT / "demo" / "checkpoint"),
            "engine": "transformers",
            "precision": "bf16",
        },
        probe=False,
        concurrency=1,
    )
    assert eventually(lambda: answered(system.folder) > 2, timeout_s=180), system.log("evaluator")
    assert engines(system.folder)
    return submission


def test_a_worker_that_is_killed_takes_its_engine_along_and_the_next_one_goes_on(
    system: System, submission: dict[str, Any]
) -> None:
    os.killpg(system.processes[-1].pid, signal.SIGKILL)
    assert eventually(lambda: not engines(system.folder), timeout_s=20)
    system.start_evaluator()
    run = system.wait_state(submission, "published", "review", "failed")
    assert run["state"] in ("published", "review"), run
    assert run["attempt"] == 1
    assert eventually(lambda: not engines(system.folder))


def test_an_engine_that_is_killed_fails_the_run_with_its_reason(
    system: System, submission: dict[str, Any]
) -> None:
    for pid in engines(system.folder):
        os.kill(pid, signal.SIGKILL)
    run = system.wait_state(submission, "published", "review", "failed")
    assert run["state"] == "failed", run
    assert run["failure"]["code"] == "engine_died"
    assert "SIGKILL" in run["failure"]["detail"]
    assert run["failure"]["advice"]
    assert not engines(system.folder)

    assert system.request("POST", f"/submissions/{submission['id']}/retry").status_code == 200
    run = system.wait_state(submission, "published", "review", "failed")
    assert run["state"] in ("published", "review"), run
    assert run["attempt"] == 2
