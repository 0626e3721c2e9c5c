"""Shared by the engine tests: the real transformers server on the demo checkpoint, started once."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from evaluator.serving.serve import serve
from evaluator.serving.served import ServedModel
from evaluator.spec import ModelSpec
from tests.support.vllm import skip_without_vllm

ROOT = Path(__file__).resolve().parents[2]
PYTHON = Path(os.environ.get("HARNESS_PYTHON") or ROOT / ".venv-harness" / "bin" / "python")
DEMO = ROOT / "demo" / "checkpoint"
COMMAND = (str(PYTHON), "-m", "evaluator.harness.serve_transformers")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.get_closest_marker("harness") and not PYTHON.exists():
            item.add_marker(pytest.mark.skip(reason=f"{PYTHON} is not there; run `make harness`"))
    skip_without_vllm(items)


@pytest.fixture(scope="session")
def demo_model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedModel]:
    """Serve the demo checkpoint with the real transformers engine on the CPU."""
    with serve(
        ModelSpec(kind="checkpoint", name="demo", engine="transformers", source=str(DEMO)),
        api_key=None,
        commands={"transformers": COMMAND},
        checkpoint_roots=[DEMO.parent],
        start_timeout_s=240,
        request_timeout_s=60,
        allowed_networks=(),
        work_dir=tmp_path_factory.mktemp("engine"),
        cancelled=lambda: False,
    ) as served:
        yield served
