"""The tabs above the board. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext, pgettext

from leaderboard.boards.hallucination.measured import FAMILY
from leaderboard.boards.overall import CORE_FAMILIES
from leaderboard.boards.state import BoardState
from leaderboard.catalog.labels import family_title
from leaderboard.catalog.models import Benchmark

OVERALL, SERVING = "overall", "serving"


@dataclass(frozen=True, slots=True)
class Tab:
    """A tab: ``members`` are the further boards that it opens, each (title, address, whether it is the one shown)."""

    title: str
    url: str
    current: bool
    members: Sequence[tuple[str, str, bool]] = ()


def tabs_of(benchmarks: Sequence[Benchmark], shown: str, state: BoardState) -> list[Tab]:
    """Return the tabs, those of the core families even where they have several benchmarks, then all others in one.

    ``shown`` is a benchmark's slug, OVERALL or SERVING. Only the version looked back to is kept from tab to tab:
    filters that leave rows on one board may leave none on another.
    """
    suffix = BoardState(as_of=state.as_of).url() if state.as_of else ""
    core = [_family([b for b in benchmarks if b.family == name], shown, suffix) for name in CORE_FAMILIES]  # fmt: skip
    others = [b for b in benchmarks if b.family not in CORE_FAMILIES]
    return [
        Tab(
            pgettext("the board of all benchmarks", "Overall"),
            reverse("boards:home") + suffix,
            shown == OVERALL,
        ),
        *(tab for tab in core if tab),
        *([_other(others, shown, suffix)] if others else []),
        *_hallucination(benchmarks),
        Tab(gettext("Serving"), reverse("boards:serving") + suffix, shown == SERVING),
    ]


def _hallucination(benchmarks: Sequence[Benchmark]) -> list[Tab]:
    """The page of causes behind HallusionBench's board, where there is such a board."""
    if not any(b.family == FAMILY for b in benchmarks):
        return []
    return [Tab(gettext("Hallucination"), reverse("boards:hallucination"), False)]


def _family(members: Sequence[Benchmark], shown: str, suffix: str) -> Tab | None:
    if not members:
        return None
    return _tab(family_title([b.title for b in members]), members, shown, suffix)


def _other(members: Sequence[Benchmark], shown: str, suffix: str) -> Tab:
    return _tab(gettext("Other benchmarks"), members, shown, suffix)


def _tab(title: str, members: Sequence[Benchmark], shown: str, suffix: str) -> Tab:
    links = [
        (b.title, reverse("boards:benchmark", args=[b.slug]) + suffix, b.slug == shown)
        for b in members
    ]
    return Tab(title, links[0][1], any(here for *_, here in links), links if len(links) > 1 else ())
