"""``manage.py create_token``."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from leaderboard.accounts.models import ApiToken
from tests.factories import make_reviewer, make_user

pytestmark = pytest.mark.django_db


def create(*args: str) -> str:
    out = StringIO()
    call_command("create_token", *args, stdout=out, stderr=StringIO())
    return out.getvalue()


def test_the_printed_token_works() -> None:
    user = make_user("ana")
    printed = create("ana", "--name", "laptop")
    assert printed.count("\n") == 1
    token = user.api_tokens.get()
    assert (token.name, token.expires_at) == ("laptop", None)
    response = Client().get(
        "/api/v1/submissions", headers={"Authorization": f"Bearer {printed.strip()}"}
    )
    assert response.status_code == 200


def test_days_limit_its_life() -> None:
    user = make_user("ana")
    create("ana", "--name", "ci", "--days", "30")
    expires = user.api_tokens.get().expires_at
    assert expires is not None
    assert abs(expires - timezone.now() - timedelta(days=30)) < timedelta(minutes=1)


@pytest.mark.parametrize("days", ["0", "-1", "ten", "99999", "1.5"])
def test_senseless_days_are_refused(days: str) -> None:
    make_user("ana")
    with pytest.raises(CommandError, match="whole number"):
        create("ana", "--name", "x", f"--days={days}")
    assert not ApiToken.objects.exists()


def test_an_unknown_user_is_refused() -> None:
    with pytest.raises(CommandError, match="nobody"):
        create("nobody", "--name", "x")


def test_an_inactive_user_is_refused() -> None:
    make_user("ana", is_active=False)
    with pytest.raises(CommandError, match="ana"):
        create("ana", "--name", "x")


@pytest.mark.parametrize("name", ["", "n" * 81])
def test_a_name_that_does_not_fit_is_refused(name: str) -> None:
    make_user("ana")
    with pytest.raises(CommandError, match="name"):
        create("ana", "--name", name)
    assert not ApiToken.objects.exists()


def test_it_reads_and_submits_unless_told_otherwise() -> None:
    user = make_user("ana")
    create("ana", "--name", "x")
    assert user.api_tokens.get().scopes == ["read", "submit"]


def test_scopes_are_chosen() -> None:
    user = make_reviewer("ana")
    create("ana", "--name", "x", "--scope=read", "--scope=review")
    assert user.api_tokens.get().scopes == ["read", "review"]


def test_a_scope_that_the_user_may_not_have_is_refused() -> None:
    make_user("ana")
    with pytest.raises(CommandError, match="ana may not have a token for: admin, review"):
        create("ana", "--name", "x", "--scope=review", "--scope=admin")
    assert not ApiToken.objects.exists()
