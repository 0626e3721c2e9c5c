"""Keyset paging for pages: as fast at any depth, and new rows do not shift what is on a page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Generic, TypeVar

from django.db.models import Model, QuerySet

M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class Page(Generic[M]):
    """Some rows in order, and the keys with which the pages beside them are asked for (None: there is none)."""

    rows: list[M]
    before: int | None
    after: int | None


def page_of(
    queryset: QuerySet[M],
    parameters: Mapping[str, Any],
    *,
    key: str,
    size: int,
    descending: bool = False,
) -> Page[M]:
    """Return the page that ``after=KEY`` or ``before=KEY`` asks for; the first one without either.

    ``key`` is a lookup of a whole number that is unique in the queryset (``item__position``). ``descending`` is the
    order on the page. A parameter that is no number counts as not given. Runs one query.
    """
    after, before = _number(parameters.get("after")), _number(parameters.get("before"))
    backward = before is not None and after is None
    bound = before if backward else after
    lookup = "lt" if backward != descending else "gt"
    if bound is not None:
        queryset = queryset.filter(**{f"{key}__{lookup}": bound})
    ordered = queryset.order_by(f"-{key}" if backward != descending else key)
    found = list(ordered[: size + 1])
    rows, more = found[:size], len(found) > size
    if backward:
        rows.reverse()
    read = attrgetter(key.replace("__", "."))
    return Page(
        rows,
        before=read(rows[0]) if rows and (more if backward else bound is not None) else None,
        after=read(rows[-1]) if rows and (True if backward else more) else None,
    )


def _number(value: Any) -> int | None:
    """Return a whole number that PostgreSQL's bigint can hold, or None."""
    text = str(value or "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None
