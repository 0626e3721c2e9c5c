"""Every error is a problem document."""

from __future__ import annotations

import uuid

import pytest
from django.test import Client
from rest_framework.exceptions import ErrorDetail

from leaderboard.api.problems import flatten
from leaderboard.api.views import boards
from tests.api.conftest import ROOT, Api, assert_problem
from tests.factories import make_user

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("method", ["get", "post", "put", "delete", "patch", "options"])
@pytest.mark.parametrize("path", ["", "nothing", "submissions/17", "runs/not-a-uuid/scores"])
def test_an_unknown_address_is_a_problem_for_every_method(method: str, path: str) -> None:
    assert_problem(getattr(Client(), method)(ROOT + path), 404, "not-found")


def test_an_unknown_record_is_a_problem(anonymous: Api) -> None:
    assert_problem(anonymous.get(f"runs/{uuid.uuid4()}"), 404, "not-found")


def test_a_wrong_method_names_the_right_ones() -> None:
    response = Api(make_user()).client.delete(ROOT + "submissions")
    assert_problem(response, 405, "method-not-allowed")
    assert "POST" in response["Allow"]


def test_another_media_type_is_refused() -> None:
    client = Api(make_user()).client
    response = client.post(ROOT + "submissions", "a=b", content_type="text/plain")
    assert_problem(response, 415, "unsupported-media-type")


def test_a_form_is_refused_too() -> None:
    response = Api(make_user()).client.post(ROOT + "submissions", {"note": "x"})
    assert_problem(response, 415, "unsupported-media-type")


@pytest.mark.parametrize("body", ["{", "", "nonsense", '{"limit": NaN}', b"\xff\xfe"])
def test_a_body_that_is_no_json_is_refused(body: str | bytes) -> None:
    client = Api(make_user()).client
    response = client.post(ROOT + "submissions", body, content_type="application/json")
    assert response.status_code == 400
    assert response.json()["type"].rpartition(":")[2] in {"malformed-body", "validation"}


@pytest.mark.parametrize("body", ["[]", "17", '"text"', "null"])
def test_a_body_that_is_no_object_is_refused(body: str) -> None:
    client = Api(make_user()).client
    response = client.post(ROOT + "submissions", body, content_type="application/json")
    problem = assert_problem(response, 400, "validation")
    assert [error["field"] for error in problem["errors"]] == [""]


def test_an_answer_in_another_format_is_refused(anonymous: Api) -> None:
    response = anonymous.client.get(ROOT + "benchmarks", headers={"Accept": "text/csv"})
    assert_problem(response, 406, "not-acceptable")


def test_an_unforeseen_error_tells_nothing_of_itself(
    anonymous: Api, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken:
        def filter(self, **_kwargs: object) -> None:
            raise RuntimeError("the inner secret")

    monkeypatch.setattr(boards.Benchmark, "objects", Broken())
    anonymous.client.raise_request_exception = False
    response = anonymous.get("benchmarks")
    assert_problem(response, 500, "internal")
    assert "secret" not in response.content.decode()
    assert "the inner secret" in caplog.text


def test_titles_speak_the_language_of_the_request(anonymous: Api) -> None:
    path = f"runs/{uuid.uuid4()}"
    english = anonymous.get(path).json()
    response = anonymous.get(path, Accept_Language="zh-hans")
    assert english["title"] == "Not found"
    assert response["Content-Language"] == "zh-hans"
    assert response.json()["type"] == english["type"]


def test_nested_errors_have_dotted_paths() -> None:
    detail = {
        "model": {"name": [ErrorDetail("Too long.", "max_length")]},
        "benchmarks": {1: [ErrorDetail("Blank.", "blank")]},
        "rows": [{}, {"x": [ErrorDetail("Bad.", "bad")]}],
        "non_field_errors": [ErrorDetail("Choose.", "one_of")],
    }
    assert list(flatten(detail)) == [
        {"field": "model.name", "code": "max_length", "message": "Too long."},
        {"field": "benchmarks.1", "code": "blank", "message": "Blank."},
        {"field": "rows.1.x", "code": "bad", "message": "Bad."},
        {"field": "", "code": "one_of", "message": "Choose."},
    ]
