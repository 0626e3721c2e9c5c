"""The canonical form of an answer that the rules read, and where options' own texts occur in it."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

EDGE_PUNCTUATION = " \t\n.,:;!?*_`#\"'“”‘’()[]{}<>$\\。、，：；！？（）【】《》「」"
_DASHES = "-‐‑–−"
_APOSTROPHES = "'’"


class Mention(NamedTuple):
    """Option ``letter`` is named at ``start`` to ``end`` (exclusive) of the canonical text."""

    start: int
    end: int
    letter: str


def canonical(text: str) -> str:
    """Return ``text`` in Unicode's NFKC form with single spaces, line breaks kept, no blank edges.

    NFKC makes full-width and mathematical letters plain ("Ｂ" and "𝐁" become "B").
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    lines = (" ".join(line.split()) for line in text.splitlines())
    return "\n".join(line for line in lines if line)


def text_mentions(plain: str, options: Mapping[str, str]) -> list[Mention]:
    """Return where the options' texts occur in ``plain`` (a canonical text), in order.

    Whatever the case; only whole words ("man" is not in "woman", "5" not in "1.5", "metal" not in "non-metal"). An
    occurrence inside a longer option's occurrence is not one ("red" in "dark red").
    """
    haystack = _folded(plain)
    found: list[Mention] = []
    for letter, text in options.items():
        needle = _needle(text)
        start = haystack.find(needle) if needle else -1
        while start >= 0:
            end = start + len(needle)
            if _whole(haystack, start, end):
                found.append(Mention(start, end, letter))
            start = haystack.find(needle, start + 1)
    return _longest(found)


def bare(plain: str) -> str:
    """Return a canonical text folded and without punctuation at its edges: for comparing with option texts."""
    return _folded(plain).strip(EDGE_PUNCTUATION)


def _longest(found: list[Mention]) -> list[Mention]:
    kept: list[Mention] = []
    for mention in sorted(found, key=lambda m: (m.start, -m.end)):
        last = kept[-1] if kept else None
        if last is None or mention.end > last.end or mention[:2] == last[:2]:
            kept.append(mention)
    return kept


def _folded(plain: str) -> str:
    """Lower case on one line, every character at the same place as before."""
    folded = plain.lower()
    if len(folded) != len(plain):
        folded = "".join(c.lower() if len(c.lower()) == 1 else c for c in plain)
    return folded.replace("\n", " ")


@lru_cache(maxsize=16384)
def _needle(option: str) -> str:
    return _folded(canonical(option)).strip(" .,;:!?。，；：！？")


def _latin(char: str) -> bool:
    return char.isalnum() and char < "\u0250"


def _whole(text: str, start: int, end: int) -> bool:
    return not (
        _joined(text[start], text[start - 1 : start], text[max(start - 2, 0) : start - 1])
        or _joined(text[end - 1], text[end : end + 1], text[end + 1 : end + 2])
    )


def _joined(edge: str, neighbour: str, beyond: str) -> bool:
    """Say whether an occurrence's edge character grows on into a longer word or number.

    Scripts without spaces between words have no such edges.
    """
    if not neighbour or not _latin(edge):
        return False
    if _latin(neighbour):
        return True
    if neighbour in _DASHES or neighbour in _APOSTROPHES:
        return bool(beyond) and _latin(beyond)
    return edge.isdigit() and neighbour in ".,/:" and beyond.isdigit()
