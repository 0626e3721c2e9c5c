"""How values are written for people."""

from __future__ import annotations

import unicodedata

NOTHING = "—"


def plain(text: str, *, one_line: bool = False) -> str:
    """Return a text of the site's without what a terminal would obey: names are chosen by those who submit.

    Control and formatting characters are shown as their code; a line feed and a tab stay, unless ``one_line``.
    """
    if one_line:
        text = " ".join(text.split())
    return "".join(_shown(c) for c in text)


def _shown(character: str) -> str:
    if character in "\n\t" or unicodedata.category(character) not in ("Cc", "Cf", "Cs"):
        return character
    return f"\\u{ord(character):04x}"


def percent(value: float | None) -> str:
    """Return a fraction in percent; a dash for one that is not known."""
    return NOTHING if value is None else f"{value * 100:.1f}"


def fraction(value: float | None, low: float | None, high: float | None) -> str:
    """Return a score in percent with its interval, where there is one."""
    if value is None or low is None or high is None:
        return percent(value)
    return f"{percent(value)} [{percent(low)}, {percent(high)}]"


def number(value: float | None) -> str:
    """Return a count or limit; a dash for one that there is not."""
    return NOTHING if value is None else f"{value:,.4g}"
