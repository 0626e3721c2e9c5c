"""What changed between two versions of a board. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from django.utils.translation import gettext

from leaderboard.boards.models import BoardRow
from leaderboard.core import numbers


class Change(StrEnum):
    """What became of a configuration."""

    ADDED = "added"
    REMOVED = "removed"
    MOVED = "moved"
    RESCORED = "rescored"


@dataclass(frozen=True, slots=True)
class Changed:
    """A configuration that is not as before; ``text`` says how, in a sentence without its name."""

    kind: Change
    run: UUID
    known_as: str
    text: str


def reason_in_words(reason: str) -> str:
    """Return why a version was made, in the current language: ``MODEL added``; as it is stored where it says more."""
    endings = {
        "added": gettext("%(model)s added"),
        "withdrawn": gettext("%(model)s withdrawn"),
        "quarantined": gettext("%(model)s taken off while it is looked into"),
        "superseded": gettext("%(model)s replaced by a newer run"),
        "has corrected scores": gettext("%(model)s corrected by a reviewer"),
        "graded again": gettext("%(model)s graded again"),
        "is a baseline": gettext("%(model)s is a baseline"),
        "is no baseline": gettext("%(model)s is no baseline"),
    }
    for ending, text in endings.items():
        if reason.endswith(f" {ending}"):
            return text % {"model": reason.removesuffix(f" {ending}")}
    return reason


def changes(before: Sequence[BoardRow], after: Sequence[BoardRow]) -> list[Changed]:
    """Return what is new, gone, on another rank or scored differently, in the order of the later board.

    A configuration is the same by its variant. One that moved and was scored differently is told once, as moved.
    """
    old = {row.run.submission.variant_id: row for row in before}
    new = {row.run.submission.variant_id: row for row in after}
    found = [_change(old.get(variant), row) for variant, row in new.items()]
    gone = [_removed(row) for variant, row in old.items() if variant not in new]
    return [*(change for change in found if change), *gone]


def _change(before: BoardRow | None, after: BoardRow) -> Changed | None:
    score = numbers.percent(after.value)
    if before is None:
        words = {"rank": after.rank, "score": score}
        text = (
            gettext("enters at rank %(rank)s with %(score)s")
            if after.rank
            else gettext("enters with %(score)s")
        )
        return _told(Change.ADDED, after, text % words)
    if before.rank != after.rank:
        return _told(Change.MOVED, after, _move(before, after))
    if before.value != after.value:
        words = {"before": numbers.percent(before.value), "after": score}
        return _told(Change.RESCORED, after, gettext("%(before)s → %(after)s") % words)
    return None


def _move(before: BoardRow, after: BoardRow) -> str:
    if before.rank is None or after.rank is None:
        return gettext("is no longer ranked") if before.rank else gettext("is ranked now")
    words = {"before": before.rank, "after": after.rank}
    if after.rank < before.rank:
        return gettext("rises from rank %(before)s to %(after)s") % words
    return gettext("falls from rank %(before)s to %(after)s") % words


def _removed(row: BoardRow) -> Changed:
    if row.rank is None:
        return _told(Change.REMOVED, row, gettext("is gone"))
    return _told(Change.REMOVED, row, gettext("is gone from rank %(rank)s") % {"rank": row.rank})


def _told(kind: Change, row: BoardRow, text: str) -> Changed:
    variant = row.run.submission.variant
    known_as = f"{variant.model.name} {variant.get_precision_display()}"
    return Changed(kind, row.run.public_id, known_as, text)
