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
    if active is False:
        User.objects.create_user("ada", password="stays", is_active=False)
    with pytest.raises(CommandError, match="no active user 'ada'"):
        call_command("new_password", "ada", stderr=StringIO())
