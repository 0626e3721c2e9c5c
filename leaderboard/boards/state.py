"""What the address of a board says: everything by which one view differs from another. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Self
from uuid import UUID

from django.http import QueryDict

MOST_COMPARED = 4
"""Rows that can be compared with one another at once."""
LONGEST_TEXT = 200
UNKNOWN_HARDWARE = "unknown"
"""As an address writes hardware that nobody told."""
SPEEDS = ("tokens_per_s", "ttft_ms_p50")
"""What the chart has on its horizontal axis; the first is the usual one."""


@dataclass(frozen=True, slots=True)
class BoardState:
    """A view of a board. Every field's default is what the plain address shows.

    ``columns``: keys of the columns shown, None for all. ``as_of``: a board version's id; the newest board not after
    it is shown. ``select``: the runs in the compare tray. ``streams`` and ``hardware`` choose serving figures.
    """

    q: str = ""
    size_min: float | None = None
    size_max: float | None = None
    organization: str = ""
    precision: tuple[str, ...] = ()
    engine: str = ""
    open_weights: bool = False
    meets_targets: bool = False
    no_baselines: bool = False
    columns: tuple[str, ...] | None = None
    sort: str = ""
    page: int = 1
    as_of: int | None = None
    select: tuple[UUID, ...] = ()
    streams: int | None = None
    hardware: str | None = None
    speed: str = SPEEDS[0]

    @classmethod
    def read(cls, query: QueryDict) -> Self:
        """Read an address. What cannot be read counts as not given: a shared link never fails."""
        speed = query.get("speed", "")
        columns = _several(query, "columns")
        return cls(
            q=query.get("q", "").strip()[:LONGEST_TEXT],
            size_min=_number(query.get("size_min")),
            size_max=_number(query.get("size_max")),
            organization=query.get("organization", "")[:LONGEST_TEXT],
            precision=_several(query, "precision"),
            engine=query.get("engine", "")[:LONGEST_TEXT],
            open_weights=bool(query.get("open_weights")),
            meets_targets=bool(query.get("meets_targets")),
            no_baselines=bool(query.get("no_baselines")),
            # A form says how many columns it offered: all of them is what the plain address shows.
            columns=columns
            if 0 < len(columns) < (_whole(query.get("offered")) or 10_000)
            else None,
            sort=query.get("sort", "")[:LONGEST_TEXT],
            page=max(1, _whole(query.get("page")) or 1),
            as_of=_whole(query.get("as_of")),
            select=_runs(_several(query, "select"))[:MOST_COMPARED],
            streams=_whole(query.get("streams")),
            hardware=query.get("hardware", "")[:LONGEST_TEXT] or None,
            speed=speed if speed in SPEEDS else SPEEDS[0],
        )

    @property
    def filtered(self) -> bool:
        """Whether any row may be hidden."""
        return any(getattr(self, name) != _DEFAULTS[name] for name in FILTERS)

    def url(self, **changes: Any) -> str:
        """Return the shortest address of this view with ``changes``, relative to the board's: ``?q=x&sort=-y``.

        Another order, filter or set of columns begins at the first page.
        """
        if not changes.keys() & {"page", "select"}:
            changes["page"] = 1
        query = QueryDict(mutable=True)
        changed = replace(self, **changes)
        for name, default in _DEFAULTS.items():
            value = getattr(changed, name)
            if value != default:
                query[name] = _written(value)
        return f"?{query.urlencode(safe=',')}"

    def fields(self, *without: str) -> list[tuple[str, str]]:
        """Return what a form has to send along, so that the view stays as it is but for the fields ``without``."""
        rest = {name: value for name, value in _DEFAULTS.items() if name not in {*without, "page"}}
        found = ((name, getattr(self, name), default) for name, default in rest.items())
        return [(name, _written(value)) for name, value, default in found if value != default]

    def without_filters(self) -> str:
        return self.url(**{name: _DEFAULTS[name] for name in FILTERS})

    def toggled(self, run: UUID) -> str:
        """Return the address with the run put into the compare tray, or taken out of it."""
        rest = tuple(other for other in self.select if other != run)
        return self.url(select=rest if run in self.select else (*rest, run))


FILTERS = (
    "q",
    "size_min",
    "size_max",
    "organization",
    "precision",
    "engine",
    "open_weights",
    "meets_targets",
    "no_baselines",
)
_DEFAULTS: dict[str, Any] = {field.name: field.default for field in fields(BoardState)}


def _written(value: Any) -> str:
    if value is True:
        return "1"
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def _several(query: QueryDict, name: str) -> tuple[str, ...]:
    """Return the values of a parameter that is given several times (by a form) or once, separated by commas."""
    parts = [part for text in query.getlist(name) for part in text.split(",")]
    return tuple(dict.fromkeys(part for part in parts if part))


def _number(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if math.isfinite(value) and value >= 0 else None


def _whole(text: str | None) -> int | None:
    """Return a whole number that PostgreSQL's bigint can hold, or None."""
    plain = text or ""
    return int(plain) if plain.isascii() and plain.isdigit() and len(plain) <= 18 else None


def _runs(texts: Sequence[str]) -> tuple[UUID, ...]:
    found = []
    for text in texts:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return tuple(dict.fromkeys(found))
