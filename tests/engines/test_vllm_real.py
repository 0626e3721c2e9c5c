"""The real vLLM on the demo checkpoint: what it says of itself, and whether our figures are of the same things.

How closely they agree is measured by ``make bench``: on a machine that is busy with other things either side's clock can
be held up. It is started once.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from evaluator.engines import get_engine
from evaluator.serving.probe_report import Level
from evaluator.serving.sampling import Sampler, sources_of
from evaluator.serving.served import ServedModel
from tests.support.vllm_figures import PLAN, Own, both, measured, served_demo

pytestmark = [
    pytest.mark.vllm,
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.xdist_group("vllm"),
]


@pytest.fixture(scope="module")
def vllm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedModel]:
    with served_demo(tmp_path_factory.mktemp("vllm")) as served:
        yield served
        assert served.running is not None
        pid = served.running.process.pid
        assert pid is not None
        tree = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    assert len(tree) > 1, "vLLM starts processes of its own"
    assert [process for process in tree if process.is_running()] == []


@pytest.fixture(scope="module")
def figures(vllm: ServedModel) -> tuple[Level, Own]:
    return both(vllm)


def test_it_counts_as_many_tokens(figures: tuple[Level, Own]) -> None:
    level, own = figures
    assert level.output_tokens_per_s is not None
    assert own.tokens == level.requests * PLAN.max_tokens
    assert level.output_tokens_per_s * level.seconds == pytest.approx(own.tokens)


def test_a_client_never_sees_a_token_before_it_is_made(figures: tuple[Level, Own]) -> None:
    """Whatever the machine is busy with: what we time holds what vLLM times."""
    level, own = figures
    assert level.ttft_ms_mean is not None
    assert level.itl_ms_mean is not None
    assert level.ttft_ms_mean > own.ttft_ms
    whole_ms = level.ttft_ms_mean + (PLAN.max_tokens - 1) * level.itl_ms_mean
    assert whole_ms > 0.95 * own.latency_ms


def test_its_version_and_gauges_are_read(vllm: ServedModel) -> None:
    assert vllm.versions["vllm"][0].isdigit()
    with Sampler(sources_of(vllm, get_engine("vllm").gauges), every_s=0.1) as sampler:
        measured(vllm)
    peak = sampler.summary()["peak"]
    assert {"cpu_memory_mb", "kv_cache_use", "requests_running", "preemptions"} <= set(peak)
    assert peak["requests_running"] == 1
    assert 0 < peak["kv_cache_use"] < 1
    assert peak["cpu_memory_mb"] > 100


def test_the_key_is_not_in_its_arguments(vllm: ServedModel) -> None:
    assert vllm.running is not None
    assert vllm.api_key is not None
    pid = vllm.running.process.pid
    assert vllm.api_key not in Path(f"/proc/{pid}/cmdline").read_text()
