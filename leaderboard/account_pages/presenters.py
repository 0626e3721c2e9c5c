"""What the account page shows, as texts. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from leaderboard.core import numbers
from leaderboard.runs.quota import QuotaKind, QuotaUse

KIND_LABELS = {
    QuotaKind.PER_DAY: _("Submissions in 24 hours"),
    QuotaKind.ACTIVE: _("Submissions at once"),
    QuotaKind.GPU_HOURS: _("GPU hours in 30 days"),
}


@dataclass(frozen=True, slots=True)
class QuotaRow:
    """One limit. ``share`` is what is used of it in percent, for the bar; empty without a limit."""

    label: str
    used: str
    limit: str
    left: str
    share: str


def quota_rows(uses: Iterable[QuotaUse]) -> list[QuotaRow]:
    """Return a row for each limit, also for those that there are not."""
    return [_row(use) for use in uses]


def _row(use: QuotaUse) -> QuotaRow:
    share = "" if use.limit is None else f"{_percent_used(use.used, use.limit):.0f}"
    return QuotaRow(
        label=str(KIND_LABELS[use.kind]),
        used=_amount(use.kind, use.used),
        limit=str(_("no limit")) if use.limit is None else _amount(use.kind, use.limit),
        left=numbers.MISSING if use.left is None else _amount(use.kind, use.left),
        share=share,
    )


def _percent_used(used: float, limit: float) -> float:
    return 100.0 if limit == 0 else min(100.0, 100 * used / limit)


def _amount(kind: QuotaKind, value: float) -> str:
    return numbers.decimal(value) if kind is QuotaKind.GPU_HOURS else numbers.count(int(value))
