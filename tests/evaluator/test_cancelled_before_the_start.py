"""An evaluation that was cancelled while it waited in the queue asks nothing and serves nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from unittest.mock import create_autospec

import pytest

from evaluator.errors import EvaluationCancelled
from evaluator.pipeline import Observer, evaluate
from evaluator.settings import PipelineSettings
from evaluator.spec import BenchmarkSpec, EvaluationSpec, ModelSpec
from tests.support.openai_server import openai_server


def test_nothing_is_begun(tmp_path: Path) -> None:
    pipeline = replace(
        PipelineSettings.from_environment({}), work_dir=tmp_path, allowed_networks=("127.0.0.0/8",)
    )
    observer = create_autospec(Observer, instance=True)
    observer.cancelled.return_value = True
    with openai_server() as server:
        spec = EvaluationSpec(
            submission="s",
            attempt=1,
            model=ModelSpec(kind="endpoint", name=server.model, base_url=server.base_url),
            benchmarks=(BenchmarkSpec(slug="mmbench_en_dev", run="r"),),
        )
        with pytest.raises(EvaluationCancelled):
            evaluate(spec, pipeline, observer, None)
        assert server.connections == 0
    observer.stage.assert_not_called()
