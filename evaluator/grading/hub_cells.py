"""Cells of data sets as the hub has them: missing ones in several guises, and lists written as Python source."""

from __future__ import annotations

import ast
import math
import string
from collections.abc import Iterable, Mapping
from typing import Any

MAX_LIST_LENGTH = 100_000
"""Characters of a list's source: the parser's memory is many times that."""


def present(value: Any) -> bool:
    """Say whether a cell holds something: the hub writes missing ones as None, NaN, "" or the string "nan"."""
    if isinstance(value, float):
        return not math.isnan(value)
    return value is not None and value not in ("", "nan")


def text_columns(doc: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """Return those of the columns that hold something, as text."""
    return {name: str(doc[name]) for name in names if present(doc.get(name))}


def list_of(value: Any, name: str) -> list[str]:
    """Return the texts of a cell that may be a list, the source of a list of texts ("['a', 'b']"), or one text.

    "[0, 1]" is one text: an interval, for example. Raises ValueError, calling the cell ``name``, for an empty list, and for one of anything but texts and numbers.
    """
    members = _members(value)
    if not members or not all(isinstance(m, str | int | float) for m in members):
        raise ValueError(f"{name} is {str(value)[:80]!r}, not texts")
    return [str(member) for member in members]


def letter_options(value: Any) -> dict[str, str]:
    """Return a question's options by letter: of a list, a list's source, or an object that has the letters already.

    Raises ValueError for no options, more than there are letters, and letters that are none.
    """
    if isinstance(value, Mapping):
        options = {str(letter): str(text) for letter, text in value.items()}
    else:
        texts = list_of(value, "options")
        if texts == [value]:
            raise ValueError(f"options is {str(value)[:80]!r}, not a list of texts")
        options = dict(zip(string.ascii_uppercase, texts, strict=False))
        if len(options) < len(texts):
            raise ValueError(f"options are {len(texts)}, more than there are letters")
    if not options or not set(options) <= set(string.ascii_uppercase):
        raise ValueError(f"options are called {', '.join(options)[:80]}, not A, B, C and so on")
    return options


def _members(value: Any) -> list[Any]:
    if isinstance(value, list | tuple):
        return list(value)
    if not isinstance(value, str):
        return [value]
    source = value.strip()
    if not (source.startswith("[") and source.endswith("]")) or len(source) > MAX_LIST_LENGTH:
        return [value]
    try:
        found = ast.literal_eval(source)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return [value]
    is_texts = isinstance(found, list) and all(isinstance(member, str) for member in found)
    return found if is_texts else [value]
