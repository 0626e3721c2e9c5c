"""From timed answers to a level's figures and to met or missed targets."""

from __future__ import annotations

import pytest

from evaluator.harness.chat import Answer
from evaluator.serving.probe_report import Asked, level_of
from evaluator.serving.targets import Targets, held_against

TARGETS = Targets(ttft_ms=500, tokens_per_s=30, gpu_memory=0.9)


def asked(
    start: float,
    ttft_ms: float | None = 100,
    latency_ms: float = 1100,
    tokens: int | None = 51,
    gaps: tuple[float, ...] = (20.0,) * 50,
) -> Asked:
    answer = Answer("text", "stop", ttft_ms, latency_ms, 10, tokens, 0.0, gaps)
    return Asked(started_s=start, ended_s=start + latency_ms / 1000, answer=answer)


def failed(start: float) -> Asked:
    return Asked(started_s=start, ended_s=start + 0.1, answer=None)


def test_speed_of_a_stream_counts_the_tokens_after_the_first() -> None:
    assert asked(0).tokens_per_s == pytest.approx(50)


@pytest.mark.parametrize("tokens", [None, 0, 1])
def test_an_answer_of_fewer_than_two_tokens_has_no_speed(tokens: int | None) -> None:
    assert asked(0, tokens=tokens).tokens_per_s is None


def test_totals_are_over_the_time_from_the_first_start_to_the_last_end() -> None:
    level = level_of(2, [asked(0), asked(0.9)], TARGETS)
    assert level.seconds == pytest.approx(2.0)
    assert level.requests_per_s == pytest.approx(1.0)
    assert level.output_tokens_per_s == pytest.approx(51)


def test_goodput_is_the_share_that_met_every_target() -> None:
    late = asked(0, ttft_ms=600, latency_ms=1600)
    slow = asked(0, latency_ms=2100)
    assert level_of(1, [asked(0), late, slow, failed(0)], TARGETS).goodput == 0.25


def test_a_short_answer_is_held_against_its_time_to_first_token_only() -> None:
    assert level_of(1, [asked(0, tokens=1, gaps=())], TARGETS).goodput == 1.0


def test_failed_requests_have_no_times() -> None:
    level = level_of(1, [failed(0), failed(1)], TARGETS)
    assert (level.errors, level.error_rate, level.goodput) == (2, 1.0, 0.0)
    assert level.ttft_ms_p50 is None
    assert level.requests_per_s is None


def test_a_level_without_requests_is_all_failure_and_no_figures() -> None:
    level = level_of(1, [], TARGETS)
    assert level.error_rate == 1.0
    assert level.goodput is None


def test_targets_are_strict_and_unknown_is_neither_met_nor_missed() -> None:
    measured = {"ttft_ms": 500.0, "tokens_per_s": 30.1, "gpu_memory": None}
    assert {held.name: held.met for held in held_against(TARGETS, measured)} == {
        "ttft_ms": False,
        "tokens_per_s": True,
        "gpu_memory": None,
    }
