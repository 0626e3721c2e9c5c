"""What the baselines answer. Both read only the text of the question; neither sees a picture."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping

_OPTION = re.compile(r"^\s*\(?([A-Z])[.):]\s+\S", re.MULTILINE)


def option_letters(question: str) -> list[str]:
    """Return the letters of the options listed in ``question``, one a line (``A. red``), in order.

    Fewer than two are no options: a line may begin with a letter and a full stop for other reasons.
    """
    letters = list(dict.fromkeys(_OPTION.findall(question)))
    return letters if len(letters) > 1 else []


def always_a(question: str) -> str:
    """Answer A; or Yes, where there are no options."""
    return "A" if option_letters(question) else "Yes"


def at_random(question: str) -> str:
    """Answer an option's letter, or Yes or No, by a lot that hangs on the question's text alone: asked again, the same."""
    choices = option_letters(question) or ["Yes", "No"]
    lot = int.from_bytes(hashlib.sha256(question.encode()).digest()[:8], "big")
    return choices[lot % len(choices)]


BASELINES: Mapping[str, Callable[[str], str]] = {
    "baseline-always-a": always_a,
    "baseline-random": at_random,
}
"""Model name -> how it answers the text of a question."""
