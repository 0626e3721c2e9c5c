"""Starting, watching and ending an engine. The engine is a stand-in command (see stand_in.py); all else is real."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from evaluator.engines import get_engine, serving_engines
from evaluator.errors import EvaluationCancelled, EvaluationError, FailureCode
from evaluator.serving.sampling import Sampler, sources_of
from evaluator.serving.serve import serve
from evaluator.serving.served import ServedModel
from evaluator.spec import ModelSpec

DEMO = Path(__file__).parents[2] / "demo" / "checkpoint"
STAND_IN = Path(__file__).parent / "stand_in.py"

STARTED = serving_engines()
MODEL_LEN = {"vllm": 1024, "sglang": 1024, "tensorrt_llm": 1024}
VERSION_NAMES = {"transformers": "version"}
"""Our own server tells each version by its name."""

Serve = Callable[..., AbstractContextManager[ServedModel]]

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


@pytest.fixture
def serving(tmp_path: Path) -> Serve:
    """Return a function that serves the demo checkpoint with a stand-in that behaves as told."""

    def start(
        act: str,
        *,
        engine: str = "transformers",
        model: Mapping[str, Any] | None = None,
        cancelled: Callable[[], bool] = lambda: False,
        **options: Any,
    ) -> AbstractContextManager[ServedModel]:
        spec: dict[str, Any] = {"kind": "checkpoint", "name": "demo", "engine": engine}
        settings: dict[str, Any] = {
            "api_key": None,
            "commands": {engine: (sys.executable, str(STAND_IN), act, engine)},
            "checkpoint_roots": [DEMO.parent],
            "start_timeout_s": 30,
            "request_timeout_s": 20,
            "allowed_networks": (),
            "work_dir": tmp_path,
        }
        return serve(
            ModelSpec(**(spec | {"source": str(DEMO)} | dict(model or {}))),
            cancelled=cancelled,
            **(settings | options),
        )

    return start


def helper_gone(folder: Path) -> bool:
    pid = int((folder / "engine" / "helper.pid").read_text())
    return not Path(f"/proc/{pid}").exists()


def failure(context: AbstractContextManager[ServedModel]) -> EvaluationError:
    with pytest.raises(EvaluationError) as caught, context:
        pytest.fail("it was served")
    return caught.value


def test_engine_is_ready_inside_the_block_and_gone_after_it(serving: Serve, tmp_path: Path) -> None:
    with serving("ready", model={"revision": "abc123", "dtype": "float32"}) as served:
        assert served.alive()
        served.raise_if_dead()
        assert served.model_name == "demo"
        assert served.preflight.models == ("demo",)
        assert served.versions == {"version": "1.2.3"}
        assert served.running is not None
        pid = served.running.process.pid
        (argv,) = (line for line in served.log_tail() if line.startswith("argv:"))
    assert "'--revision', 'abc123'" in argv
    assert "'--dtype', 'float32'" in argv
    assert not Path(f"/proc/{pid}").exists()
    assert helper_gone(tmp_path)


def test_key_is_made_for_each_start_and_never_shown(serving: Serve, tmp_path: Path) -> None:
    with serving("ready") as first:
        assert first.api_key is not None
        assert first.api_key not in repr(first)
        assert first.running is not None
        argv = Path(f"/proc/{first.running.process.pid}/cmdline").read_text()
        assert first.api_key not in argv
        assert "key: [hidden]" in first.log_tail()
    assert first.api_key not in (tmp_path / "engine" / "engine.log").read_text()
    with serving("ready") as second:
        assert second.api_key != first.api_key


@pytest.mark.parametrize(
    ("act", "code", "words"),
    [
        ("oom", FailureCode.ENGINE_OUT_OF_MEMORY, "Tried to allocate 2.00 GiB"),
        ("bad_model", FailureCode.CHECKPOINT_INVALID, "does not recognize this architecture"),
        ("broken", FailureCode.ENGINE_START_FAILED, "exited with code 1"),
        ("text_only", FailureCode.ENDPOINT_NO_IMAGES, "not a multimodal model"),
    ],
)
def test_start_that_fails_says_why_and_leaves_nothing(
    serving: Serve, tmp_path: Path, act: str, code: FailureCode, words: str
) -> None:
    error = failure(serving(act))
    assert error.code is code
    assert words in error.detail
    assert any(line.startswith("argv:") for line in error.log_tail)
    assert helper_gone(tmp_path)


def test_engine_that_is_never_ready_is_ended_in_time(serving: Serve, tmp_path: Path) -> None:
    error = failure(serving("never_ready", start_timeout_s=1))
    assert error.code is FailureCode.ENGINE_START_TIMEOUT
    assert helper_gone(tmp_path)


@pytest.mark.parametrize("engine", STARTED)
def test_every_engine_is_started_asked_read_and_ended(
    serving: Serve, tmp_path: Path, engine: str
) -> None:
    with serving("ready", engine=engine, model={"max_model_len": MODEL_LEN.get(engine)}) as served:
        assert served.preflight.models == ("demo",)
        assert served.versions[VERSION_NAMES.get(engine, engine)] == "1.2.3"
        gauges = get_engine(engine).gauges
        with Sampler(sources_of(served, gauges), every_s=0.01) as sampler:
            wanted = {"cpu_memory_mb", "kv_cache_use"} if gauges else {"cpu_memory_mb"}
            deadline = time.monotonic() + 20
            while not wanted <= set(sampler.summary()["peak"]):
                assert time.monotonic() < deadline
                time.sleep(0.02)
        assert served.running is not None
        argv = Path(f"/proc/{served.running.process.pid}/cmdline").read_text()
        assert served.api_key is None or served.api_key not in argv
    assert helper_gone(tmp_path)


@pytest.mark.parametrize("engine", STARTED)
@pytest.mark.parametrize(
    ("act", "code"),
    [
        ("oom", FailureCode.ENGINE_OUT_OF_MEMORY),
        ("bad_model", FailureCode.CHECKPOINT_INVALID),
        ("broken", FailureCode.ENGINE_START_FAILED),
    ],
)
def test_every_engines_way_to_fail_has_its_code(
    serving: Serve, tmp_path: Path, engine: str, act: str, code: FailureCode
) -> None:
    error = failure(serving(act, engine=engine))
    assert error.code is code
    assert error.detail
    assert helper_gone(tmp_path)


def test_port_taken_meanwhile_is_tried_again(serving: Serve, tmp_path: Path) -> None:
    with serving("port_taken_once") as served:
        assert served.alive()
    assert (tmp_path / "port-was-taken").exists()


def test_cancelling_while_it_starts_ends_it(serving: Serve, tmp_path: Path) -> None:
    helper = tmp_path / "engine" / "helper.pid"
    with (
        pytest.raises(EvaluationCancelled),
        serving("never_ready", cancelled=lambda: helper.exists() and bool(helper.read_text())),
    ):
        pytest.fail("it was served")
    assert helper_gone(tmp_path)


@pytest.mark.parametrize(
    "symptom", [EvaluationError(FailureCode.TOO_MANY_ERRORS), EvaluationCancelled()]
)
def test_engine_that_dies_is_the_reason_whatever_its_death_looked_like(
    serving: Serve, tmp_path: Path, symptom: Exception
) -> None:
    def work(served: ServedModel) -> None:
        (tmp_path / "engine" / "die").touch()
        deadline = time.monotonic() + 20
        while served.alive():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        raise symptom

    with pytest.raises(EvaluationError) as caught, serving("dies_later") as served:
        work(served)
    assert caught.value.code is FailureCode.ENGINE_OUT_OF_MEMORY
    assert helper_gone(tmp_path)


def test_error_of_the_block_passes_while_the_engine_lives(serving: Serve, tmp_path: Path) -> None:
    with pytest.raises(EvaluationError) as caught, serving("ready"):
        raise EvaluationError(FailureCode.DATASET_MISSING)
    assert caught.value.code is FailureCode.DATASET_MISSING
    assert helper_gone(tmp_path)


@pytest.mark.parametrize("command", [(), ("/nowhere/engine",), ("no-such-engine-command",)])
def test_engine_without_a_working_command_is_not_configured(
    serving: Serve, command: tuple[str, ...]
) -> None:
    error = failure(serving("ready", commands={"transformers": command}))
    assert error.code is FailureCode.ENGINE_NOT_CONFIGURED


def test_checkpoint_is_checked_before_anything_starts(serving: Serve, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(DEMO, tmp_path / "model"))
    (folder / "model.safetensors").unlink()
    error = failure(serving("ready", model={"source": str(folder)}, checkpoint_roots=[tmp_path]))
    assert error.code is FailureCode.CHECKPOINT_NO_SAFETENSORS
    assert not (tmp_path / "engine").exists()


@pytest.mark.parametrize(
    ("model", "words"),
    [
        ({"dtype": "fp4"}, "bfloat16"),
        ({"quantization": "awq"}, "quantization"),
        ({"tensor_parallel_size": 2}, "1 to 1"),
        ({"engine_args": {"host": "::"}}, "max-batch-size"),
        ({"engine_args": {"max-batch-size": "1; reboot"}}, "1 to 256"),
        ({"engine_args": {"max-batch-size": "0"}}, "1 to 256"),
    ],
)
def test_what_the_engine_cannot_do_is_refused_with_what_it_can(
    serving: Serve, model: dict[str, Any], words: str
) -> None:
    error = failure(serving("ready", model=model))
    assert error.code is FailureCode.SPEC_INVALID
    assert words in error.detail
