"""Bearer tokens, and sessions with CSRF."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from leaderboard.accounts.models import ApiToken
from leaderboard.accounts.services import revoke_tokens
from tests.api.conftest import ROOT, Api, assert_problem
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def call(header: str) -> object:
    return Client().get(ROOT + "submissions", headers={"Authorization": header})


def test_a_token_lets_its_user_in() -> None:
    assert Api(make_user()).get("submissions").status_code == 200


def test_the_scheme_is_read_in_any_case() -> None:
    _token, text = ApiToken.issue(make_user(), "tests")
    assert call(f"bEARER {text}").status_code == 200


def test_without_a_token_the_answer_says_how_to_authenticate() -> None:
    response = Api().get("submissions")
    assert_problem(response, 401, "not-authenticated")
    assert response["WWW-Authenticate"].startswith("Bearer ")


@pytest.mark.parametrize("header", ["Bearer", "Bearer a b", "Bearer vlmlb_unknown", "Bearer \xe9"])
def test_a_wrong_token_is_refused(header: str) -> None:
    response = call(header)
    problem = assert_problem(response, 401, "invalid-token")
    assert response["WWW-Authenticate"].startswith("Bearer ")
    assert "vlmlb_unknown" not in problem["detail"]


def test_a_revoked_token_is_refused() -> None:
    user = make_user()
    api = Api(user)
    assert revoke_tokens(user.api_tokens.all()) == 1
    assert_problem(api.get("submissions"), 401, "invalid-token")


def test_an_expired_token_is_refused() -> None:
    user = make_user()
    token, text = ApiToken.issue(user, "tests", days=1)
    assert call(f"Bearer {text}").status_code == 200
    ApiToken.objects.filter(pk=token.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    assert call(f"Bearer {text}").status_code == 401


def test_a_token_of_an_inactive_user_is_refused() -> None:
    user = make_user()
    api = Api(user)
    user.is_active = False
    user.save()
    assert_problem(api.get("submissions"), 401, "invalid-token")


def test_a_wrong_token_is_refused_even_where_none_is_needed() -> None:
    response = Client().get(ROOT + "benchmarks", headers={"Authorization": "Bearer nonsense"})
    assert_problem(response, 401, "invalid-token")


def test_only_the_digest_is_stored() -> None:
    token, text = ApiToken.issue(make_user(), "tests")
    stored = ApiToken.objects.filter(pk=token.pk).values().get()
    assert text not in str(stored)
    assert stored["digest"] == ApiToken.digest_of(text)


def test_use_is_noted_at_most_once_a_minute() -> None:
    user = make_user()
    api = Api(user)
    api.get("submissions")
    first = user.api_tokens.get().last_used_at
    assert first is not None
    api.get("submissions")
    assert user.api_tokens.get().last_used_at == first
    earlier = first - timedelta(seconds=61)
    user.api_tokens.update(last_used_at=earlier)
    api.get("submissions")
    assert user.api_tokens.get().last_used_at > earlier


def test_a_session_reads() -> None:
    client = Client()
    client.force_login(make_user())
    assert client.get(ROOT + "submissions").status_code == 200


def test_a_session_writes_only_with_the_csrf_token() -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_user())
    refused = client.post(ROOT + "submissions", {}, content_type="application/json")
    assert "CSRF" in assert_problem(refused, 403, "forbidden")["detail"]

    client.cookies["csrftoken"] = "a" * 32
    allowed = client.post(
        ROOT + "submissions",
        {},
        content_type="application/json",
        headers={"X-CSRFToken": "a" * 32},
    )
    assert_problem(allowed, 400, "validation")


def test_a_token_needs_no_csrf_token() -> None:
    _token, text = ApiToken.issue(make_user(), "tests")
    client = Client(enforce_csrf_checks=True, headers={"Authorization": f"Bearer {text}"})
    response = client.post(ROOT + "submissions", {}, content_type="application/json")
    assert_problem(response, 400, "validation")
