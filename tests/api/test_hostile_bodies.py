"""Bodies and cursors made to break the reader are the sender's error, never the server's."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from django.test import Client

from leaderboard.accounts.models import ApiToken
from tests.factories import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def headers() -> dict[str, str]:
    return {"authorization": f"Bearer {ApiToken.issue(make_user(), 'test')[1]}"}


def post(client: Client, headers: dict[str, str], body: bytes) -> Any:
    client.raise_request_exception = False
    return client.post(
        "/api/v1/submissions", data=body, content_type="application/json", headers=headers
    )


@pytest.mark.parametrize("body", [b'{"a":' * 100_000, b"[" * 1_000_000])
def test_json_that_is_nested_too_deeply_is_refused(
    client: Client, headers: dict[str, str], body: bytes
) -> None:
    answer = post(client, headers, body)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_body_that_is_too_large_is_refused(client: Client, headers: dict[str, str]) -> None:
    answer = post(client, headers, b'{"note": "' + b"x" * 4_000_000 + b'"}')
    assert answer.status_code == 413
    assert answer.json()["type"].endswith("body-too-large")


def test_half_of_a_surrogate_pair_in_a_choice_is_a_plain_error(
    client: Client, headers: dict[str, str]
) -> None:
    body = rb"""{"model": {"name": "M"}, "benchmarks": ["mmbench_en_dev"],
        "checkpoint": {"source": "a/b", "engine": "transformers", "precision": "\ud800"}}"""
    answer = post(client, headers, body)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "position",
    ["0001-01-01T00:00:00+23:00", "9999-12-31T23:59:59-23:59", "2026-01-01T00:00:00+23:00", "x"],
)
def test_a_cursor_of_another_age_is_refused(
    client: Client, headers: dict[str, str], position: str
) -> None:
    cursor = base64.b64encode(f"p={position.replace('+', '%2B')}".encode()).decode()
    client.raise_request_exception = False
    answer = client.get("/api/v1/submissions", {"cursor": cursor}, headers=headers)
    assert answer.status_code == 400
