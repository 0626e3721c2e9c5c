"""The worker's threads that ask endpoints before they are submitted, and the worker that begins them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from redis import Redis

from evaluator.messages import (
    ENDPOINT_TESTS_KEY,
    EndpointTest,
    EndpointTestResult,
    endpoint_test_key,
    endpoint_test_waiting_key,
)
from evaluator.reception import Reception
from tests.support.openai_server import OpenAIServer, openai_server

URL = os.environ["REDIS_URL"]


@pytest.fixture
def redis() -> Iterator[Redis]:
    with Redis.from_url(URL, decode_responses=True) as redis:
        redis.delete(ENDPOINT_TESTS_KEY)
        yield redis
        redis.delete(ENDPOINT_TESTS_KEY)


@contextmanager
def reception(at_once: int = 1) -> Iterator[None]:
    running = Reception(URL, "", ("127.0.0.0/8",), at_once=at_once)
    running.begin()
    try:
        yield
    finally:
        running.end()


def put(redis: Redis, server: OpenAIServer, *, waiting: bool = True) -> str:
    """Put a test on the list, as the site does; return its number."""
    test = EndpointTest(number=str(uuid.uuid4()), base_url=server.base_url, model=server.model)
    if waiting:
        redis.set(endpoint_test_waiting_key(test.number), 1, ex=60)
    redis.rpush(ENDPOINT_TESTS_KEY, json.dumps(test.to_json()))
    return test.number


def answer(redis: Redis, number: str, timeout_s: float = 30) -> EndpointTestResult | None:
    deadline = time.monotonic() + timeout_s
    while not (text := redis.get(endpoint_test_key(number))) and time.monotonic() < deadline:
        time.sleep(0.05)
    return EndpointTestResult.from_json(json.loads(text)) if text else None


def test_each_test_is_answered(redis: Redis) -> None:
    with openai_server() as server, reception():
        found = [answer(redis, number) for number in [put(redis, server) for _ in range(3)]]
    assert [result and result.code for result in found] == [None] * 3
    assert all(result and result.answer for result in found)


def test_an_endpoint_that_hangs_keeps_nobody_else_waiting(redis: Redis) -> None:
    with openai_server(delay_s=60) as slow, openai_server() as server, reception(at_once=2):
        put(redis, slow)
        result = answer(redis, put(redis, server))
    assert result is not None
    assert result.answer


def test_what_nobody_waits_for_any_more_is_not_asked(redis: Redis) -> None:
    with openai_server() as server, reception():
        put(redis, server, waiting=False)
        assert answer(redis, put(redis, server)) is not None
    assert len(server.received) == 1


def test_who_waits_is_not_told_that_no_worker_was_free_while_one_is_at_it(redis: Redis) -> None:
    with openai_server(delay_s=60) as slow, reception():
        taken = put(redis, slow)
        deadline = time.monotonic() + 30
        while not slow.received and time.monotonic() < deadline:
            time.sleep(0.05)
        assert redis.ttl(endpoint_test_waiting_key(taken)) > 60


@pytest.mark.parametrize("text", ["", "{", "[]", '{"number": 1}', "[" * 100_000])
def test_what_is_no_test_stops_nothing(redis: Redis, text: str) -> None:
    redis.rpush(ENDPOINT_TESTS_KEY, text)
    with openai_server() as server, reception():
        assert answer(redis, put(redis, server)) is not None


@pytest.mark.slow
def test_a_worker_that_evaluates_endpoints_tests_them(redis: Redis) -> None:
    command = [sys.executable, "-m", "celery", "-q", "-A", "evaluator.celery", "worker"]
    options = [
        "--concurrency",
        "1",
        "--queues",
        "endpoint,gpu.1",
        "--hostname",
        f"{uuid.uuid4()}@%h",
    ]
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    worker = subprocess.Popen(
        [*command, *options],
        env=environment | {"ENDPOINT_ALLOWED_NETWORKS": "127.0.0.0/8"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        with openai_server() as server:
            result = answer(redis, put(redis, server), timeout_s=60)
    finally:
        worker.terminate()
        worker.wait(timeout=30)
    assert result is not None
    assert result.answer
