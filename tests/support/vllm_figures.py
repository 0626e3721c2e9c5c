"""Our probe's figures of the real vLLM beside those that vLLM counts itself, of the same requests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

import httpx
from prometheus_client.parser import text_string_to_metric_families

from evaluator.serving.probe import probe
from evaluator.serving.probe_plan import ProbePlan
from evaluator.serving.probe_report import Level
from evaluator.serving.serve import serve
from evaluator.serving.served import ServedModel
from evaluator.spec import ModelSpec
from tests.support.vllm import ENGINE_ARGS, VLLM_COMMAND

DEMO = Path(__file__).resolve().parents[2] / "demo" / "checkpoint"

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
numbers = count(step=1000)


@dataclass(frozen=True)
class Own:
    """vLLM's own figures of the requests between two looks at its page: means in milliseconds, and tokens."""

    ttft_ms: float
    itl_ms: float
    latency_ms: float
    tokens: float


@contextmanager
def served_demo(work_dir: Path) -> Iterator[ServedModel]:
    """Serve the demo checkpoint with vLLM, warmed up."""
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
        work_dir=work_dir,
        cancelled=lambda: False,
    ) as served:
        # A first question pays for what is set up on demand.
        measured(served, replace(PLAN, least_requests=1))
        yield served


def measured(served: ServedModel, plan: ProbePlan = PLAN) -> Level:
    """Probe at one stream, with questions that were not asked before."""
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
    """Return what the probe measured and what vLLM counted meanwhile."""
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
