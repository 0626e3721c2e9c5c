"""Users and tokens in the admin."""

from __future__ import annotations

import re

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from leaderboard.accounts.models import ApiToken, User
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def admin() -> User:
    return User.objects.create_superuser("root")


def issue(client: Client, user: User, **fields: object) -> str:
    """Issue a token through the form; return the page that answers."""
    data = {"user": user.pk, "name": "laptop", "days": "", "scopes": ["read", "submit"]} | fields
    response = client.post(reverse("admin:accounts_apitoken_add"), data)
    assert response.status_code == 200
    return response.content.decode()


def test_issuing_shows_the_token_once(admin: User) -> None:
    client, owner = signed_in(admin), make_user()
    page = issue(client, owner, days="7")
    found = re.search(r'<pre id="token">(vlmlb_\S+)</pre>', page)
    assert found
    text = found[1]
    token = ApiToken.objects.get()
    assert (token.user, token.digest) == (owner, ApiToken.digest_of(text))
    assert token.expires_at is not None
    for url in (
        reverse("admin:accounts_apitoken_changelist"),
        reverse("admin:accounts_apitoken_change", args=[token.pk]),
        reverse("admin:index"),
    ):
        assert text not in client.get(url).content.decode()
    assert text not in str(client.session.items())
    assert text not in str(client.cookies)
    assert text not in str(list(LogEntry.objects.values()))


def test_the_page_with_the_token_is_not_cached(admin: User) -> None:
    client = signed_in(admin)
    data = {"user": admin.pk, "name": "laptop", "days": "", "scopes": ["read"]}
    response = client.post(reverse("admin:accounts_apitoken_add"), data)
    assert "no-store" in response["Cache-Control"]


def test_a_form_with_an_error_issues_nothing(admin: User) -> None:
    page = issue(signed_in(admin), admin, days="0")
    assert "errorlist" in page
    assert not ApiToken.objects.exists()


def test_a_token_is_not_edited_and_not_deleted(admin: User) -> None:
    client = signed_in(admin)
    token, _text = ApiToken.issue(admin, "laptop")
    change = reverse("admin:accounts_apitoken_change", args=[token.pk])
    assert client.post(change, {"name": "other", "revoked_at": ""}).status_code == 403
    delete = reverse("admin:accounts_apitoken_delete", args=[token.pk])
    assert client.post(delete, {"post": "yes"}).status_code == 403
    assert ApiToken.objects.get().name == "laptop"


def test_tokens_are_revoked_from_the_list(admin: User) -> None:
    token, _text = ApiToken.issue(admin, "laptop")
    signed_in(admin).post(
        reverse("admin:accounts_apitoken_changelist"),
        {"action": "revoke", "_selected_action": [token.pk]},
    )
    token.refresh_from_db()
    first = token.revoked_at
    assert first is not None
    signed_in(admin).post(
        reverse("admin:accounts_apitoken_changelist"),
        {"action": "revoke", "_selected_action": [token.pk]},
    )
    token.refresh_from_db()
    assert token.revoked_at == first


def test_only_superusers_issue_tokens_for_others() -> None:
    staff, other = make_user(is_staff=True), make_user()
    for codename in ("add_apitoken", "view_apitoken"):
        staff.user_permissions.add(Permission.objects.get(codename=codename))
    client = signed_in(staff)
    assert "errorlist" in issue(client, other)
    assert not ApiToken.objects.exists()
    issue(client, staff)
    assert ApiToken.objects.get().user == staff


def test_a_token_has_the_scopes_that_were_ticked(admin: User) -> None:
    issue(signed_in(admin), admin, scopes=["read", "admin"])
    assert ApiToken.objects.get().scopes == ["read", "admin"]


def test_nobody_gets_a_token_for_what_they_may_not_do(admin: User) -> None:
    page = issue(signed_in(admin), make_user(), scopes=["read", "review"])
    assert "This user may not have: review." in page
    assert not ApiToken.objects.exists()


def test_a_user_is_trusted_and_given_a_quota_in_the_admin(admin: User) -> None:
    user = make_user("ana")
    client = signed_in(admin)
    url = reverse("admin:accounts_user_change", args=[user.pk])
    form = client.get(url).context["adminform"].form
    data = {k: "" if v is None else v for k, v in form.initial.items() if v is not False}
    for name in ("date_joined", "last_login"):
        data.pop(name, None)
    joined = user.date_joined
    data |= {
        "date_joined_0": joined.date().isoformat(),
        "date_joined_1": joined.time().isoformat("seconds"),
        "trusted_submitter": "on",
        "submissions_per_day": "3",
        "memberships-TOTAL_FORMS": "0",
        "memberships-INITIAL_FORMS": "0",
    }
    response = client.post(url, data)
    assert response.status_code == 302, response.context["adminform"].form.errors
    user.refresh_from_db()
    assert (user.trusted_submitter, user.submissions_per_day) == (True, 3)
