"""When an evaluation probes: once, before its benchmarks, of what and by whom it is wanted.

The endpoint is a stand-in. lmms-eval's environment is left out, which ends each evaluation after its probe.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from unittest.mock import create_autospec

import pytest

from evaluator.errors import EvaluationError, FailureCode
from evaluator.messages import Stage
from evaluator.pipeline import Observer, evaluate
from evaluator.serving.probe_plan import PROMPT, ProbePlan
from evaluator.settings import PipelineSettings
from evaluator.spec import BenchmarkSpec, EvaluationSpec, ModelSpec
from tests.support.openai_server import OpenAIServer, openai_server

SMALL = ProbePlan(levels=(1,), least_requests=2, requests_per_stream=1, picture_px=56)


def stages(
    server: OpenAIServer, folder: Path, *, probe: bool | None, plan: ProbePlan | None
) -> list[Stage]:
    observer = create_autospec(Observer, instance=True)
    observer.cancelled.return_value = False
    settings = replace(
        PipelineSettings.from_environment({"HARNESS_PYTHON": str(folder / "none")}),
        work_dir=folder,
        allowed_networks=("127.0.0.0/8",),
        probe=plan,
    )
    spec = EvaluationSpec(
        submission="s",
        attempt=1,
        model=ModelSpec(kind="endpoint", name=server.model, base_url=server.base_url),
        benchmarks=(BenchmarkSpec(slug="mmbench_en_dev", run="r"),),
        probe=probe,
    )
    with pytest.raises(EvaluationError) as caught:
        evaluate(spec, settings, observer, None)
    assert caught.value.code is FailureCode.HARNESS_NOT_INSTALLED
    return [call.args[0] for call in observer.stage.call_args_list]


def test_an_endpoint_is_probed_when_that_was_asked_for(tmp_path: Path) -> None:
    with openai_server() as server:
        assert stages(server, tmp_path, probe=True, plan=SMALL) == [
            Stage.SERVING,
            Stage.PROBING,
            Stage.GENERATING,
        ]
        assert server.asked[PROMPT] == 1 + 2


@pytest.mark.parametrize("probe", [None, False])
def test_an_endpoint_is_not_put_under_load_otherwise(tmp_path: Path, probe: bool | None) -> None:
    with openai_server() as server:
        assert Stage.PROBING not in stages(server, tmp_path, probe=probe, plan=SMALL)
        assert PROMPT not in server.asked


def test_a_worker_that_does_not_probe_does_not(tmp_path: Path) -> None:
    with openai_server() as server:
        assert Stage.PROBING not in stages(server, tmp_path, probe=True, plan=None)


@pytest.mark.parametrize(("asked", "wanted"), [(None, True), (True, True), (False, False)])
def test_a_checkpoint_is_probed_unless_it_was_declined(asked: bool | None, wanted: bool) -> None:
    spec = EvaluationSpec(
        submission="s",
        attempt=1,
        model=ModelSpec(kind="checkpoint", name="m", source="org/m"),
        benchmarks=(),
        probe=asked,
    )
    assert spec.probe_wanted is wanted
