"""An engine is started once for a submission, whatever becomes of its benchmarks, and is gone afterwards.

The engine is a stand-in; in lmms-eval's place a script asks the engine one question and fails each benchmark.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from unittest.mock import create_autospec

import httpx
import pytest

from evaluator.errors import FailureCode
from evaluator.pipeline import Observer, evaluate
from evaluator.settings import PipelineSettings
from evaluator.spec import BenchmarkSpec, EvaluationSpec, ModelSpec
from tests.engines.test_engine_lifecycle import DEMO, STAND_IN

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

HARNESS = """\
#!{python}
import json, sys
from pathlib import Path
job = json.load(sys.stdin)
with open({asked!r}, "a") as file:
    file.write(job["base_url"] + "\\n")
Path(job["out"], "failure.json").write_text('{{"code": "dataset_missing", "detail": "not here"}}')
sys.exit(3)
"""
COUNTING = 'echo started >> "$0"; exec "$@"'


def test_each_benchmark_asks_the_same_engine(tmp_path: Path) -> None:
    asked, started, harness = (tmp_path / name for name in ("asked", "started", "harness"))
    harness.write_text(HARNESS.format(python=sys.executable, asked=str(asked)))
    harness.chmod(0o700)
    command = ("sh", "-c", COUNTING, str(started), sys.executable, str(STAND_IN), "normal", "vllm")
    settings = replace(
        PipelineSettings.from_environment({"HARNESS_PYTHON": str(harness)}),
        work_dir=tmp_path / "work",
        checkpoint_roots=(DEMO.parent,),
        engine_commands={"vllm": command},
        probe=None,
    )
    slugs = ("mmbench_en_dev", "mmmu_val", "hallusionbench")
    spec = EvaluationSpec(
        submission="s",
        attempt=1,
        model=ModelSpec(kind="checkpoint", name="demo", engine="vllm", source=str(DEMO)),
        benchmarks=tuple(BenchmarkSpec(slug=slug, run=slug) for slug in slugs),
    )
    observer = create_autospec(Observer, instance=True)
    observer.cancelled.return_value = False

    evaluate(spec, settings, observer, None)

    assert started.read_text().split() == ["started"]
    addresses = asked.read_text().split()
    assert len(addresses) == len(slugs)
    assert len(set(addresses)) == 1
    failed = [(call.args[0], call.args[1].code) for call in observer.failed.call_args_list]
    assert failed == [(slug, FailureCode.DATASET_MISSING) for slug in slugs]
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{addresses[0]}/models", trust_env=False)
