"""Signing in by OpenID Connect: against a real provider, over HTTP."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.socialaccount.models import SocialAccount, SocialToken
from django.test import Client
from pytest_django import Settings

from leaderboard.accounts.models import Invitation, Membership, Organization, User
from leaderboard.accounts.signup import token_of
from tests.factories import make_user
from tests.sso.conftest import SECRET, Provider, SignIn

pytestmark = pytest.mark.django_db


def who(client: Client) -> str | None:
    """Return the name of who is signed in."""
    pk = client.session.get("_auth_user_id")
    return User.objects.get(pk=pk).username if pk else None


def test_without_a_provider_nothing_of_it_is_offered() -> None:
    client = Client()
    assert b"Continue with" not in client.get("/login/").content
    assert client.post("/sso/login/").status_code == 404
    assert client.get("/sso/callback/?code=x&state=y").status_code == 404


def test_the_way_to_the_provider_begins_with_a_form_and_proves_the_answer(sso: Provider) -> None:
    client = Client()
    assert b"Continue with the lab&#x27;s account" in client.get("/login/").content
    assert client.get("/sso/login/").status_code == 405
    left = client.post("/sso/login/")
    address = urlsplit(left.context["address"])
    asked = parse_qs(address.query)
    assert f"{address.scheme}://{address.netloc}" == sso.url
    assert asked["client_id"] == ["vlm-leaderboard"]
    assert asked["redirect_uri"] == ["http://testserver/sso/callback/"]
    assert set(asked["scope"][0].split()) == {"openid", "profile", "email"}
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["state"]
    assert SECRET not in left.text


def test_a_cross_site_form_leads_nowhere(sso: Provider) -> None:
    assert Client(enforce_csrf_checks=True).post("/sso/login/").status_code == 403


def test_whom_the_provider_lets_in_gets_an_account_once(
    sso: Provider, sign_in: SignIn, settings: Settings
) -> None:
    settings.OIDC_SIGN_UP = True
    sso.knows("s-1", preferred_username="mei", email="mei@example.org", given_name="Mei")
    first, again = Client(), Client()
    sign_in(first, "s-1")
    sign_in(again, "s-1")
    assert (who(first), who(again)) == ("mei", "mei")
    user = User.objects.get()
    assert (user.email, user.first_name) == ("mei@example.org", "Mei")
    assert not any((user.is_staff, user.is_superuser, user.has_usable_password()))
    # The provider's tokens are for nothing here.
    assert not SocialToken.objects.exists()


def test_where_accounts_are_not_open_the_provider_opens_none(
    sso: Provider, sign_in: SignIn, settings: Settings
) -> None:
    settings.SIGN_UP = "closed"
    sso.knows("s-2", email="stranger@example.org")
    client = Client()
    page = sign_in(client, "s-2")
    assert "No account for you here yet" in page.text
    assert who(client) is None
    assert not User.objects.exists()


def test_an_invitation_counts_for_who_comes_by_the_provider(
    sso: Provider, sign_in: SignIn, settings: Settings
) -> None:
    settings.SIGN_UP = "invite"
    lab = Organization.objects.create(name="Lab", slug="lab")
    invitation = Invitation.objects.create(note="Ann", organization=lab)
    token = token_of(invitation)
    sso.knows("s-3", preferred_username="ann", email="ann@example.org")
    sso.knows("s-4", preferred_username="bob", email="bob@example.org")
    page = Client().get("/signup/", {"invitation": token})
    assert token in page.text.split("/sso/login/")[1]
    ann, bob = Client(), Client()
    sign_in(ann, "s-3", invitation=token)
    sign_in(bob, "s-4", invitation=token)
    assert (who(ann), who(bob)) == ("ann", None)
    assert Membership.objects.get().user.username == "ann"


def test_an_invitation_that_was_used_meanwhile_leaves_no_account(
    sso: Provider, settings: Settings
) -> None:
    settings.SIGN_UP = "invite"
    invitation = Invitation.objects.create(note="Ann")
    sso.knows("s-5", preferred_username="late")
    client = Client()
    left = client.post("/sso/login/", {"invitation": token_of(invitation)})
    invitation.used_by = make_user("ann")
    invitation.save()
    page = client.get(sso.answer(left.context["address"], "s-5"), follow=True)
    assert "No account for you here yet" in page.text
    assert not User.objects.filter(username="late").exists()


def test_an_email_address_signs_nobody_in_to_an_account_that_exists(
    sso: Provider, sign_in: SignIn, settings: Settings
) -> None:
    settings.OIDC_SIGN_UP = True
    owner = make_user("owner")
    owner.email = "Owner@example.org"
    owner.save()
    sso.knows("s-6", preferred_username="x", email="owner@example.org", email_verified=True)
    client = Client()
    page = sign_in(client, "s-6")
    assert page.status_code == 409
    assert "There is an account with your e-mail address" in page.text
    assert who(client) is None
    assert User.objects.count() == 1


def test_a_name_that_is_taken_is_not_taken_over(
    sso: Provider, sign_in: SignIn, settings: Settings
) -> None:
    settings.OIDC_SIGN_UP = True
    make_user("mei")
    sso.knows("s-7", preferred_username="mei", email="other.mei@example.org")
    client = Client()
    sign_in(client, "s-7")
    assert who(client) not in (None, "mei")
    assert User.objects.count() == 2


def test_an_account_is_connected_once_and_disconnected_where_a_password_remains(
    sso: Provider, sign_in: SignIn
) -> None:
    owner, client = make_user("owner"), Client()
    client.force_login(owner)
    sso.knows("s-8", preferred_username="whatever")
    assert sign_in(client, "s-8").redirect_chain[-1][0] == "/account/"
    link = SocialAccount.objects.get()
    assert link.user == owner
    fresh = Client()
    sign_in(fresh, "s-8")
    assert who(fresh) == "owner"

    owner.set_unusable_password()
    owner.save()
    client.force_login(owner)
    told = client.post(f"/sso/{link.pk}/disconnect/", follow=True)
    assert "Give your account a password first" in told.text
    owner.set_password("a long enough pass phrase")
    owner.save()
    client.force_login(owner)
    client.post(f"/sso/{link.pk}/disconnect/")
    assert not SocialAccount.objects.exists()


def test_what_is_connected_to_one_account_is_not_taken_by_another(
    sso: Provider, sign_in: SignIn
) -> None:
    sso.knows("s-9")
    for name in ("first", "second"):
        client = Client()
        client.force_login(make_user(name))
        sign_in(client, "s-9")
    link = SocialAccount.objects.get()
    assert link.user.username == "first"
    stranger = Client()
    stranger.force_login(make_user("third"))
    assert stranger.post(f"/sso/{link.pk}/disconnect/").status_code == 404


def test_an_account_that_is_not_active_is_not_signed_in(
    sso: Provider, sign_in: SignIn, settings: Settings
) -> None:
    settings.OIDC_SIGN_UP = True
    sso.knows("s-10", preferred_username="gone")
    sign_in(Client(), "s-10")
    User.objects.update(is_active=False)
    client = Client()
    assert "This account is not active" in sign_in(client, "s-10").text
    assert who(client) is None


@pytest.mark.parametrize("query", ["", "?code=x", "?code=x&state=guessed", "?state=guessed"])
def test_an_answer_to_no_question_of_ours_is_refused(sso: Provider, query: str) -> None:
    client = Client()
    page = client.get(f"/sso/callback/{query}")
    assert page.status_code == 401
    assert "Signing in did not work" in page.text
    assert who(client) is None


def test_an_answer_counts_once_and_only_in_the_browser_that_asked(
    sso: Provider, settings: Settings
) -> None:
    settings.OIDC_SIGN_UP = True
    sso.knows("s-11", preferred_username="mei")
    client, thief = Client(), Client()
    back = sso.answer(client.post("/sso/login/").context["address"], "s-11")
    assert thief.get(back).status_code == 401
    client.get(back)
    assert who(client) == "mei"
    client.logout()
    client.get(back)
    assert who(client) is None


def test_changing_ones_mind_at_the_provider_leads_back(sso: Provider) -> None:
    client = Client()
    state = parse_qs(urlsplit(client.post("/sso/login/").context["address"]).query)["state"][0]
    page = client.get("/sso/callback/", {"error": "access_denied", "state": state}, follow=True)
    assert page.redirect_chain[-1][0] == "/login/"
    assert "You have not been signed in." in page.text


@pytest.mark.parametrize(
    ("next", "ends"), [("/runs/", "/runs/"), ("https://evil.example/", "/"), ("//evil", "/")]
)
def test_people_come_back_to_the_page_they_wanted_and_to_no_other_site(
    sso: Provider, sign_in: SignIn, settings: Settings, next: str, ends: str
) -> None:
    settings.OIDC_SIGN_UP = True
    sso.knows("s-12", preferred_username="mei")
    assert sign_in(Client(), "s-12", next=next).redirect_chain[-1][0] == ends


def test_a_provider_that_is_away_is_told_of(sso: Provider, settings: Settings) -> None:
    app = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]
    for address in ("http://localhost:9", f"{sso.url}/users"):
        app["settings"]["server_url"] = address
        page = Client().post("/sso/login/")
        assert page.status_code == 401
        assert "Signing in did not work" in page.text


def test_the_admin_shows_connections_and_no_second_place_for_secrets(
    sso: Provider, sign_in: SignIn, settings: Settings
) -> None:
    settings.OIDC_SIGN_UP = True
    sso.knows("s-13", preferred_username="mei")
    sign_in(Client(), "s-13")
    admin = Client()
    admin.force_login(make_user("root", is_superuser=True, is_staff=True))
    assert "mei" in admin.get("/admin/socialaccount/socialaccount/").text
    index = admin.get("/admin/").text
    assert "/admin/socialaccount/socialaccount/" in index
    assert "/admin/socialaccount/socialapp/" not in index
    assert "/admin/account/emailaddress/" not in index
