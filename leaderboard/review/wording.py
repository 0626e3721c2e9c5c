"""What an automatic check found, as a reviewer reads it. Pure: a record in, texts out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from leaderboard.catalog.checkpoints import component_title
from leaderboard.catalog.models import Precision
from leaderboard.core import numbers
from leaderboard.review.models import Check

LABELS = {
    "responses": _("responses"),
    "items": _("items"),
    "errored": _("failed requests"),
    "unparsed": _("unparsed answers"),
    "unjudged": _("answers that the judge failed on"),
    "answered": _("answers"),
    "component": _("component"),
    "declared": _("declared"),
    "read": _("read from the checkpoint"),
    "parameters": _("parameters"),
}
"""What the numbers are called from which a check was made."""


@dataclass(frozen=True, slots=True)
class CheckWords:
    """Texts. ``value`` and ``threshold`` are percent with the sign, or a number with its unit."""

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
            f"{LABELS.get(name, name)}: {_told(value)}" for name, value in check.data.items()
        ),
    )


def _amount(check: Check, value: float | None) -> str:
    """Return the number in the check's own unit; most measure a share."""
    if value is None:
        return numbers.MISSING
    if check.code == Check.Code.LIMITED:
        return numbers.count(value)
    if check.code == Check.Code.PRECISION:
        return gettext("%(bits)d bits") % {"bits": value}
    if check.code == Check.Code.PARAMETERS:
        return numbers.parameters(value)
    return f"{numbers.percent(value)} %"


def _told(value: Any) -> str:
    """Return a number, or the words for a scheme or a component."""
    if not isinstance(value, str):
        return numbers.count(value)
    if value in Precision.values:
        return str(Precision(value).label)
    return component_title(value)
