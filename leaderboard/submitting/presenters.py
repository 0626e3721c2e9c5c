"""What the form says of quotas. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext

from leaderboard.core import numbers
from leaderboard.runs.quota import QuotaKind, QuotaUse


@dataclass(frozen=True, slots=True)
class QuotaLine:
    """A limit: how much of it is left, of how much."""

    title: str
    text: str
    exhausted: bool


def quota_lines(uses: Iterable[QuotaUse]) -> list[QuotaLine]:
    """Return a line for each limit that there is."""
    titles = {
        QuotaKind.PER_DAY: gettext("Submissions in 24 hours"),
        QuotaKind.ACTIVE: gettext("Waiting or running at once"),
        QuotaKind.GPU_HOURS: gettext("GPU hours in 30 days"),
    }
    return [
        QuotaLine(
            titles[use.kind],
            gettext("%(left)s of %(limit)s left")
            % {"left": numbers.count(use.left), "limit": numbers.count(use.limit)},
            use.exhausted,
        )
        for use in uses
        if use.limit is not None
    ]
