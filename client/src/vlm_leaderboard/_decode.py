"""From JSON documents to the dataclasses of ``answers``.

Lenient where sites of other versions differ: members that a class does not know stay in ``raw``, members that are
missing get the class's default. A member of another type is an error, since nothing good comes of guessing.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import datetime
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from vlm_leaderboard.errors import UnexpectedAnswer

T = TypeVar("T")
RAW = "raw"


def decode(kind: type[T], document: object) -> T:
    """Return a document as ``kind``. Raises UnexpectedAnswer, which names the member that does not fit."""
    return cast("T", _value(kind, document, kind.__name__))


def _value(kind: Any, value: object, where: str) -> Any:
    if kind is Any:
        return value
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        (inner,) = (a for a in get_args(kind) if a is not type(None))
        return None if value is None else _value(inner, value, where)
    if origin is tuple and isinstance(value, list):
        inner = get_args(kind)[0]
        return tuple(_value(inner, v, f"{where}[{i}]") for i, v in enumerate(value))
    if origin is Mapping and isinstance(value, Mapping):
        inner = get_args(kind)[1]
        return {str(k): _value(inner, v, f"{where}.{k}") for k, v in value.items()}
    if is_dataclass(kind) and isinstance(value, Mapping):
        return _instance(cast("type[Any]", kind), value, where)
    return _plain(kind, value, where)


def _plain(kind: Any, value: object, where: str) -> Any:
    if kind is datetime and isinstance(value, str):
        try:
            return datetime.fromisoformat(value)
        except ValueError:
            raise UnexpectedAnswer(f"{where} is not a date: {value[:40]!r}") from None
    # JSON's true is no number.
    if isinstance(value, bool) and kind is not bool:
        kind = None
    if kind is float and isinstance(value, int):
        return float(value)
    if isinstance(kind, type) and isinstance(value, kind):
        return value
    raise UnexpectedAnswer(f"{where} is of an unexpected type: {type(value).__name__}")


def _instance(kind: type[Any], document: Mapping[str, Any], where: str) -> Any:
    given: dict[str, Any] = {}
    hints = get_type_hints(kind)
    for field in fields(kind):
        if field.name == RAW:
            given[RAW] = document
        elif field.name in document:
            path = f"{where}.{field.name}"
            given[field.name] = _value(hints[field.name], document[field.name], path)
        elif field.default is MISSING and field.default_factory is MISSING:
            raise UnexpectedAnswer(f"{where}.{field.name} is missing in the answer")
    return kind(**given)
