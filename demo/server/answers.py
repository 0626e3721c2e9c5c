"""What the baselines answer. Both read only the text of the question; neither sees a picture."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence

_OPTION = re.compile(r"^\s*\(?([A-Z])[.):]\s+\S", re.MULTILINE)
_WANTS_LETTER = re.compile(r"\boption(?:'s)? letter\b|\bletter of the\b", re.IGNORECASE)
_YES_NO = re.compile(
    r"\s*(?:according to [^,\n]*,\s*)?"
    r"(?:is|are|was|were|do|does|did|can|could|has|have|will|would|should)\b",
    re.IGNORECASE,
)
_OPEN = re.compile(r"\b(?:what|which|who|whom|where|when|why|how)\b", re.IGNORECASE)
_SHORT_ANSWERS: Mapping[re.Pattern[str], Sequence[str]] = {
    re.compile(r"\bhow many\b|\bnumber\b", re.IGNORECASE): ("1", "2", "3", "4", "5"),
    re.compile(r"\bcolou?r\b", re.IGNORECASE): ("red", "blue", "green", "black"),
    _OPEN: ("cat", "car", "circle", "tree"),
}


def option_letters(question: str) -> list[str]:
    """Return the letters of the options listed in ``question``, one a line (``A. red``), in order.

    Fewer than two are no options: a line may begin with a letter and a full stop for other reasons.
    """
    letters = list(dict.fromkeys(_OPTION.findall(question)))
    return letters if len(letters) > 1 else []


def candidates(question: str) -> Sequence[str]:
    """Return what could be an answer, going by the words alone: letters, Yes and No, or a few short answers.

    Where a letter is wanted and no options are listed (they are in the picture), it is one of A to D.
    """
    if letters := option_letters(question):
        return letters
    if _WANTS_LETTER.search(question):
        return "ABCD"
    if not _YES_NO.match(question):
        for pattern, answers in _SHORT_ANSWERS.items():
            if pattern.search(question):
                return answers
    return ("Yes", "No")


def always_a(question: str) -> str:
    """Give the first answer that could be one: A, or Yes."""
    return candidates(question)[0]


def at_random(question: str) -> str:
    """Answer by a lot that hangs on the question's text alone: asked again, the same."""
    choices = candidates(question)
    lot = int.from_bytes(hashlib.sha256(question.encode()).digest()[:8], "big")
    return choices[lot % len(choices)]


BASELINES: Mapping[str, Callable[[str], str]] = {
    "baseline-always-a": always_a,
    "baseline-random": at_random,
}
"""Model name -> how it answers the text of a question."""
