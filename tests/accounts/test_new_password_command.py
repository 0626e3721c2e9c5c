"""``manage.py new_password``: a forgotten password is replaced, and shown once."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from leaderboard.accounts.models import User

pytestmark = pytest.mark.django_db


def test_new_password_is_printed_alone_and_works() -> None:
    User.objects.create_user("ada", password="the forgotten one")
    out = StringIO()

    call_command("new_password", "ada", stdout=out, stderr=StringIO())

    user = User.objects.get(username="ada")
    assert user.check_password(out.getvalue().removesuffix("\n"))
    assert not user.check_password("the forgotten one")


@pytest.mark.parametrize("active", [None, False])
def test_unknown_or_inactive_user_is_refused(active: bool | None) -> None:
    User.objects.create_superuser("admin")
    if active is False:
        User.objects.create_user("ada", password="stays", is_active=False)
    with pytest.raises(CommandError, match="no active user 'ada'"):
        call_command("new_password", "ada", stderr=StringIO())


def test_a_site_without_an_administrator_is_given_its_first_and_no_second() -> None:
    out = StringIO()
    call_command("new_password", "admin", stdout=out, stderr=StringIO())
    user = User.objects.get()
    assert user.is_superuser
    assert user.is_staff
    assert user.check_password(out.getvalue().removesuffix("\n"))
    with pytest.raises(CommandError, match="no active user 'other'"):
        call_command("new_password", "other", stderr=StringIO())


def test_who_has_an_account_does_not_become_an_administrator_by_a_new_password() -> None:
    User.objects.create_user("ada")
    call_command("new_password", "ada", stdout=StringIO(), stderr=StringIO())
    assert not User.objects.get().is_superuser
