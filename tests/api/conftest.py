"""Calling the API as somebody."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from leaderboard.accounts.models import User
from leaderboard.accounts.roles import scopes_open_to
from leaderboard.accounts.services import issue_token
from leaderboard.api.problems import CONTENT_TYPE, TYPE_PREFIX

ROOT = "/api/v1/"


class Api:
    """The API with a token of ``user`` for everything that they may do, or without one. Answers are Django's responses."""

    def __init__(self, user: User | None = None, **headers: str) -> None:
        self.token = _token_of(user) if user else ""
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        self.client = Client(headers=headers)

    def get(self, path: str, query: dict[str, Any] | None = None, **headers: str) -> Any:
        return self.client.get(ROOT + path, query, headers=headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.client.post(
            ROOT + path,
            {} if body is None else body,
            content_type="application/json",
            headers=headers,
        )


def _token_of(user: User) -> str:
    return issue_token(user, "tests", scopes=scopes_open_to(user))[1]


def assert_problem(response: Any, status: int, name: str) -> dict[str, Any]:
    """Check that the answer is a problem of this kind and return its document."""
    assert response.status_code == status, response.content
    assert response["Content-Type"] == CONTENT_TYPE
    problem: dict[str, Any] = response.json()
    assert problem["type"] == TYPE_PREFIX + name
    assert problem["status"] == status
    assert problem["title"]
    return problem


@pytest.fixture
def anonymous(db: None) -> Api:
    """The API without a token."""
    return Api()
