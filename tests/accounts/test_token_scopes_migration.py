"""Tokens that were there before scopes were."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from leaderboard.accounts.models import ApiToken
from tests.factories import make_reviewer, make_user

BEFORE = [("accounts", "0001_initial")]


@pytest.mark.django_db(transaction=True)
def test_older_tokens_keep_what_they_could_do() -> None:
    by_group = make_user("by group")
    group = Group.objects.create(name="reviewers")
    group.permissions.add(Permission.objects.get(codename="review_run"))
    by_group.groups.add(group)
    users = {
        "submitter": make_user("submitter"),
        "staff": make_user("staff", is_staff=True),
        "reviewer": make_reviewer("reviewer"),
        "by group": by_group,
        "admin": make_user("admin", is_superuser=True),
    }
    for user in users.values():
        ApiToken.issue(user, user.username)

    now = MigrationExecutor(connection).loader.graph.leaf_nodes()
    try:
        MigrationExecutor(connection).migrate(BEFORE)
    finally:
        MigrationExecutor(connection).migrate(now)

    found = {token.name: token.scopes for token in ApiToken.objects.all()}
    usual = ["read", "submit"]
    assert found == {
        "submitter": usual,
        "staff": usual,
        "reviewer": [*usual, "review"],
        "by group": [*usual, "review"],
        "admin": [*usual, "review", "admin"],
    }
