"""Engines are found by themselves, by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from evaluator.engines import all_engines, get_engine
from evaluator.errors import EvaluationError, FailureCode
from evaluator.serving.serve import serve
from evaluator.spec import ModelSpec


def test_every_module_with_an_engine_is_found() -> None:
    engines = all_engines()
    assert {"endpoint", "transformers"} <= set(engines)
    assert all(engine.name == name and engine.title for name, engine in engines.items())


def test_unknown_engine_suggests_a_near_miss() -> None:
    with pytest.raises(EvaluationError, match="Did you mean transformers") as caught:
        get_engine("transformer")
    assert caught.value.code is FailureCode.ENGINE_UNKNOWN


@pytest.mark.parametrize(
    ("kind", "engine"), [("endpoint", "transformers"), ("checkpoint", "endpoint")]
)
def test_engine_refuses_the_other_kind_of_model(kind: str, engine: str, tmp_path: Path) -> None:
    model = ModelSpec(
        kind=kind,  # type: ignore[arg-type]
        name="m",
        engine=engine,
        base_url="http://127.0.0.1",
        source="/nowhere",
    )
    with (
        pytest.raises(EvaluationError) as caught,
        serve(
            model,
            api_key=None,
            commands={},
            checkpoint_roots=[],
            start_timeout_s=1,
            request_timeout_s=1,
            allowed_networks=[],
            work_dir=tmp_path,
            cancelled=lambda: False,
        ),
    ):
        pass
    assert caught.value.code is FailureCode.SPEC_INVALID
