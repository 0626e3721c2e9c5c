"""The worker refuses what cannot fit before it starts anything, and says what to change when memory ran out all the same."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from evaluator.errors import EvaluationError, FailureCode
from evaluator.serving import running
from evaluator.serving.serve import serve
from evaluator.spec import ModelSpec

DEMO = Path(__file__).parents[2] / "demo" / "checkpoint"
STAND_IN = Path(__file__).parent / "stand_in.py"


def gpus(*memory_mb: int) -> dict[str, Any]:
    return {"gpus": [{"name": "Test GPU", "memory_mb": mb, "driver": "1"} for mb in memory_mb]}


def failure(act: str, folder: Path, **model: Any) -> EvaluationError:
    """Serve the demo checkpoint with a stand-in that behaves as told; return what became of it."""
    spec: dict[str, Any] = {
        "kind": "checkpoint",
        "name": "demo",
        "engine": "transformers",
        "source": str(DEMO),
    }
    context = serve(
        ModelSpec(**spec | model),
        api_key=None,
        commands={
            "transformers": (sys.executable, str(STAND_IN), act, "transformers"),
            "vllm": (sys.executable, "-c", "raise SystemExit(1)"),
        },
        checkpoint_roots=[DEMO.parent, folder],
        start_timeout_s=30,
        request_timeout_s=20,
        allowed_networks=(),
        work_dir=folder / "work",
        cancelled=lambda: False,
    )
    with pytest.raises(EvaluationError) as caught, context:
        pytest.fail("it was served")
    return caught.value


def test_what_cannot_fit_is_refused_before_anything_is_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "hardware_facts", lambda: gpus(12))
    error = failure("ready", tmp_path)
    assert error.code is FailureCode.DOES_NOT_FIT
    assert "GiB" in error.detail
    assert error.facts["fit"]["weights"] > error.facts["fit"]["available"]
    assert not (tmp_path / "work" / "engine").exists()


def test_more_gpus_than_the_worker_has_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "hardware_facts", lambda: gpus(80_000))
    error = failure("ready", tmp_path, engine="vllm", tensor_parallel_size=2)
    assert error.code is FailureCode.DOES_NOT_FIT
    assert "2 GPUs" in error.detail


def test_long_context_is_refused_with_one_that_fits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "hardware_facts", lambda: gpus(2048, 2048))
    error = failure("ready", tmp_path, engine="vllm", max_model_len=4_000_000)
    assert error.code is FailureCode.DOES_NOT_FIT
    shorter = next(s for s in error.facts["suggestions"] if s["kind"] == "shorter_context")
    assert 2048 <= shorter["changes"]["max_model_len"] < 4_000_000
    assert shorter["memory_bytes"] <= shorter["available_bytes"]


def test_memory_that_runs_out_while_starting_comes_with_suggestions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "hardware_facts", lambda: gpus(80_000))
    big = Path(shutil.copytree(DEMO, tmp_path / "big"))
    config = json.loads((big / "config.json").read_text())
    config["dtype"] = "float32"
    (big / "config.json").write_text(json.dumps(config))
    error = failure("oom", tmp_path, source=str(big))
    assert error.code is FailureCode.ENGINE_OUT_OF_MEMORY
    assert error.log_tail
    assert error.facts["fit"]["total"] > 0
    json.dumps(error.facts)


def test_other_failures_have_no_suggestions(tmp_path: Path) -> None:
    assert failure("broken", tmp_path).facts == {}
