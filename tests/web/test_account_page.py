"""The account page: tokens shown once, quotas in numbers, own submissions."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from leaderboard.accounts.models import ApiToken, Membership, Organization, User
from tests.api.conftest import Api, assert_problem
from tests.factories import make_reviewer, make_submission, make_user

pytestmark = pytest.mark.django_db

HOME = "/account/"
TOKENS = "/account/tokens/"


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_it_asks_strangers_to_sign_in() -> None:
    answer = Client().get(HOME)
    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("login"))


def test_a_new_token_is_shown_once_and_works() -> None:
    user = make_user()
    client = signed_in(user)
    page = client.post(TOKENS, {"name": "laptop", "scopes": ["read"], "days": "7"})
    assert "no-store" in page["Cache-Control"]
    found = re.search(r"<pre id=\"token\"[^>]*>(vlmlb_\S+)</pre>", page.content.decode())
    assert found
    text = found[1]
    token = user.api_tokens.get()
    assert (token.name, token.scopes, token.expires_at is not None) == ("laptop", ["read"], True)
    assert text not in client.get(HOME).content.decode()
    assert text not in str(client.session.items())
    answer = Client().get("/api/v1/account", headers={"Authorization": f"Bearer {text}"})
    assert answer.json()["scopes"] == ["read"]
    assert "laptop" in client.get(HOME).content.decode()


@pytest.mark.parametrize("scope", ["review", "admin"])
def test_a_scope_is_offered_only_to_those_who_may_have_it(scope: str) -> None:
    client = signed_in(make_user())
    assert f'value="{scope}"' not in client.get(HOME).content.decode()
    refused = client.post(TOKENS, {"name": "x", "scopes": [scope]})
    assert refused.status_code == 400
    assert not ApiToken.objects.exists()


def test_a_reviewer_makes_a_token_for_reviewing() -> None:
    reviewer = make_reviewer()
    signed_in(reviewer).post(TOKENS, {"name": "x", "scopes": ["read", "review"]})
    assert reviewer.api_tokens.get().scopes == ["read", "review"]


def test_own_tokens_are_revoked_and_others_are_not() -> None:
    user, other = make_user(), make_user()
    own, _text = ApiToken.issue(user, "own")
    theirs, _text = ApiToken.issue(other, "theirs")
    client = signed_in(user)
    assert client.post(f"{TOKENS}{theirs.pk}/revoke/").status_code == 404
    assert client.post(f"{TOKENS}{own.pk}/revoke/").status_code == 302
    assert set(ApiToken.objects.live()) == {theirs}


def test_revoking_needs_the_csrf_token() -> None:
    user = make_user()
    own, _text = ApiToken.issue(user, "own")
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)
    assert client.post(f"{TOKENS}{own.pk}/revoke/").status_code == 403
    assert ApiToken.objects.live().exists()


def test_page_and_api_tell_what_is_left_of_each_quota() -> None:
    user = make_user(submissions_per_day=3, gpu_hours=2)
    lab = Organization.objects.create(slug="lab", name="The Lab", submissions_per_day=9)
    Membership.objects.create(organization=lab, user=user)
    make_submission(user, owner="lab")
    told = {
        (q["organization"], q["quota"]): (q["used"], q["limit"], q["left"])
        for q in Api(user).get("account").json()["quotas"]
    }
    assert told["", "submissions_per_day"] == (1, 3, 2)
    assert told["lab", "submissions_per_day"] == (1, 9, 8)
    assert told["lab", "gpu_hours"] == (0, None, None)
    page = signed_in(user).get(HOME)
    (_own, rows), (name, _theirs) = page.context["quotas"]
    assert (rows[0].used, rows[0].limit, rows[0].left) == ("1", "3", "2")
    assert name == "The Lab"


def test_the_api_tells_roles_and_organisations_and_asks_for_a_token() -> None:
    assert_problem(Api().get("account"), 401, "not-authenticated")
    assert Api(make_reviewer()).get("account").json()["roles"] == ["submitter", "reviewer"]


def test_more_submissions_need_no_more_queries(django_assert_max_num_queries: object) -> None:
    user = make_user()
    client = signed_in(user)
    for _ in range(3):
        make_submission(user)
    with django_assert_max_num_queries(13):  # type: ignore[operator]
        client.get(HOME)
