"""Any text can be stored, and only what PostgreSQL refuses is replaced."""

from __future__ import annotations

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from leaderboard.core.text import storable, storable_json

ANY_TEXT = st.text(alphabet=st.characters(exclude_categories=()))


@given(ANY_TEXT)
def test_storable_text_has_a_utf8_form_without_nul(text: str) -> None:
    assert b"\x00" not in storable(text).encode()


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\x00")))
def test_text_that_can_be_stored_is_not_changed(text: str) -> None:
    assert storable(text) == text


def test_every_text_in_a_json_value_is_reached() -> None:
    value = {"a\x00": ["\ud800", {"b": ("x\x00", 1, None, 1.5, True)}]}

    assert storable_json(value) == {"a\ufffd": ["\ufffd", {"b": ["x\ufffd", 1, None, 1.5, True]}]}


@pytest.mark.django_db
def test_the_database_takes_it_as_it_is() -> None:
    text = storable("a\x00\udfff\u2028中\N{GRINNING FACE}")
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::text", [text])
        assert cursor.fetchone() == (text,)
