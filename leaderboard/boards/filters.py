"""Which rows of a board a view shows, and what there is to choose among. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from django.utils.translation import gettext

from leaderboard.boards.rows import Row
from leaderboard.boards.serving import targets_at
from leaderboard.boards.serving_columns import Conditions
from leaderboard.boards.state import FILTERS, BoardState
from leaderboard.catalog.labels import engine_title, precision_bits
from leaderboard.catalog.models import Precision
from leaderboard.core import numbers

FIELDS = (*FILTERS, "streams", "hardware")
"""The fields of the form: what it sends itself."""

R = TypeVar("R", bound=Row)


@dataclass(frozen=True, slots=True)
class Choice:
    """A value to filter by. ``bits`` is the mark of a precision's chip."""

    value: str
    title: str
    chosen: bool
    bits: int = 0


@dataclass(frozen=True, slots=True)
class Choices:
    """What the filter bar offers: what occurs among all rows, and which of it is chosen."""

    organizations: list[Choice]
    precisions: list[Choice]
    engines: list[Choice]
    sizes: bool
    targets: bool
    open_weights: bool
    baselines: bool


@dataclass(frozen=True, slots=True)
class Applied:
    """A filter in force, in words, and the address without it."""

    text: str
    url: str


def matching(rows: Sequence[R], state: BoardState) -> list[R]:
    """Return the rows that the view's filters leave, in the order given.

    A size limit leaves no row whose size is not known, "open weights" none of which nobody told, and "meets targets"
    none that was measured elsewhere than on the hardware shown.
    """
    conditions = Conditions.of(rows, state)
    return [row for row in rows if _fits(row, state) and _serves(row, state, conditions)]


def _fits(row: Row, state: BoardState) -> bool:
    variant = row.run.submission.variant
    model = variant.model
    size = model.parameters_b
    return (
        has_words(row, state.q)
        and (state.size_min is None or (size is not None and size >= state.size_min))
        and (state.size_max is None or (size is not None and size <= state.size_max))
        and (not state.organization or model.organization == state.organization)
        and (not state.precision or variant.precision in state.precision)
        and (not state.engine or variant.engine == state.engine)
        and (not state.open_weights or model.open_weights is True)
        and not (state.no_baselines and model.is_baseline)
    )


def _serves(row: Row, state: BoardState, conditions: Conditions) -> bool:
    if not state.meets_targets:
        return True
    held = targets_at(row.serving, conditions.streams)
    return conditions.covers(row.serving) and held.all_met


def has_words(row: Row, text: str) -> bool:
    """Say whether every word of ``text`` occurs in the row's model, organisation, precision or engine."""
    variant = row.run.submission.variant
    model = variant.model
    words = (model.name, model.organization, variant.get_precision_display(), variant.engine)
    hay = " ".join((*words, engine_title(variant.engine))).casefold()
    return all(word in hay for word in text.casefold().split())


def choices(rows: Sequence[Row], state: BoardState) -> Choices:
    """Return what the filter bar offers for these rows, before any filter."""
    variants = [row.run.submission.variant for row in rows]
    models = [variant.model for variant in variants]
    return Choices(
        organizations=[
            Choice(name, name, name == state.organization)
            for name in sorted({m.organization for m in models} - {""}, key=str.casefold)
        ],
        precisions=[
            Choice(p.value, str(p.label), p.value in state.precision, precision_bits(p.bits))
            for p in Precision
            if p in {variant.precision for variant in variants}
        ],
        engines=[
            Choice(name, engine_title(name), name == state.engine)
            for name in sorted({variant.engine for variant in variants} - {""})
        ],
        sizes=any(m.parameters_b is not None for m in models),
        targets=any(row.serving.get("targets") for row in rows),
        open_weights=any(m.open_weights is not None for m in models),
        baselines=any(m.is_baseline for m in models),
    )


def applied(state: BoardState, offered: Choices) -> list[Applied]:
    """Return the filters in force, each with the address that drops it."""
    return [
        *_text(state),
        *_sizes(state),
        *_chosen(state, offered),
        *_switches(state),
    ]


def _text(state: BoardState) -> Iterable[Applied]:
    if state.q:
        yield Applied(f"“{state.q}”", state.url(q=""))


def _sizes(state: BoardState) -> Iterable[Applied]:
    if state.size_min is not None:
        size = numbers.parameters(state.size_min)
        yield Applied(gettext("at least %(size)s") % {"size": size}, state.url(size_min=None))
    if state.size_max is not None:
        size = numbers.parameters(state.size_max)
        yield Applied(gettext("at most %(size)s") % {"size": size}, state.url(size_max=None))


def _chosen(state: BoardState, offered: Choices) -> Iterable[Applied]:
    if state.organization:
        yield Applied(state.organization, state.url(organization=""))
    titles = {choice.value: choice.title for choice in offered.precisions}
    for value in state.precision:
        rest = tuple(other for other in state.precision if other != value)
        yield Applied(titles.get(value, value), state.url(precision=rest))
    if state.engine:
        yield Applied(engine_title(state.engine), state.url(engine=""))


def _switches(state: BoardState) -> Iterable[Applied]:
    if state.open_weights:
        yield Applied(gettext("open weights"), state.url(open_weights=False))
    if state.meets_targets:
        yield Applied(gettext("meets targets"), state.url(meets_targets=False))
    if state.no_baselines:
        yield Applied(gettext("no baselines"), state.url(no_baselines=False))
