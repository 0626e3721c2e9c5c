"""The real vLLM on the demo checkpoint: what it says of itself, and whether our figures agree with its own.

It is started once. On a machine that is busy with other things either side's clock can be held up, so each comparison
has several tries.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

import httpx
import psutil
import pytest
from prometheus_client.parser import text_string_to_metric_families

from evaluator.engines import get_engine
from evaluator.serving.probe import probe
from evaluator.serving.probe_plan import ProbePlan
from evaluator.serving.probe_report import Level
from evaluator.serving.sampling import Sampler, sources_of
from evaluator.serving.serve import serve
from evaluator.serving.served import ServedModel
from evaluator.spec import ModelSpec
from tests.engines.conftest import DEMO
from tests.support.vllm import ENGINE_ARGS, VLLM_COMMAND

pytestmark = [
    pytest.mark.vllm,
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.xdist_group("vllm"),
]

# The toy model answers in a letter and reads a short question in 20 ms, most of which is HTTP. With a long prompt and
# answers of a stated length it is the engine's work that is timed, as it is with a real model.
PLAN = ProbePlan(
    levels=(1,),
    least_requests=12,
    picture_px=56,
    prompt_characters=8000,
    max_tokens=64,
    exact_length=True,
    warmup_per_stream=0,
)
AGREEMENT = 0.05
TRIES = 6
numbers = count(step=1000)


@dataclass(frozen=True)
class Own:
    """vLLM's own figures of the requests between two looks at its page: means in milliseconds, and tokens."""

    ttft_ms: float
    itl_ms: float
    latency_ms: float
    tokens: float


Agrees = Callable[[Callable[[Level], float | None], Callable[[Own], float]], bool]


@pytest.fixture(scope="module")
def vllm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedModel]:
    model = ModelSpec(
        kind="checkpoint",
        name="demo",
        engine="vllm",
        source=str(DEMO),
        dtype="bfloat16",
        max_model_len=4096,
        images_per_prompt=1,
        engine_args=ENGINE_ARGS,
    )
    with serve(
        model,
        api_key=None,
        commands={"vllm": VLLM_COMMAND},
        checkpoint_roots=[DEMO.parent],
        start_timeout_s=500,
        request_timeout_s=120,
        allowed_networks=(),
        work_dir=tmp_path_factory.mktemp("vllm"),
        cancelled=lambda: False,
    ) as served:
        # A first question pays for what is set up on demand.
        measured(served, replace(PLAN, least_requests=1))
        yield served
        assert served.running is not None
        pid = served.running.process.pid
        assert pid is not None
        tree = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    assert len(tree) > 1, "vLLM starts processes of its own"
    assert [process for process in tree if process.is_running()] == []


def measured(served: ServedModel, plan: ProbePlan = PLAN) -> Level:
    report = probe(
        served.base_url,
        served.model_name,
        served.api_key,
        replace(plan, first_question=next(numbers)),
        allowed_networks=served.allowed_networks,
    )
    (level,) = report.levels
    assert level.errors == 0
    return level


def totals(served: ServedModel) -> dict[str, float]:
    """Return the sums and counts on vLLM's Prometheus page."""
    assert served.metrics_url is not None
    headers = {"authorization": f"Bearer {served.api_key}"}
    page = httpx.get(served.metrics_url, headers=headers, trust_env=False).raise_for_status().text
    return {
        sample.name: sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
        if sample.name.startswith("vllm:") and "le" not in sample.labels
    }


def both(served: ServedModel) -> tuple[Level, Own]:
    before = totals(served)
    level = measured(served)
    after = totals(served)

    def more(name: str) -> float:
        return after[name] - before[name]

    def mean_ms(name: str) -> float:
        return 1000 * more(f"vllm:{name}_sum") / more(f"vllm:{name}_count")

    own = Own(
        mean_ms("time_to_first_token_seconds"),
        mean_ms("inter_token_latency_seconds"),
        mean_ms("e2e_request_latency_seconds"),
        more("vllm:generation_tokens_total"),
    )
    return level, own


@pytest.fixture(scope="module")
def tries(vllm: ServedModel) -> list[tuple[Level, Own]]:
    """The measurements so far; ``agrees`` adds another where none of them will do."""
    return [both(vllm)]


@pytest.fixture
def agrees(vllm: ServedModel, tries: list[tuple[Level, Own]]) -> Agrees:
    def agrees(ours: Callable[[Level], float | None], theirs: Callable[[Own], float]) -> bool:
        for number in range(TRIES):
            if number == len(tries):
                tries.append(both(vllm))
            level, own = tries[number]
            if ours(level) == pytest.approx(theirs(own), rel=AGREEMENT):
                return True
        seen = [(ours(level), theirs(own)) for level, own in tries]
        pytest.fail(f"ours and vLLM's own: {seen}")

    return agrees


def test_it_counts_as_many_tokens(tries: list[tuple[Level, Own]]) -> None:
    for level, own in tries:
        assert level.output_tokens_per_s is not None
        assert own.tokens == level.requests * PLAN.max_tokens
        assert level.output_tokens_per_s * level.seconds == pytest.approx(own.tokens)


def test_time_to_first_token_agrees_with_its_own(agrees: Agrees) -> None:
    assert agrees(lambda level: level.ttft_ms_mean, lambda own: own.ttft_ms)


def test_time_between_tokens_agrees_with_its_own(agrees: Agrees) -> None:
    assert agrees(lambda level: level.itl_ms_mean, lambda own: own.itl_ms)


def test_output_tokens_per_second_agree_with_its_own(agrees: Agrees) -> None:
    # One stream: the engine is at work on one request after the other.
    assert agrees(
        lambda level: level.output_tokens_per_s,
        lambda own: 1000 * PLAN.max_tokens / own.latency_ms,
    )


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
