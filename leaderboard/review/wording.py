"""What an automatic check found, as a reviewer reads it. Pure: a record in, texts out."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from leaderboard.core import numbers
from leaderboard.review.models import Check

LABELS = {
    "responses": _("responses"),
    "items": _("items"),
    "errored": _("failed requests"),
    "unparsed": _("unparsed answers"),
    "unjudged": _("answers that the judge failed on"),
    "answered": _("answers"),
}
"""What the numbers are called from which a check was made."""


@dataclass(frozen=True, slots=True)
class CheckWords:
    """Texts. ``value`` and ``threshold`` are percent with the sign, or a number of rows."""

    status: str
    result: str
    name: str
    value: str
    threshold: str
    basis: str


def words_of(check: Check) -> CheckWords:
    """Return a check in words."""
    return CheckWords(
        status=check.status,
        result=str(check.get_status_display()),
        name=str(check.get_code_display()),
        value=_amount(check, check.value),
        threshold=_amount(check, check.threshold),
        basis=", ".join(
            f"{LABELS.get(name, name)}: {numbers.count(value)}"
            for name, value in check.data.items()
        ),
    )


def _amount(check: Check, value: float | None) -> str:
    """A limit counts rows; every other check measures a share."""
    if value is None:
        return numbers.MISSING
    if check.code == Check.Code.LIMITED:
        return numbers.count(value)
    return f"{numbers.percent(value)} %"
