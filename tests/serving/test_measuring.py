"""What a manifest tells of the probe and of telemetry, and that neither costs the evaluation its answers."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import pytest

from evaluator.errors import EvaluationCancelled
from evaluator.serving.measuring import Measurements, probe_or_reason, targets_of
from evaluator.serving.preflight import Preflight
from evaluator.serving.probe import ProbeReport
from evaluator.serving.probe_plan import ProbePlan
from evaluator.serving.probe_report import Level, level_of
from evaluator.serving.sampling import Sampler
from evaluator.serving.served import ServedModel
from evaluator.serving.targets import Targets
from tests.support.openai_server import OpenAIServer, openai_server

SMALL = ProbePlan(levels=(1, 2), requests_per_stream=1, least_requests=2, picture_px=56)
LIMITS = Targets(ttft_ms=500, tokens_per_s=30, gpu_memory=0.9)


def served_by(server: OpenAIServer, **changes: Any) -> ServedModel:
    model = ServedModel(
        engine="endpoint",
        base_url=server.base_url,
        model_name=server.model,
        api_key=None,
        allowed_networks=("127.0.0.0/8",),
        preflight=Preflight(
            models=(server.model,),
            answer="A",
            streamed=True,
            usage=True,
            ttft_ms=1.0,
            latency_ms=1.0,
            adaptations=(),
        ),
    )
    return replace(model, **changes)


def level(concurrency: int, ttft_ms_p95: float | None, tokens_per_s: float | None) -> Level:
    nothing = level_of(concurrency, [], LIMITS)
    return replace(nothing, ttft_ms_p95=ttft_ms_p95, tokens_per_s=tokens_per_s)


def verdicts(*levels: Level, gpu_memory: float | None = None) -> dict[Any, bool | None]:
    return {
        (row["concurrency"], row["name"]): row["met"]
        for row in targets_of(levels, LIMITS, gpu_memory)
    }


def test_each_level_is_held_against_the_targets_of_requests_and_the_peak_against_that_of_memory() -> (
    None
):
    assert verdicts(level(1, 400, 60), level(16, 900, 20), gpu_memory=0.95) == {
        (1, "ttft_ms"): True,
        (1, "tokens_per_s"): True,
        (16, "ttft_ms"): False,
        (16, "tokens_per_s"): False,
        (None, "gpu_memory"): False,
    }


def test_what_was_not_measured_is_neither_met_nor_missed() -> None:
    assert set(verdicts(level(1, None, None)).values()) == {None}


def test_a_manifest_gets_plan_levels_and_targets_with_their_limits() -> None:
    with openai_server() as server:
        found = probe_or_reason(served_by(server), SMALL, cancelled=lambda: False)
    told = Measurements(sampler=Sampler([]), probed=found).probe()
    assert told is not None
    assert told["plan"]["levels"] == [1, 2]
    assert [row["concurrency"] for row in told["levels"]] == [1, 2]
    assert told["stopped"] == ""
    assert {row["limit"] for row in told["targets"]} == {500, 30, 0.9}


def test_memory_sampled_during_the_evaluation_is_what_its_target_is_about() -> None:
    report = ProbeReport(plan=SMALL, levels=())
    with Sampler([lambda: {"gpu_memory": 0.97}], every_s=0.01) as sampler:
        measured = Measurements(sampler=sampler, probed=report)
        while not measured.telemetry():
            time.sleep(0.01)
    told = measured.probe()
    assert told is not None
    (memory,) = (row for row in told["targets"] if row["name"] == "gpu_memory")
    assert (memory["measured"], memory["met"]) == (0.97, False)


def test_a_probe_that_fails_leaves_a_reason_and_no_error() -> None:
    with openai_server() as server:
        found = probe_or_reason(
            served_by(server, allowed_networks=()), SMALL, cancelled=lambda: False
        )
    assert Measurements(sampler=Sampler([]), probed=found).probe() == {"error": "EvaluationError"}


def test_cancelling_a_probe_cancels_the_evaluation() -> None:
    with openai_server(mode="hang") as server, pytest.raises(EvaluationCancelled):
        probe_or_reason(served_by(server), SMALL, cancelled=lambda: len(server.received) > 0)


def test_without_a_probe_and_sources_there_is_nothing_to_tell() -> None:
    with Sampler([]) as sampler:
        measured = Measurements(sampler=sampler, probed=None)
    assert measured.probe() is None
    assert measured.telemetry() == {}
