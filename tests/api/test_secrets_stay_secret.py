"""A planted key and token are found in no answer, no table, no message and no log."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from psycopg.sql import SQL, Identifier

from leaderboard.runs import services
from leaderboard.runs.models import Submission
from tests.api.conftest import Api
from tests.factories import PUBLIC_URL, make_reviewer, make_user
from tests.small_set import BENCHMARK

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("benchmarks")]

KEY = "sk-planted-0123456789"


def body(**changes: Any) -> dict[str, Any]:
    endpoint = {"base_url": PUBLIC_URL, "model": "m", "api_key": KEY}
    return {"model": {"name": "M"}, "endpoint": endpoint, "benchmarks": [BENCHMARK]} | changes


def every_row_of_the_database() -> str:
    """Return all tables of the site as text."""
    found = []
    with connection.cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            cursor.execute(SQL("SELECT * FROM {}").format(Identifier(model._meta.db_table)))
            found += [str(row) for row in cursor.fetchall()]
    return "\n".join(found)


def test_the_key_is_in_no_answer_table_or_log(caplog: pytest.LogCaptureFixture) -> None:
    user = make_user()
    api = Api(user)
    with caplog.at_level(logging.DEBUG):
        taken = api.post("submissions", body())
        submission = taken.json()["id"]
        answers = [
            taken,
            api.get("submissions"),
            api.get(f"submissions/{submission}"),
            api.get(f"runs/{taken.json()['runs'][0]['id']}"),
            Api(make_reviewer()).get(f"submissions/{submission}"),
        ]
    assert [a.status_code for a in answers] == [202, 200, 200, 200, 200]
    sealed = Submission.objects.get().api_key_sealed
    assert sealed
    for answer in answers:
        assert KEY not in answer.content.decode()
        assert sealed not in answer.content.decode()
        assert "api_key" not in answer.content.decode()
    assert KEY not in every_row_of_the_database()
    assert KEY not in caplog.text


@pytest.mark.parametrize(
    "change",
    [
        {"benchmarks": ["nope"]},
        {"limit": "all"},
        {"unknown": KEY},
        {"note": {"a": KEY}},
        {"endpoint": {"base_url": KEY, "model": "m", "api_key": KEY}},
        {"endpoint": {"base_url": PUBLIC_URL, "model": "m", "api_key": f"{KEY} with space"}},
        {"endpoint": {"base_url": PUBLIC_URL, "model": "m", "api_key": [KEY]}},
    ],
)
def test_the_key_is_in_no_error(change: dict[str, Any], caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        response = Api(make_user()).post("submissions", body(**change))
    assert response.status_code == 400
    assert KEY not in response.content.decode()
    assert KEY not in caplog.text


def test_the_key_is_not_in_the_traceback_of_a_server_error(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_text: str) -> str:
        raise RuntimeError("the sealing broke")

    monkeypatch.setattr(services, "seal", broken)
    api = Api(make_user())
    api.client.raise_request_exception = False
    with caplog.at_level(logging.DEBUG):
        response = api.post("submissions", body())
    assert response.status_code == 500
    assert "the sealing broke" in caplog.text
    assert KEY not in caplog.text
    assert KEY not in response.content.decode()


def test_the_token_is_in_no_answer_table_or_log(caplog: pytest.LogCaptureFixture) -> None:
    api = Api(make_user())
    token = api.token
    assert token
    with caplog.at_level(logging.DEBUG):
        answers = [api.get("submissions"), api.get("nothing"), api.post("submissions", body())]
    for answer in answers:
        assert token not in answer.content.decode()
    assert token not in every_row_of_the_database()
    assert token not in caplog.text
