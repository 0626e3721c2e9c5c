"""The OpenAPI document."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema

from leaderboard.api import urls
from tests.api.conftest import Api
from tests.factories import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def document(anonymous: Api) -> Any:
    response = anonymous.get("schema")
    assert response.status_code == 200
    return response.json()


def test_the_document_is_valid_and_complete(document: Any) -> None:
    validate_schema(document)
    assert document["openapi"].startswith("3.1")
    assert set(document["paths"]) == {open_path(route) for route in routes()}


def routes() -> Iterator[str]:
    """Yield every address of the API, as the resolver writes it, but the document's own and what is not one."""
    for pattern in urls.urlpatterns:
        if str(pattern.pattern) not in ("", "schema"):
            yield str(pattern.pattern)


def open_path(route: str) -> str:
    """Return an address as the document writes it."""
    named = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", route).replace("{pk}", "{id}")
    return f"/api/v1/{named}"


def test_generating_it_warns_of_nothing() -> None:
    GENERATOR_STATS.reset()
    with GENERATOR_STATS.silence():
        SchemaGenerator().get_schema(request=None, public=True)
    assert not GENERATOR_STATS._warn_cache
    assert not GENERATOR_STATS._error_cache


def test_every_error_is_declared_as_a_problem(document: Any) -> None:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            for status, response in operation["responses"].items():
                if int(status) >= 400:
                    assert list(response["content"]) == ["application/problem+json"], (
                        method,
                        path,
                        status,
                    )


def test_the_key_is_in_no_answer(document: Any) -> None:
    schemas = document["components"]["schemas"]
    holders = [n for n, s in schemas.items() if "api_key" in s.get("properties", {})]
    assert holders == ["EndpointRequest"]
    assert schemas["EndpointRequest"]["properties"]["api_key"]["writeOnly"] is True


def test_reading_and_writing_state_how_to_authenticate(document: Any) -> None:
    post = document["paths"]["/api/v1/submissions"]["post"]
    assert {"token": []} in post["security"]
    assert document["components"]["securitySchemes"]["token"]["scheme"] == "bearer"


def test_the_examples_of_a_submission_can_be_sent(document: Any, benchmarks: None) -> None:
    body = document["paths"]["/api/v1/submissions"]["post"]["requestBody"]
    examples = body["content"]["application/json"]["examples"]
    assert len(examples) == 3
    api = Api(make_user())
    for example in examples.values():
        response = api.post("submissions", example["value"])
        assert response.status_code == 202, response.content
