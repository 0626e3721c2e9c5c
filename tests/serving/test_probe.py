"""Load at rising concurrency: how many requests, which of them count, when it stops. The endpoint is a stand-in."""

from __future__ import annotations

import threading
from collections import Counter

import pytest

from evaluator.errors import EvaluationCancelled, EvaluationError, FailureCode
from evaluator.serving.probe import ProbeReport, probe, question
from evaluator.serving.probe_plan import PROMPT, ProbePlan
from evaluator.serving.probe_report import Level
from tests.support.openai_server import OpenAIServer, openai_server

LOOPBACK = ("127.0.0.0/8",)
SMALL = ProbePlan(levels=(1, 4), requests_per_stream=2, least_requests=6, picture_px=56)


def measure(server: OpenAIServer, plan: ProbePlan = SMALL, key: str | None = None) -> ProbeReport:
    return probe(server.base_url, server.model, key, plan, allowed_networks=LOOPBACK)


def test_each_level_asks_its_number_of_requests_after_a_warm_up() -> None:
    with openai_server() as server:
        report = measure(server)
    assert [(level.concurrency, level.requests) for level in report.levels] == [(1, 6), (4, 8)]
    # One discarded answer a stream.
    assert len(server.received) == (1 + 6) + (4 + 8)
    assert report.stopped == ""


def test_no_two_requests_share_a_picture_and_all_have_one() -> None:
    with openai_server() as server:
        measure(server)
    pictures = Counter(request.images[0] for request in server.received)
    assert set(pictures.values()) == {1}
    assert {request.text for request in server.received} == {PROMPT}


def test_the_same_question_number_is_the_same_question_everywhere() -> None:
    assert question(7, SMALL) == question(7, SMALL)
    assert question(7, SMALL) != question(8, SMALL)


@pytest.mark.parametrize("characters", [1, len(PROMPT), 1000])
def test_the_prompt_is_as_long_as_planned(characters: int) -> None:
    assert len(ProbePlan(prompt_characters=characters).prompt()) == characters


def test_figures_are_of_streamed_answers() -> None:
    with openai_server() as server:
        level = measure(server).levels[0]
    assert level.errors == 0
    assert level.ttft_ms_p50 is not None
    assert level.ttft_ms_p99 is not None
    assert 0 < level.ttft_ms_p50 <= level.ttft_ms_p99
    assert level.requests_per_s is not None
    assert level.requests_per_s > 0


def test_an_endpoint_that_does_not_stream_has_no_time_to_first_token_and_no_goodput() -> None:
    with openai_server(mode="plain_json") as server:
        level = measure(server).levels[0]
    assert (level.ttft_ms_p50, level.itl_ms_p50, level.tokens_per_s) == (None, None, None)
    assert level.goodput == 0


def test_no_higher_level_is_tried_once_too_many_requests_fail() -> None:
    with openai_server(mode="error_500") as server:
        report = measure(server)
    assert [level.concurrency for level in report.levels] == [1]
    assert report.levels[0].error_rate == 1.0
    assert report.levels[0].ttft_ms_p50 is None
    assert "100%" in report.stopped


def test_failed_requests_are_counted_and_not_asked_again() -> None:
    with openai_server(mode="error_500") as server:
        measure(server)
    assert max(Counter(request.images[0] for request in server.received).values()) == 1


def test_cancelling_ends_the_probe() -> None:
    with openai_server(mode="hang") as server, pytest.raises(EvaluationCancelled):
        probe(
            server.base_url,
            server.model,
            None,
            SMALL,
            allowed_networks=LOOPBACK,
            cancelled=lambda: len(server.received) > 0,
        )


def test_levels_are_told_as_they_end() -> None:
    told: list[Level] = []
    with openai_server() as server:
        report = probe(
            server.base_url,
            server.model,
            None,
            SMALL,
            allowed_networks=LOOPBACK,
            on_level=told.append,
        )
    assert tuple(told) == report.levels


def test_a_private_address_is_refused_before_anything_is_asked() -> None:
    with openai_server() as server, pytest.raises(EvaluationError) as caught:
        probe(server.base_url, server.model, None, SMALL)
    assert caught.value.code is FailureCode.ADDRESS_FORBIDDEN
    assert not server.received


def test_the_closed_loop_never_has_more_requests_in_flight_than_its_level() -> None:
    most, now, lock = 0, 0, threading.Lock()

    def answer(_: str) -> str:
        nonlocal most, now
        with lock:
            now += 1
            most = max(most, now)
        threading.Event().wait(0.02)
        with lock:
            now -= 1
        return "a short answer"

    plan = ProbePlan(levels=(3,), requests_per_stream=5, least_requests=15, picture_px=56)
    with openai_server(answer=answer) as server:
        measure(server, plan)
    assert 1 < most <= 3
