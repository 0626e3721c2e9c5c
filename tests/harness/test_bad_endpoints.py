"""Each kind of broken endpoint ends the real run with its own code, soon, and without a wrong answer on file."""

from __future__ import annotations

import socket

import pytest

from tests.harness.conftest import KEY, Harness

pytestmark = [pytest.mark.harness, pytest.mark.slow]


@pytest.mark.parametrize(
    ("mode", "code", "words"),
    [
        ("html", "endpoint_not_openai", "<!doctype html>"),
        ("error_500", "endpoint_error", "The engine is out of order."),
    ],
)
def test_broken_endpoint(harness: Harness, mode: str, code: str, words: str) -> None:
    harness.server.mode = mode
    failure = harness.failure(generation={"max_retries": 0})
    assert failure["code"] == code
    assert words in failure["detail"]
    lines = harness.out / "responses.jsonl"
    assert not lines.exists() or all(r["error"] and not r["text"] for r in harness.responses())


def test_nobody_listens(harness: Harness) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    failure = harness.failure(base_url=f"http://127.0.0.1:{port}/v1", generation={"max_retries": 0})
    assert failure["code"] == "endpoint_unreachable"


def test_hanging_endpoint_is_given_up_without_waiting_for_every_retry(harness: Harness) -> None:
    harness.server.mode = "hang"
    failure = harness.failure(generation={"request_timeout_s": 0.5, "max_retries": 50})
    assert failure["code"] == "endpoint_timeout"
    assert "0.5 s" in failure["detail"]


def test_address_that_is_not_allowed_is_not_contacted(harness: Harness) -> None:
    failure = harness.failure(allowed_networks=[])
    assert failure["code"] == "address_forbidden"
    assert harness.server.received == []


def test_key_is_sent_and_leaks_nowhere(harness: Harness) -> None:
    """The server refuses the key and echoes it, so that every place it could leak to is exercised."""
    harness.server.mode = "auth_401"
    status, output = harness.run(api_key=KEY)
    assert status == 3
    assert {r.headers["authorization"] for r in harness.server.received} == {f"Bearer {KEY}"}
    assert "Incorrect API key provided: [hidden]" in harness.read("failure.json")["detail"]
    assert KEY not in output
    for path in harness.out.parent.rglob("*"):
        if path.is_file():
            assert KEY.encode() not in path.read_bytes(), path


def test_right_key_is_enough(harness: Harness) -> None:
    harness.server.api_key = KEY
    assert harness.run(api_key=KEY, limit=2)[0] == 0
    assert all(KEY not in path.read_text() for path in harness.out.iterdir())


def test_unreadable_job_is_refused_without_quoting_it(harness: Harness) -> None:
    status, output = harness.run(generation={}, base_url=None, api_key=KEY)
    assert status == 3
    assert "spec_invalid" in output
    assert KEY not in output
