"""Facets: groups of links, each of which sets one parameter of the address and says how much it would leave. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.http import QueryDict

PAGING = ("after", "before")
"""Parameters that mean nothing under another filter."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A link. ``share`` is its number relative to the largest of its group, from 0 to 1."""

    title: str
    url: str
    number: int | None
    share: float
    chosen: bool


@dataclass(frozen=True, slots=True)
class Facet:
    """A group of choices under a title; of one, ``chosen`` says whether any is taken."""

    title: str
    choices: list[Choice]

    @property
    def chosen(self) -> bool:
        return any(choice.chosen for choice in self.choices)


def facet(
    title: str,
    parameter: str,
    titles: Iterable[tuple[str, str]],
    numbers: Mapping[str, int],
    *,
    query: QueryDict,
    path: str,
    clearable: bool = True,
) -> Facet:
    """Return a facet of (value, title) choices; those that would leave nothing are left out unless taken.

    A link takes its choice; that of a taken one gives it back, where the facet is ``clearable``.
    """
    taken = query.get(parameter, "")
    shown = [(v, t) for v, t in titles if numbers.get(v) or (v == taken and v)]
    most = max((numbers.get(value, 0) for value, _ in shown), default=0) or 1
    return Facet(
        title,
        [
            Choice(
                title=label,
                url=_url(query, path, parameter, "" if clearable and value == taken else value),
                number=numbers.get(value, 0),
                share=round(numbers.get(value, 0) / most, 3),
                chosen=value == taken,
            )
            for value, label in shown
        ],
    )


def _url(query: QueryDict, path: str, parameter: str, value: str) -> str:
    changed = query.copy()
    for name in (*PAGING, parameter):
        changed.pop(name, None)
    if value:
        changed[parameter] = value
    return f"{path}?{changed.urlencode()}" if changed else path
