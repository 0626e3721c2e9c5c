"""What a worker cannot even start is told to the site with its code.

The task runs in a process of its own, as on a worker: its environment must not know the database.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

from evaluator.errors import FailureCode
from evaluator.messages import ReportKind
from evaluator.spec import BenchmarkSpec, EvaluationSpec, ModelSpec

ROOT = Path(__file__).resolve().parents[2]
RUN_TASK = """
import json, sys
from evaluator import tasks
tasks.send_report = lambda report: print(json.dumps(report.to_json()))
tasks.evaluate_task(json.load(sys.stdin))
"""


def reports_of(payload: dict[str, Any], tmp_path: Path, artifacts_url: str) -> list[dict[str, Any]]:
    environment = {
        "PATH": os.environ["PATH"],
        "REDIS_URL": os.environ["REDIS_URL"],
        "ARTIFACTS_URL": artifacts_url,
        "VLMLB_VAR": str(tmp_path),
    }
    done = subprocess.run(
        [sys.executable, "-c", RUN_TASK],
        input=json.dumps(payload),
        capture_output=True,
        text=True,
        env=environment,
        cwd=ROOT,
        check=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def payload() -> dict[str, Any]:
    return EvaluationSpec(
        submission=uuid.uuid4().hex,
        attempt=1,
        model=ModelSpec(kind="endpoint", name="m", base_url="http://x/v1"),
        benchmarks=(BenchmarkSpec(slug="mmbench_en_dev", run="r1"),),
    ).to_json()


def test_a_store_that_cannot_be_opened_fails_the_attempt(tmp_path: Path) -> None:
    spec = payload()
    (report,) = reports_of(spec, tmp_path, "nosuchprotocol://bucket")
    assert (report["kind"], report["code"]) == (
        ReportKind.FAILED,
        FailureCode.ARTIFACTS_UNAVAILABLE,
    )
    assert (report["submission"], report["attempt"], report["run"]) == (spec["submission"], 1, None)


def test_a_spec_of_another_version_fails_the_attempt(tmp_path: Path) -> None:
    (report,) = reports_of(payload() | {"version": 99}, tmp_path, str(tmp_path / "store"))
    assert (report["kind"], report["code"]) == (ReportKind.FAILED, FailureCode.SPEC_INVALID)
