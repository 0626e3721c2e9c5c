"""The button that asks an endpoint one question: what goes to the workers, and what comes back."""

from __future__ import annotations

import json
import re
from dataclasses import asdict

import pytest
from django.test import Client

from evaluator.errors import FailureCode
from evaluator.messages import (
    ENDPOINT_TESTS_KEY,
    EndpointTest,
    EndpointTestResult,
    endpoint_test_key,
)
from leaderboard.accounts.models import User
from leaderboard.core.redis import client as redis
from leaderboard.submitting.endpoint_test import MOST
from tests.factories import PUBLIC_URL, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("benchmarks")]

KEY = "sk-planted-0123456789"
FORM = {"kind": "endpoint", "base_url": PUBLIC_URL, "model": "tiny-vlm", "api_key": KEY}
HTMX = {"HX-Request": "true"}


@pytest.fixture
def rosa(client: Client) -> User:
    redis().delete(ENDPOINT_TESTS_KEY)
    user = make_user()
    redis().delete(f"vlmlb:endpoint-tests-of:{user.pk}")
    client.force_login(user)
    return user


def begun(client: Client) -> str:
    """Press the button; return the test's number."""
    html = client.post("/submit/test/", FORM, headers=HTMX).content.decode()
    found = re.search(r"/submit/test/([0-9a-f-]{36})/", html)
    assert found, html
    return found[1]


def answer(number: str, **fields: object) -> None:
    """Answer as the worker does."""
    result = EndpointTestResult(question="What color?", **fields)  # type: ignore[arg-type]
    redis().set(endpoint_test_key(number), json.dumps(asdict(result)))


def test_the_workers_get_the_question_with_the_key_sealed(client: Client, rosa: User) -> None:
    number = begun(client)
    (message,) = redis().lrange(ENDPOINT_TESTS_KEY, 0, -1)
    assert KEY not in message
    assert number in message
    assert redis().ttl(ENDPOINT_TESTS_KEY) > 0


def test_the_answer_is_shown_once_it_is_there(client: Client, rosa: User) -> None:
    number = begun(client)
    waiting = client.get(f"/submit/test/{number}/", headers=HTMX).content.decode()
    assert "hx-trigger" in waiting
    answer(number, answer="Red <b>", ttft_ms=148.2, latency_ms=301.0, adaptations=("seed",))
    html = client.get(f"/submit/test/{number}/", headers=HTMX).content.decode()
    assert "Red &lt;b&gt;" in html
    assert "TTFT 148 ms" in html
    assert "Refused and left out: seed" in html
    assert "hx-trigger" not in html


def test_an_answer_that_utf8_cannot_write_is_shown(client: Client, rosa: User) -> None:
    number = begun(client)
    answer(number, answer="Red \ud800\x00!", models=("m\udfff",))
    html = client.get(f"/submit/test/{number}/", headers=HTMX).content.decode()
    assert "Red \ufffd\ufffd!" in html


def test_a_failure_says_what_the_api_said_and_what_to_do(client: Client, rosa: User) -> None:
    number = begun(client)
    answer(number, code=FailureCode.ENDPOINT_AUTH, detail="HTTP 401: no such key")
    html = client.get(f"/submit/test/{number}/", headers=HTMX).content.decode()
    assert "The endpoint refused the API key" in html
    assert "HTTP 401: no such key" in html
    assert "may use this model" in html


def test_without_script_the_result_has_a_page(client: Client, rosa: User) -> None:
    response = client.post("/submit/test/", FORM, follow=True)
    html = response.content.decode()
    assert html.startswith("<!doctype html>")
    assert "Look again" in html


def test_a_test_that_nobody_took_is_given_up(client: Client, rosa: User) -> None:
    number = begun(client)
    redis().delete(f"vlmlb:endpoint-test-waiting:{number}")
    html = client.get(f"/submit/test/{number}/", headers=HTMX).content.decode()
    assert "No worker was free" in html
    assert "hx-trigger" not in html


def test_only_who_asked_sees_the_answer(client: Client, rosa: User) -> None:
    number = begun(client)
    answer(number, answer="Red")
    client.force_login(make_user())
    assert client.get(f"/submit/test/{number}/").status_code == 404
    client.logout()
    assert client.get(f"/submit/test/{number}/").headers["Location"].startswith("/login/")


@pytest.mark.parametrize(
    "changes",
    [{"base_url": "http://127.0.0.1/v1"}, {"base_url": ""}, {"model": ""}, {"kind": "checkpoint"}],
)
def test_what_would_be_refused_is_not_sent(
    client: Client, rosa: User, changes: dict[str, str]
) -> None:
    response = client.post("/submit/test/", FORM | changes, headers=HTMX)
    assert "notice--err" in response.content.decode()
    assert not redis().llen(ENDPOINT_TESTS_KEY)


def test_tests_are_limited(client: Client, rosa: User) -> None:
    for _ in range(MOST):
        begun(client)
    html = client.post("/submit/test/", FORM, headers=HTMX).content.decode()
    assert "You have tested often" in html
    assert redis().llen(ENDPOINT_TESTS_KEY) == MOST


def test_the_wire_form_is_read_back() -> None:
    test = EndpointTest(number="1", base_url="u", model="m", api_key_sealed="s")
    assert EndpointTest.from_json(test.to_json()) == test
    assert "s" not in repr(test).partition("api_key_sealed")[2]
