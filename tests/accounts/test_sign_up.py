"""Making an account: the policies, invitations, passwords."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from leaderboard.accounts.models import Invitation, Membership, Organization, User
from leaderboard.accounts.signup import InvitationInvalid, sign_up, token_of
from tests.factories import make_user

pytestmark = pytest.mark.django_db

PASSWORD = "a long enough pass phrase"
NEW = {
    "username": "newcomer",
    "email": "new@example.org",
    "password1": PASSWORD,
    "password2": PASSWORD,
}


def address(token: str = "") -> str:
    return f"/signup/?{urlencode({'invitation': token})}"


def test_a_closed_site_has_no_such_page(settings: Settings) -> None:
    settings.SIGN_UP = "closed"
    invitation = Invitation.objects.create(note="Ann")
    for url in (address(), address(token_of(invitation))):
        assert Client().get(url).status_code == 404
        assert Client().post(url, NEW).status_code == 404
    assert not User.objects.exists()


def test_on_an_open_site_anybody_makes_an_account_and_is_signed_in(settings: Settings) -> None:
    settings.SIGN_UP = "open"
    client = Client()
    assert client.get(address()).status_code == 200
    assert client.post(address(), NEW).status_code == 302
    user = User.objects.get()
    assert (user.username, user.email, user.is_staff) == ("newcomer", "new@example.org", False)
    assert user.check_password(PASSWORD)
    assert client.get("/account/").status_code == 200


def test_nobody_makes_themselves_more_than_a_submitter(settings: Settings) -> None:
    settings.SIGN_UP = "open"
    extra = {"is_staff": "on", "is_superuser": "on", "trusted_submitter": "on"}
    Client().post(address(), NEW | extra)
    user = User.objects.get()
    assert not any((user.is_staff, user.is_superuser, user.trusted_submitter))


def test_a_weak_password_is_refused(settings: Settings) -> None:
    settings.SIGN_UP = "open"
    answer = Client().post(address(), NEW | {"password1": "short", "password2": "short"})
    assert answer.status_code == 400
    assert not User.objects.exists()


def test_an_invitation_works_once_and_leads_into_its_organisation(settings: Settings) -> None:
    settings.SIGN_UP = "invite"
    lab = Organization.objects.create(slug="lab", name="Lab")
    invitation = Invitation.objects.create(note="Ann", organization=lab, role="admin")
    url = address(token_of(invitation))
    assert Client().post(url, NEW).status_code == 302
    membership = Membership.objects.get()
    assert (membership.user.username, membership.organization, membership.role) == (
        "newcomer",
        lab,
        "admin",
    )
    assert Client().post(url, NEW | {"username": "second"}).status_code == 404
    assert User.objects.count() == 1


def test_without_an_invitation_there_is_no_such_page(settings: Settings) -> None:
    settings.SIGN_UP = "invite"
    invitation = Invitation.objects.create(note="Ann")
    token = token_of(invitation)
    forged = token[:-5] + token[-5:].swapcase()
    assert forged != token
    for other in ("", "1", "1:2:3", forged):
        assert Client().post(address(other), NEW).status_code == 404
    assert not User.objects.exists()


def test_an_invitation_expires(settings: Settings) -> None:
    settings.SIGN_UP = "invite"
    invitation = Invitation.objects.create(note="Ann")
    old = timezone.now() - timedelta(days=settings.INVITATION_DAYS, minutes=1)
    Invitation.objects.filter(pk=invitation.pk).update(created_at=old)
    assert Client().get(address(token_of(invitation))).status_code == 404


def test_a_used_invitation_stores_no_user(settings: Settings) -> None:
    settings.SIGN_UP = "invite"
    invitation = Invitation.objects.create(note="Ann", used_by=make_user())
    with pytest.raises(InvitationInvalid):
        sign_up(User(username="late"), token_of(invitation))
    assert not User.objects.filter(username="late").exists()


def test_the_admin_shows_the_link_of_an_open_invitation(settings: Settings) -> None:
    settings.SIGN_UP = "invite"
    client = Client()
    client.force_login(User.objects.create_superuser("root"))
    client.post(reverse("admin:accounts_invitation_add"), {"note": "Ann", "role": "member"})
    invitation = Invitation.objects.get()
    page = client.get(reverse("admin:accounts_invitation_change", args=[invitation.pk]))
    link = page.content.decode().split("/signup/?invitation=")[1].split("<")[0]
    assert Client().get(f"/signup/?invitation={link}").status_code == 200


def test_the_password_is_changed_with_the_old_one() -> None:
    user = make_user(password=PASSWORD)
    client = Client()
    client.force_login(user)
    new = "another long pass phrase"
    wrong = {"old_password": "x", "new_password1": new, "new_password2": new}
    assert client.post("/password/", wrong).status_code == 200
    assert client.post("/password/", wrong | {"old_password": PASSWORD}).status_code == 302
    user.refresh_from_db()
    assert user.check_password(new)


def test_without_e_mail_there_is_no_reset(settings: Settings) -> None:
    settings.EMAIL_URL = ""
    assert Client().get("/password/reset/").status_code == 404


def test_a_link_by_e_mail_sets_a_new_password(settings: Settings) -> None:
    settings.EMAIL_URL = "smtp://mail.example.org"
    user = make_user(email="ann@example.org", password=PASSWORD)
    client = Client()
    client.post("/password/reset/", {"email": "ann@example.org"})
    link = next(word for word in str(mail.outbox[0].body).split() if "/password/reset/" in word)
    page = client.get(link.partition("testserver")[2], follow=True)
    new = "another long pass phrase"
    client.post(page.request["PATH_INFO"], {"new_password1": new, "new_password2": new})
    user.refresh_from_db()
    assert user.check_password(new)


def test_an_unknown_address_is_answered_like_a_known_one(settings: Settings) -> None:
    settings.EMAIL_URL = "smtp://mail.example.org"
    answer = Client().post("/password/reset/", {"email": "nobody@example.org"})
    assert answer.status_code == 302
    assert not mail.outbox
