"""Making any text storable."""

from __future__ import annotations

import re
from typing import Any

_REFUSED = re.compile("[\x00\ud800-\udfff]")
"""What PostgreSQL refuses in text and JSON: NUL, and lone surrogates, which have no UTF-8 form."""


def storable(text: str) -> str:
    """Return ``text`` with every character that PostgreSQL refuses replaced by U+FFFD."""
    return _REFUSED.sub("\ufffd", text)


def storable_json(value: Any) -> Any:
    """Return a JSON value with every text in it, keys too, made storable."""
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, dict):
        return {storable(str(k)): storable_json(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [storable_json(v) for v in value]
    return value
