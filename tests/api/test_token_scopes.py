"""What a token may do, whatever its user may."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from rest_framework.permissions import SAFE_METHODS

from leaderboard.accounts.models import ApiToken, User
from leaderboard.accounts.roles import Scope
from leaderboard.api.urls import urlpatterns
from leaderboard.api.views.fallback import NothingHereView
from tests.api.conftest import ROOT, assert_problem
from tests.factories import make_graded_run, make_reviewer, make_user

pytestmark = pytest.mark.django_db


def client_with(*scopes: Scope, user: User | None = None) -> Client:
    _token, text = ApiToken.issue(user or make_user(), "tests", scopes=scopes)
    return Client(headers={"Authorization": f"Bearer {text}"})


def test_reading_needs_the_scope_read() -> None:
    refused = client_with(Scope.SUBMIT).get(ROOT + "submissions")
    problem = assert_problem(refused, 403, "missing-scope")
    assert (problem["scope"], problem["granted"]) == ("read", ["submit"])
    assert "read" in problem["detail"]
    assert client_with(Scope.READ).get(ROOT + "submissions").status_code == 200


@pytest.mark.parametrize("path", ["submissions", "imports"])
def test_submitting_needs_the_scope_submit(path: str) -> None:
    refused = client_with(Scope.READ).post(ROOT + path)
    assert assert_problem(refused, 403, "missing-scope")["scope"] == "submit"
    taken = client_with(Scope.SUBMIT).post(ROOT + path, {}, content_type="application/json")
    assert taken.status_code in (400, 415)


def test_what_anybody_may_read_still_needs_the_scope_from_a_token() -> None:
    refused = client_with(Scope.SUBMIT).get(ROOT + "benchmarks")
    assert_problem(refused, 403, "missing-scope")


def test_a_reviewers_token_without_the_scope_sees_what_a_submitter_sees() -> None:
    path = f"{ROOT}runs/{make_graded_run().public_id}"
    reviewer = make_reviewer()
    assert_problem(client_with(Scope.READ, user=reviewer).get(path), 404, "not-found")
    whole = client_with(Scope.READ, Scope.REVIEW, user=reviewer)
    assert whole.get(path).status_code == 200


def test_the_scope_review_makes_nobody_a_reviewer() -> None:
    path = f"{ROOT}runs/{make_graded_run().public_id}"
    client = client_with(*Scope, user=make_user())
    assert_problem(client.get(path), 404, "not-found")


def test_every_view_that_changes_something_says_which_scope_it_needs() -> None:
    silent = [view for view in api_views() if changes(view) and not hasattr(view, "change_scope")]
    assert silent == []


def api_views() -> list[Any]:
    found = [pattern.callback.cls for pattern in urlpatterns if hasattr(pattern, "callback")]
    assert len(found) == len(urlpatterns)
    return [view for view in found if view is not NothingHereView]


def changes(view: Any) -> bool:
    methods = {name.upper() for name in view.http_method_names if hasattr(view, name)}
    return bool(methods - set(SAFE_METHODS))
