"""Asking the judge over HTTP. The judge is a stand-in: a real HTTP server that speaks the OpenAI protocol."""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from pytest_django import Settings

from leaderboard.core.judges import Judge, judge_problem
from leaderboard.results import judge_client
from leaderboard.results.judge_client import (
    GIVE_UP_AFTER,
    JudgeClient,
    JudgeFailed,
    JudgeNotAsked,
)
from leaderboard.results.system_checks import judge_is_for_known_benchmarks
from tests.results.judge_site import KEY, MODEL, without_waiting
from tests.support.openai_server import OpenAIServer, openai_server

TRIES = 1 + len(judge_client.WAITS_S)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    without_waiting(monkeypatch)


def judge_at(base_url: str, **changed: Any) -> Judge:
    plain: dict[str, Any] = {
        "base_url": base_url,
        "model": MODEL,
        "api_key": KEY,
        "concurrency": 4,
        "timeout_s": 5.0,
    }
    return Judge(**plain | changed)


@contextmanager
def judge(**state: Any) -> Iterator[tuple[OpenAIServer, JudgeClient]]:
    timeout_s = state.pop("timeout_s", 5.0)
    with (
        openai_server(**{"model": MODEL, "api_key": KEY} | state) as server,
        JudgeClient(judge_at(server.base_url, timeout_s=timeout_s)) as client,
    ):
        yield server, client


def failure(client: JudgeClient) -> JudgeFailed:
    with pytest.raises(JudgeFailed) as failed:
        client.ask("Which?")
    return failed.value


def test_a_question_is_sent_as_the_protocol_has_it() -> None:
    with judge(answer=lambda prompt: f"I read: {prompt}") as (server, client):
        assert client.ask("Which? 哪个？") == "I read: Which? 哪个？"

    (request,) = server.received
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.body["model"] == MODEL
    assert request.body["messages"] == [{"role": "user", "content": "Which? 哪个？"}]
    assert request.body["temperature"] == 0


def test_a_judge_without_a_key_is_sent_none() -> None:
    with (
        openai_server(model=MODEL) as server,
        JudgeClient(judge_at(server.base_url, api_key="")) as client,
    ):
        client.ask("Which?")
    assert "authorization" not in server.received[0].headers


def test_a_rate_limit_is_waited_out() -> None:
    with judge(mode="rate_limited_once", answer=lambda _prompt: "B") as (server, client):
        assert client.ask("Which?") == "B"
    assert len(server.received) == 2


@pytest.mark.parametrize(
    ("mode", "code"), [("rate_limited", "http_429"), ("error_500", "http_500")]
)
def test_a_passing_failure_is_tried_again_some_times(
    monkeypatch: pytest.MonkeyPatch, mode: str, code: str
) -> None:
    monkeypatch.setattr(judge_client, "MAX_WAIT_S", 0.0)
    with judge(mode=mode) as (server, client):
        assert failure(client).code == code
    assert len(server.received) == TRIES


@pytest.mark.parametrize(
    ("mode", "code"),
    [
        ("auth_401", "http_401"),
        ("model_404", "http_404"),
        ("html", "not_openai"),
        ("garbage", "not_openai"),
        ("redirect", "http_307"),
    ],
)
def test_a_lasting_failure_is_not_tried_again(mode: str, code: str) -> None:
    with judge(mode=mode) as (server, client):
        assert failure(client).code == code
    assert len(server.received) == 1


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'{"choices": []}',
        b'{"choices": [{"message": {"content": 7}}]}',
        b"[" * 100_000,
        b"\xff\xfe",
        b'{"x": "' + b"y" * judge_client.MAX_BODY_BYTES + b'"}',
    ],
)
def test_any_other_body_is_a_failure_and_nothing_worse(body: bytes) -> None:
    with judge(mode="garbage", garbage=body) as (_server, client):
        assert failure(client).code == "not_openai"


def test_a_reply_without_text_is_an_empty_one() -> None:
    body = json.dumps({"choices": [{"message": {"content": None}}]}).encode()
    with judge(mode="garbage", garbage=body) as (_server, client):
        assert client.ask("Which?") == ""


def test_a_judge_that_hangs_is_left_after_the_timeout() -> None:
    with judge(mode="hang", timeout_s=0.2) as (_server, client):
        assert failure(client).code == "timeout"


def test_after_failures_in_a_row_nothing_more_is_asked() -> None:
    with judge(mode="error_500") as (server, client):
        for _ in range(GIVE_UP_AFTER):
            assert failure(client).code == "http_500"
        asked = len(server.received)
        server.mode = "normal"
        assert isinstance(failure(client), JudgeNotAsked)
    assert len(server.received) == asked


def test_an_answer_in_between_starts_the_count_anew() -> None:
    with judge(mode="error_500", answer=lambda _prompt: "B") as (server, client):
        for _ in range(2):
            for _ in range(GIVE_UP_AFTER - 1):
                failure(client)
            server.mode = "normal"
            assert client.ask("Which?") == "B"
            server.mode = "error_500"


def test_wrong_credentials_end_the_asking_at_once() -> None:
    with judge(mode="auth_401") as (server, client):
        failure(client)
        assert isinstance(failure(client), JudgeNotAsked)
    assert len(server.received) == 1


def test_questions_are_asked_side_by_side() -> None:
    with judge(delay_s=0.2) as (server, client), ThreadPoolExecutor(4) as threads:
        list(threads.map(client.ask, "abcd"))
    assert server.most_in_flight > 1


# --- The key --------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["normal", "auth_401", "error_500", "hang"])
def test_the_key_is_in_no_text_that_comes_back(mode: str, caplog: pytest.LogCaptureFixture) -> None:
    with (
        caplog.at_level(logging.DEBUG),
        judge(mode=mode, answer=lambda _prompt: f"You sent {KEY}", timeout_s=0.3) as (_, client),
    ):
        try:
            said = client.ask("Which?")
        except JudgeFailed as error:
            said = "".join(traceback.format_exception(error))
    assert said
    assert KEY not in said + caplog.text


def test_a_header_that_cannot_be_sent_does_not_show_the_key() -> None:
    broken = KEY + "\n"
    with JudgeClient(judge_at("http://127.0.0.1:1/v1", api_key=broken)) as client:
        error = failure(client)
    assert KEY not in "".join(traceback.format_exception(error))
    assert KEY not in repr(judge_at("http://127.0.0.1:1/v1"))


def test_a_short_key_is_no_secret_and_stays_a_word_of_the_reply() -> None:
    with (
        openai_server(model=MODEL, answer=lambda _prompt: "none") as server,
        JudgeClient(judge_at(server.base_url, api_key="none")) as client,
    ):
        assert client.ask("Which?") == "none"


# --- Settings -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"base_url": "", "model": "m"}, "JUDGE_BASE_URL"),
        ({"base_url": "host/v1"}, "JUDGE_BASE_URL"),
        ({"base_url": "ftp://host/v1"}, "JUDGE_BASE_URL"),
        ({"base_url": "http://[host/v1"}, "JUDGE_BASE_URL"),
        ({"base_url": "http://host:port/v1"}, "JUDGE_BASE_URL"),
        ({"base_url": "https://host/v1?key=1"}, "JUDGE_BASE_URL"),
        ({"base_url": "https://me:hunter2@host/v1"}, "JUDGE_API_KEY"),
        ({"model": ""}, "JUDGE_MODEL"),
        ({"model": "m" * 201}, "JUDGE_MODEL"),
        ({"api_key": f"{KEY}\n"}, "JUDGE_API_KEY"),
        ({"api_key": "ключ"}, "JUDGE_API_KEY"),
        ({"concurrency": 0}, "JUDGE_CONCURRENCY"),
        ({"timeout_s": 0}, "JUDGE_TIMEOUT"),
    ],
)
def test_settings_that_cannot_work_are_named_without_the_key(
    changed: dict[str, Any], named: str
) -> None:
    plain: dict[str, Any] = {
        "base_url": "https://host/v1",
        "model": MODEL,
        "api_key": KEY,
        "concurrency": 8,
        "timeout_s": 60.0,
    }
    assert judge_problem(**plain) is None
    problem = judge_problem(**plain | changed)
    assert problem
    assert named in problem
    assert KEY not in problem
    assert "hunter2" not in problem


def test_no_judge_needs_no_settings() -> None:
    assert judge_problem("", "", "", 8, 60.0) is None


@pytest.mark.parametrize("name", ["JUDGE_BENCHMARKS", "JUDGE_EVERYTHING"])
def test_a_benchmark_that_no_judge_can_be_used_for_is_named(settings: Settings, name: str) -> None:
    assert judge_is_for_known_benchmarks() == []
    setattr(settings, name, ["mmbench_en_dev", "mmbench_en_dve"])
    (error,) = judge_is_for_known_benchmarks()
    assert name in error.msg
    assert "mmbench_en_dve" in error.msg
    assert "mmbench_en_dev" in str(error.hint)
