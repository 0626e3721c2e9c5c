"""The transformers server's way from tokens to pieces of text. A token here is a few bytes of UTF-8."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.harness.serve_transformers.text import TextStream


def decode(ids: Sequence[int]) -> str:
    """Decode a byte per token, as a byte-level tokenizer does at worst."""
    return bytes(ids).decode(errors="replace")


def pieces(text: str, *stop: str) -> tuple[list[str], TextStream]:
    stream = TextStream(decode, stop)
    found = []
    for token in text.encode():
        found.append(stream.push(token))
        if stream.stopped:
            return found, stream
    return [*found, stream.finish()], stream


@given(st.text())
def test_pieces_add_up_to_the_text(text: str) -> None:
    assert "".join(pieces(text)[0]) == text


def test_character_is_never_split() -> None:
    assert [p for p in pieces("猫🐈é")[0] if p] == ["猫", "🐈", "é"]


def test_broken_end_is_shown_as_what_it_is() -> None:
    stream = TextStream(decode, ())
    assert stream.push(0xE7) == ""
    assert stream.finish() == "\ufffd"


@given(st.text("ab", max_size=30), st.lists(st.text("ab", min_size=1, max_size=4), max_size=3))
def test_nothing_of_a_stop_string_gets_out(text: str, stop: list[str]) -> None:
    found, stream = pieces(text, *stop)
    ends = [text.find(s) for s in stop if s in text]
    assert stream.stopped == bool(ends)
    # The stop that is complete first decides, so a longer one may begin before it.
    joined = "".join(found)
    assert text.startswith(joined)
    assert not any(s in joined for s in stop)
    if not ends:
        assert joined == text


@pytest.mark.parametrize(
    ("stop", "expected"), [("END", "some text "), ("text END x", "some text END")]
)
def test_beginning_of_a_stop_string_is_held_back_until_it_is_clear(
    stop: str, expected: str
) -> None:
    assert "".join(pieces("some text END", stop)[0]) == expected
