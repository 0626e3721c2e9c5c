"""How numbers and times are written on pages, in one place.

Fractions become percent with one decimal (the unit stands in the header), counts have a thin space between groups of
three, a negative number has a true minus, and what is not known is an em dash: never 0. Every function takes
``None`` and returns text.
"""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.timesince import timesince
from django.utils.translation import gettext, ngettext, pgettext

MISSING = "—"
MINUS = "\u2212"
THIN = "\u2009"


def count(value: float | None) -> str:
    """Return a whole number: ``4 329``."""
    if value is None:
        return MISSING
    return _signs(f"{round(value):,}".replace(",", THIN))


def percent(fraction: float | None) -> str:
    """Return a fraction as percent without the sign: ``0.8632`` is ``86.3``."""
    return MISSING if fraction is None else _signs(f"{100 * fraction:.1f}")


def points(fraction: float | None) -> str:
    """Return a difference of fractions in points, always with a sign: ``−3.1``, ``+0.4``, ``0.0``."""
    if fraction is None:
        return MISSING
    text = f"{100 * fraction:+.1f}"
    return "0.0" if text in ("+0.0", "-0.0") else _signs(text)


def signed(value: float | None) -> str:
    """Return a whole number, always with a sign: ``−27``, ``+108``, ``0``."""
    if value is None:
        return MISSING
    whole = round(value)
    return _signs(f"{whole:+,}".replace(",", THIN)) if whole else "0"


def decimal(value: float | None) -> str:
    """Return a number with one decimal: tokens/s, requests/s."""
    return MISSING if value is None else _signs(f"{value:,.1f}".replace(",", THIN))


def times(ratio: float | None) -> str:
    """Return a ratio: ``1.82×``."""
    return MISSING if ratio is None else f"{ratio:.2f}×"


def p_value(p: float | None) -> str:
    """Return a p-value with three decimals: ``0.041``, ``< 0.001``."""
    if p is None:
        return MISSING
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def parameters(billions: float | None) -> str:
    """Return a number of parameters: ``72.7 B``, ``7.2 M``; empty when not known."""
    if billions is None:
        return ""
    return f"{decimal(billions)} B" if billions >= 0.1 else f"{decimal(1000 * billions)} M"


def interval(low: float | None, high: float | None) -> str:
    """Return the bounds of an interval of fractions in percent: ``[51.4, 57.7]``; empty when not known."""
    if low is None or high is None:
        return ""
    return f"[{percent(low)}, {percent(high)}]"


def interval_in_points(low: float | None, high: float | None) -> str:
    """Return the bounds of an interval of a difference of fractions: ``[−1.2, +4.0]``; empty when not known."""
    if low is None or high is None:
        return ""
    return f"[{points(low)}, {points(high)}]"


def rank_range(low: int | None, high: int | None) -> str:
    """Return the range of a rank: ``⟨2–5⟩``, or ``⟨11⟩`` for one value; empty when not known."""
    if low is None or high is None:
        return ""
    return f"⟨{low}⟩" if low == high else f"⟨{low}–{high}⟩"


def duration(seconds: float | None) -> str:
    """Return a span of time in at most two units: ``12 s``, ``1 min 48 s``, ``3 h 5 min``, ``2 d 1 h``."""
    if seconds is None:
        return MISSING
    whole = max(0, round(seconds))
    minutes, s = divmod(whole, 60)
    hours, m = divmod(minutes, 60)
    days, h = divmod(hours, 24)
    if days:
        return gettext("%(days)d d %(hours)d h") % {"days": days, "hours": h}
    if hours:
        return gettext("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": m}
    if minutes:
        return gettext("%(minutes)d min %(seconds)d s") % {"minutes": minutes, "seconds": s}
    return gettext("%(seconds)d s") % {"seconds": s}


def remaining(seconds: float | None) -> str:
    """Return an estimate of what is left, coarse enough not to flicker: ``about 2 min left``."""
    if seconds is None:
        return ""
    if seconds < 60:
        return gettext("less than a minute left")
    minutes = round(seconds / 60)
    return ngettext("about %(minutes)d minute left", "about %(minutes)d minutes left", minutes) % {
        "minutes": minutes
    }


def moment(value: datetime | None) -> str:
    """Return a point in time in UTC: ``14 Mar 2026, 09:20 UTC``."""
    if value is None:
        return MISSING
    form = pgettext("format of date and time, see Django's date filter", r"j M Y, H:i \U\T\C")
    return date_format(value.astimezone(timezone.get_default_timezone()), form)


def instant(value: datetime | None) -> str:
    """Return a point in time in UTC to the second: ``14 Mar 2026, 09:20:07 UTC``."""
    if value is None:
        return MISSING
    form = pgettext(
        "format of date and time with seconds, see Django's date filter", r"j M Y, H:i:s \U\T\C"
    )
    return date_format(value.astimezone(timezone.get_default_timezone()), form)


def age(value: datetime | None, now: datetime | None = None) -> str:
    """Return how long ago something was, in its largest unit: ``3 minutes ago``."""
    if value is None:
        return MISSING
    elapsed = (now or timezone.now()) - value
    if elapsed.total_seconds() < 60:
        return gettext("just now")
    return gettext("%(time)s ago") % {"time": timesince(value, now, depth=1)}


def _signs(text: str) -> str:
    return text.replace("-", MINUS)
