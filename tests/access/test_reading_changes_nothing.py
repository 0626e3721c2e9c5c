"""No GET changes anything that is stored, whoever sends it."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import connection
from psycopg.sql import SQL, Identifier

from tests.access.scene import ROLES, build
from tests.access.test_matrix import _client, places

SESSIONS = "django_session"
"""A browser's own memory: what language it reads, what it is to be told."""


def stored() -> dict[str, list[str]]:
    """Return the rows of every table of the site."""
    tables = {model._meta.db_table for model in apps.get_models(include_auto_created=True)}
    found = {}
    with connection.cursor() as cursor:
        for table in sorted(tables - {SESSIONS}):
            cursor.execute(SQL("SELECT * FROM {}").format(Identifier(table)))
            found[table] = sorted(map(str, cursor.fetchall()))
    return found


@pytest.mark.django_db
def test_no_get_changes_what_is_stored() -> None:
    scene = build()
    clients = {role: _client(scene, role) for role in ROLES}
    before = stored()
    for place in places():
        for state in place.states:
            url = place.url(scene, state)
            for role in ("anonymous", "submitter", "admin"):
                answer = clients[role].get(url)
                if answer.streaming:
                    b"".join(answer.streaming_content)
    after = stored()
    changed = {table for table in before if before[table] != after[table]}
    assert not changed
