"""Asking one endpoint: how it streams, what is retried, what is measured, and when asking stops.

These run our client alone, in the site's environment, against the real protocol over loopback; the same code runs
beside lmms-eval in the child process.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import httpx
import pytest

from evaluator.addresses import check_address, pinned_client
from evaluator.errors import EvaluationError, FailureCode
from evaluator.harness.asking import LONGEST_RETRY_AFTER_S, Asker, Prompt, waiting_time
from evaluator.harness.chat import ChatClient, _count, encoded
from evaluator.harness.concurrency import AdaptiveLimit
from evaluator.harness.failures import CircuitBreaker, RequestFailed, from_status, retry_after
from evaluator.records import Item, Response
from tests.support.openai_server import OpenAIServer, answer_to

T = TypeVar("T")
TEXT = "Which colour?"
PROMPT = Prompt(
    encoded(
        [
            {
                "role": "user",
                "content": [
                    {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}},
                    {"type": "text", "text": TEXT},
                ],
            }
        ]
    ),
    "0" * 64,
    16,
)
ITEM = Item("k", 0, {})


def with_asker(
    server: OpenAIServer,
    use: Callable[[Asker, ChatClient], Awaitable[T]],
    *,
    max_retries: int = 2,
    timeout_s: float = 5.0,
    model: str = "test-model",
    api_key: str | None = None,
    concurrency: int = 1,
) -> T:
    async def go() -> T:
        address = check_address(server.base_url, ["127.0.0.0/8"])
        async with pinned_client(address, timeout_s=timeout_s) as http:
            client = ChatClient(
                http,
                url=address.url,
                model=model,
                api_key=api_key,
                temperature=0.0,
                seed=0,
                timeout_s=timeout_s,
            )
            breaker = CircuitBreaker(concurrency=1)
            asker = Asker(client, breaker, AdaptiveLimit(concurrency), max_retries=max_retries)
            return await use(asker, client)

    return asyncio.run(go())


def ask_once(server: OpenAIServer, **options: Any) -> Response:
    return with_asker(server, lambda asker, _: asker.ask(ITEM, PROMPT), **options)


def test_streamed_answer_is_timed_and_counted(server: OpenAIServer) -> None:
    server.mode = "slow"
    before = time.time()
    response = ask_once(server)
    assert response.text == answer_to(TEXT) + "."
    assert response.finish_reason == "stop"
    assert (response.prompt_tokens, response.completion_tokens) == (40, 2)
    assert response.ttft_ms is not None
    assert response.latency_ms is not None
    # The server waits 0.3 s before each of the two tokens, and 0.3 s after the last, which counts for nothing.
    assert response.ttft_ms >= 300
    assert response.latency_ms - response.ttft_ms >= 290
    assert response.started_at is not None
    assert before <= response.started_at <= time.time()
    assert response.retries == 0


def test_reasoning_is_timed_but_is_no_part_of_the_answer(server: OpenAIServer) -> None:
    server.mode = "reasons"
    answer = with_asker(server, lambda _, client: client.ask(PROMPT.messages, 16))
    assert answer.text == answer_to(TEXT) + "."
    # Two pieces of reasoning, two of content.
    assert len(answer.gaps_ms) == 3


@pytest.mark.parametrize("odd", ["\u2028", "\u2029", "\x85", "\x0b", "\x1c", "\u00e9"])
def test_only_line_feeds_and_carriage_returns_end_a_line_of_the_stream(
    server: OpenAIServer, odd: str
) -> None:
    server.answer = lambda _: f"A{odd}B"
    server.raw_unicode = True
    assert ask_once(server).text == f"A{odd}B"


def test_plain_json_instead_of_a_stream_has_no_time_to_first_token(server: OpenAIServer) -> None:
    server.mode = "plain_json"
    response = ask_once(server)
    assert response.text == answer_to(TEXT)
    assert response.ttft_ms is None
    assert response.latency_ms is not None
    assert response.latency_ms > 0
    assert response.completion_tokens == 2


def test_missing_usage_leaves_counts_unknown(server: OpenAIServer) -> None:
    server.mode = "no_usage"
    response = ask_once(server)
    assert response.text == answer_to(TEXT) + "."
    assert response.prompt_tokens is None
    assert response.completion_tokens is None


def test_refused_parameter_is_left_out_from_then_on_and_told(server: OpenAIServer) -> None:
    server.mode = "refuses_seed"

    async def twice(asker: Asker, client: ChatClient) -> list[str]:
        await asker.ask(ITEM, PROMPT)
        await asker.ask(ITEM, PROMPT)
        return client.adaptations

    assert with_asker(server, twice) == ["seed"]
    assert ["seed" in r.body for r in server.received] == [True, False, False]


def test_retry_after_is_waited_for(server: OpenAIServer) -> None:
    server.mode = "rate_limited_once"
    response = ask_once(server)
    first, second = server.received
    assert second.at - first.at >= 1.0
    assert response.error is None
    assert response.retries == 1


def test_broken_stream_is_asked_again(server: OpenAIServer) -> None:
    server.mode = "broken_stream_once"
    response = ask_once(server)
    assert response.text == answer_to(TEXT) + "."
    assert response.retries == 1


@pytest.mark.parametrize(
    ("mode", "code", "requests"),
    [
        ("error_500", FailureCode.ENDPOINT_ERROR, 3),
        ("error_in_stream", FailureCode.ENDPOINT_ERROR, 3),
        ("garbage", FailureCode.ENDPOINT_NOT_OPENAI, 1),
        ("html", FailureCode.ENDPOINT_NOT_OPENAI, 1),
    ],
)
def test_failure_becomes_an_error_and_never_a_text(
    server: OpenAIServer, mode: str, code: FailureCode, requests: int
) -> None:
    server.mode = mode
    response = ask_once(server)
    assert response.error is not None
    assert response.error.startswith(f"{code.value}: ")
    assert response.text == ""
    assert response.latency_ms is None
    assert len(server.received) == requests


@pytest.mark.parametrize(
    ("mode", "code"),
    [
        ("auth_401", FailureCode.ENDPOINT_AUTH),
        ("model_404", FailureCode.ENDPOINT_MODEL_UNKNOWN),
        ("no_images", FailureCode.ENDPOINT_NO_IMAGES),
        ("redirect", FailureCode.ENDPOINT_NOT_OPENAI),
    ],
)
def test_hopeless_first_failure_ends_the_run_at_once(
    server: OpenAIServer, mode: str, code: FailureCode
) -> None:
    server.mode = mode
    with pytest.raises(EvaluationError) as caught:
        ask_once(server)
    assert caught.value.code is code
    assert len(server.received) == 1


def test_timeouts_stop_the_run_before_every_retry_is_waited_for(server: OpenAIServer) -> None:
    server.mode = "hang"
    with pytest.raises(EvaluationError) as caught:
        ask_once(server, timeout_s=0.1, max_retries=1000)
    assert caught.value.code is FailureCode.ENDPOINT_TIMEOUT
    assert len(server.received) == CircuitBreaker.TIMEOUTS


def test_rate_limit_that_never_ends_has_its_own_code(server: OpenAIServer) -> None:
    server.mode = "rate_limited"

    async def many(asker: Asker, _: ChatClient) -> None:
        await asyncio.gather(*(asker.ask(ITEM, PROMPT) for _ in range(10)))

    with pytest.raises(EvaluationError) as caught:
        with_asker(server, many, max_retries=0)
    assert caught.value.code is FailureCode.ENDPOINT_RATE_LIMITED


def failure(code: FailureCode = FailureCode.ENDPOINT_ERROR) -> RequestFailed:
    return RequestFailed(code, "it broke")


def test_breaker_counts_only_failures_in_a_row() -> None:
    breaker = CircuitBreaker(concurrency=1)
    breaker.succeeded()
    for _ in range(3):
        for _ in range(19):
            breaker.failed(failure())
        breaker.succeeded()
    for _ in range(19):
        breaker.failed(failure())
    with pytest.raises(EvaluationError) as caught:
        breaker.failed(failure())
    assert caught.value.code is FailureCode.ENDPOINT_ERROR
    assert "20 requests in a row failed" in caught.value.detail


def test_breaker_says_too_many_errors_when_they_differ() -> None:
    breaker = CircuitBreaker(concurrency=1)
    for _ in range(9):
        breaker.failed(failure())
    with pytest.raises(EvaluationError) as caught:
        breaker.failed(failure(FailureCode.ENDPOINT_TIMEOUT))
    assert caught.value.code is FailureCode.TOO_MANY_ERRORS


def test_breaker_stops_a_short_run_of_failures_at_its_end() -> None:
    breaker = CircuitBreaker(concurrency=1)
    breaker.failed(failure())
    with pytest.raises(EvaluationError):
        breaker.finish()
    answered = CircuitBreaker(concurrency=1)
    answered.succeeded()
    answered.failed(failure())
    answered.finish()


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("7", 7.0), ("Thu, 01 Jan 1970 00:02:00 GMT", 20.0), ("soon", None), ("-3", 0.0)],
)
def test_retry_after_in_both_forms(header: str, seconds: float | None) -> None:
    response = httpx.Response(429, headers={"retry-after": header})
    assert retry_after(response, clock=lambda: 100.0) == seconds


def test_waiting_grows_is_jittered_and_ends() -> None:
    broken = RequestFailed(FailureCode.ENDPOINT_ERROR, "", retryable=True)
    waits = [waiting_time(broken, attempt) for attempt in (0, 1, 2, 30)]
    bounds = [(0.25, 0.5), (0.5, 1.0), (1.0, 2.0), (15.0, 30.0)]
    for wait, (low, high) in zip(waits, bounds, strict=True):
        assert wait is not None
        assert low <= wait <= high
    patient = RequestFailed(
        FailureCode.ENDPOINT_RATE_LIMITED, "", retryable=True, retry_after=LONGEST_RETRY_AFTER_S + 1
    )
    assert waiting_time(patient, 0) is None
    assert waiting_time(failure(), 0) is None


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (404, '{"error": {"message": "The model `x` does not exist.", "code": "model_not_found"}}', "model_unknown"),
        (400, '{"error": {"message": "x is not a valid model ID", "code": "model_not_found"}}', "model_unknown"),
        (404, '{"detail": "Not Found"}', "not_openai"),
        (400, '{"error": {"message": "At most 0 image(s) may be provided in one request."}}', "no_images"),
        (400, '{"object": "error", "message": "m is not a multimodal model"}', "no_images"),
        (400, '{"error": {"message": "This model does not support image input."}}', "no_images"),
        (400, '{"error": {"message": "Your image is too small."}}', "error"),
        (403, "", "auth"),
        (503, "<html>", "error"),
        (504, "", "timeout"),
    ],
)  # fmt: skip
def test_status_and_words_choose_the_code(status: int, body: str, code: str) -> None:
    found = from_status(httpx.Response(status), body.encode())
    assert found.code is FailureCode(f"endpoint_{code}")
    assert f"HTTP {status}" in found.detail


@pytest.mark.parametrize(("told", "kept"), [(7, 7), (-5, None), (10**30, None), (True, None)])
def test_a_token_count_that_cannot_be_is_not_told(told: Any, kept: int | None) -> None:
    assert _count({"completion_tokens": told}, "completion_tokens") == kept
