"""One question to an endpoint before the evaluation: what it reports, and the failure code of each way to fail."""

from __future__ import annotations

import socket
import time

import pytest

from evaluator.errors import EvaluationCancelled, EvaluationError, FailureCode
from evaluator.serving.preflight import PAUSES_S, Preflight, preflight
from tests.support.openai_server import OpenAIServer, openai_server

LOOPBACK = ("127.0.0.0/8",)
KEY = "sk-planted-0123456789abcdef"


def ask(server: OpenAIServer, model: str = "test-model", timeout_s: float = 20) -> Preflight:
    return preflight(server.base_url, model, KEY, timeout_s=timeout_s, allowed_networks=LOOPBACK)


def failure(
    server: OpenAIServer, model: str = "test-model", timeout_s: float = 20
) -> EvaluationError:
    with pytest.raises(EvaluationError) as caught:
        ask(server, model, timeout_s)
    return caught.value


def test_good_endpoint_is_asked_once_with_a_picture() -> None:
    with openai_server(api_key=KEY) as server:
        report = ask(server)
        (request,) = server.received
    assert len(request.images) == 1
    assert request.images[0].startswith("data:image/png;base64,")
    assert report.models == ("test-model",)
    assert report.answer
    assert (report.streamed, report.usage, report.adaptations) == (True, True, ())
    assert report.ttft_ms is not None
    assert 0 < report.ttft_ms <= report.latency_ms


@pytest.mark.parametrize(
    ("mode", "streamed", "usage", "adaptations"),
    [
        ("plain_json", False, True, ()),
        ("no_usage", True, False, ()),
        ("refuses_seed", True, True, ("seed",)),
    ],
)
def test_limits_of_an_endpoint_are_reported(
    mode: str, streamed: bool, usage: bool, adaptations: tuple[str, ...]
) -> None:
    with openai_server(mode=mode) as server:
        report = ask(server)
    assert (report.streamed, report.usage, report.adaptations) == (streamed, usage, adaptations)


@pytest.mark.parametrize(
    ("mode", "code"),
    [
        ("html", FailureCode.ENDPOINT_NOT_OPENAI),
        ("garbage", FailureCode.ENDPOINT_NOT_OPENAI),
        ("redirect", FailureCode.ENDPOINT_NOT_OPENAI),
        ("error_500", FailureCode.ENDPOINT_ERROR),
        ("error_in_stream", FailureCode.ENDPOINT_ERROR),
        ("auth_401", FailureCode.ENDPOINT_AUTH),
        ("no_images", FailureCode.ENDPOINT_NO_IMAGES),
        ("rate_limited", FailureCode.ENDPOINT_RATE_LIMITED),
    ],
)
def test_each_failure_has_its_code_and_words_without_the_key(mode: str, code: FailureCode) -> None:
    with openai_server(mode=mode) as server:
        error = failure(server)
    assert error.code is code
    assert error.detail
    assert KEY not in f"{error} {error.detail}"


@pytest.mark.parametrize(
    "garbage",
    [
        b'{"choices": ["A"]}',
        b'{"choices": [null]}',
        b'{"choices": [{"message": "A"}]}',
        b'{"choices": [{"message": {"content": ["A"]}}]}',
        b'{"choices": [{"message": {"content": "A"}, "finish_reason": {}}]}',
        b"[" * 100_000,
    ],
    ids=range(6),
)
def test_json_of_another_shape_is_not_openai(garbage: bytes) -> None:
    with openai_server(mode="garbage", garbage=garbage) as server:
        assert failure(server).code is FailureCode.ENDPOINT_NOT_OPENAI


@pytest.mark.parametrize("length", [100, 180, 400])
def test_key_that_the_shortening_of_an_echo_cuts_off_does_not_leak(length: int) -> None:
    key = "sk-" + "0123456789abcdef" * 25
    with openai_server(mode="auth_401") as server, pytest.raises(EvaluationError) as caught:
        preflight(
            server.base_url, "test-model", key[:length], timeout_s=20, allowed_networks=LOOPBACK
        )
    assert caught.value.detail.startswith("HTTP 401: Incorrect API key provided: [hidden]")
    assert "0123456789" not in caught.value.detail


def test_unknown_model_is_answered_with_the_names_that_exist() -> None:
    with openai_server() as server:
        error = failure(server, model="other-model")
    assert error.code is FailureCode.ENDPOINT_MODEL_UNKNOWN
    assert "test-model" in error.detail


@pytest.mark.parametrize("mode", ["hang", "trickle"])
def test_endpoint_that_never_ends_its_answer_times_out(mode: str) -> None:
    with openai_server(mode=mode) as server:
        started = time.monotonic()
        error = failure(server, timeout_s=1)
    assert error.code is FailureCode.ENDPOINT_TIMEOUT
    assert time.monotonic() - started < 15


def test_closed_port_is_unreachable() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound but not listening: connections are refused
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
        with pytest.raises(EvaluationError) as caught:
            preflight(url, "m", None, timeout_s=5, allowed_networks=LOOPBACK)
    assert caught.value.code is FailureCode.ENDPOINT_UNREACHABLE


def test_forbidden_address_is_not_asked() -> None:
    with openai_server() as server:
        with pytest.raises(EvaluationError) as caught:
            preflight(server.base_url, "test-model", None, timeout_s=5)
        assert server.received == []
    assert caught.value.code is FailureCode.ADDRESS_FORBIDDEN


def test_cancelling_ends_the_wait() -> None:
    with openai_server(mode="hang") as server:
        started = time.monotonic()
        with pytest.raises(EvaluationCancelled):
            preflight(
                server.base_url,
                "test-model",
                None,
                timeout_s=50,
                allowed_networks=LOOPBACK,
                cancelled=lambda: bool(server.received),
            )
    assert time.monotonic() - started < 25


def test_endpoint_that_is_overloaded_for_a_moment_is_asked_again() -> None:
    with openai_server(mode="rate_limited_once") as server:
        assert ask(server).answer
    assert len(server.received) == 2


def test_endpoint_that_is_broken_is_not_asked_again_once_the_time_is_over() -> None:
    with openai_server(mode="error_500") as server:
        failure(server, timeout_s=0.9 * PAUSES_S[0])
    assert len(server.received) == 1


def test_names_of_any_length_are_told_in_short() -> None:
    with openai_server() as server:
        server.model = "m" * 100_000
        error = failure(server)
    assert error.code is FailureCode.ENDPOINT_MODEL_UNKNOWN
    assert len(error.detail) < 1000


@pytest.mark.parametrize("key", ["ключ-0123456789", "sk-one\nx-two: three", "sk-one\x7f"])
def test_key_that_no_header_can_hold_is_refused_without_being_told(key: str) -> None:
    with openai_server() as server, pytest.raises(EvaluationError) as caught:
        preflight(server.base_url, "test-model", key, timeout_s=20, allowed_networks=LOOPBACK)
    assert caught.value.code is FailureCode.ENDPOINT_AUTH
    assert key not in caught.value.detail
    assert not server.received


def test_key_in_an_answer_is_hidden() -> None:
    with openai_server(mode="echoes_key") as server:
        report = ask(server)
    assert KEY not in report.answer
    assert report.answer


def test_charset_of_a_stream_is_utf8_whatever_its_header_says() -> None:
    with openai_server(mode="odd_charset") as server:
        assert ask(server).answer
