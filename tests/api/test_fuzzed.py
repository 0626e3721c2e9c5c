"""Requests made up from the OpenAPI document: whatever is sent, by whomever, the server does not break.

Right ones and wrong ones, a bounded number for each operation and the same each time. Half of them name what
``example_scene`` has, since hardly a made-up identifier would get past "not found".
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from pytest_django.live_server_helper import LiveServer
from schemathesis import GenerationMode, checks
from schemathesis.core.failures import FailureGroup

from leaderboard.accounts.roles import Scope
from leaderboard.accounts.services import issue_token
from leaderboard.api.examples import examples
from leaderboard.api.schema_hooks import EVENT_STREAM
from tests.api.example_scene import build
from tests.api.test_examples import ORDER

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True, reset_sequences=True)]

REQUESTS = 8
"""For each operation, way of making requests up, and whether they name what there is."""
HELD = [
    checks.not_a_server_error,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.status_code_conformance,
]
TIMEOUT_S = 30


@pytest.fixture(autouse=True)
def _no_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Resolve nothing that is made up: it would take long, and ask others."""
    resolve = socket.getaddrinfo

    def resolved(host: Any, *args: Any, **kwargs: Any) -> Any:
        if host in ("localhost", "127.0.0.1"):
            return resolve(host, *args, **kwargs)
        raise socket.gaierror(socket.EAI_NONAME, "made up")

    monkeypatch.setattr(socket, "getaddrinfo", resolved)


def made_up(operation: Any) -> Iterator[Any]:
    """Yield ways of making up requests of an operation."""
    example = examples().get(operation.definition.raw["operationId"])
    known = dict(example.path) if example else {}
    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
        yield operation.as_strategy(generation_mode=mode)
        if known:
            yield operation.as_strategy(generation_mode=mode, path_parameters=known)


def send_all(site: str, headers: dict[str, str]) -> list[str]:
    """Send made-up requests to every operation; return what was wrong with the answers."""
    document = httpx.get(f"{site}/api/v1/schema", timeout=TIMEOUT_S).json()
    schema = schemathesis.openapi.from_dict(document)
    wrong: list[str] = []
    operations = [found.ok() for found in schema.get_all_operations()]
    operations.sort(key=lambda one: (ORDER.index(one.method), one.path))
    for operation in operations:
        if EVENT_STREAM in str(operation.definition.raw["responses"]):
            continue  # An answer without an end.
        for strategy in made_up(operation):
            send(strategy, site, headers, wrong)
    return wrong


def send(strategy: Any, site: str, headers: dict[str, str], wrong: list[str]) -> None:
    """Send some of a strategy's requests and note what is wrong with the answers."""

    @seed(20261122)
    @settings(
        max_examples=REQUESTS,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=strategy)
    def one(case: Any) -> None:
        answer = case.call(base_url=site, headers=headers, timeout=TIMEOUT_S)
        try:
            case.validate_response(answer, checks=HELD)
        except FailureGroup as failures:
            wrong.extend(told(case, answer, failure) for failure in failures.exceptions)

    # An operation without parameters cannot be asked wrongly.
    with suppress(Unsatisfiable):
        one()


def told(case: Any, answer: Any, failure: Exception) -> str:
    """Return what was wrong, in two lines."""
    what = " ".join(str(failure).split())[:300]
    return f"{case.operation.label} {answer.status_code} {what}\n  {case.as_curl_command()[:600]}"


def test_made_up_requests_of_an_administrator_break_nothing(
    live_server: LiveServer, tmp_path: Path
) -> None:
    owner = build(tmp_path)[0].user
    owner.is_staff = owner.is_superuser = True
    owner.save()
    token = issue_token(owner, "made up", scopes=list(Scope))[1]
    wrong = send_all(live_server.url, {"Authorization": f"Bearer {token}"})
    assert not wrong, "\n".join(dict.fromkeys(wrong))


def test_made_up_requests_of_strangers_break_nothing(
    live_server: LiveServer, tmp_path: Path
) -> None:
    build(tmp_path)
    wrong = send_all(live_server.url, {})
    assert not wrong, "\n".join(dict.fromkeys(wrong))
