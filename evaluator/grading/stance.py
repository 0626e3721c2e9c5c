"""What an answer says about an option that it names: chosen in so many words, turned down, or only named.

All patterns look at a few dozen characters on either side of the mention, so reading stays linear in the text.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from evaluator.grading.plain_text import Mention

_BEFORE, _AFTER = 64, 40
"""Characters of context on either side."""

_OPEN_MARKS = r"""[\s(\[{<>"'“”‘’*_`$#]*(?:\\[a-z]+\{)?[\s(*_]*"""
_CLOSE_MARKS = r"""[)\]}"'“”‘’*_`$]*"""
_NAMED = r"(?:option|choice|letter|answer|选项)"
_AND_OR = r"(?:/|&|、|或|和|与|\b(?:or|and|nor)\b)"

_CHOSEN_BEFORE = re.compile(
    r"(?:"
    r"\b(?:answer|option|choice)(?:\s+(?!not\b|never\b)[a-z]+){0,4}?"
    r"(?:\s+(?:is|be)\b|\s*[*_]*[:=])[*_]*\s*(?:(?:most\s+)?(?:likely|probably|clearly|therefore|thus)\s+)?:?"
    r"|\b(?:choose|chose|select|pick|go with)\b"
    r"|(?:答案|选项|正确的)(?:应该|应当|应)?(?:是|为|选|:)"
    r"|(?<![不能])选择?:?"
    rf")\s*(?:the\s+)?(?:{_NAMED}\s*:?)?{_OPEN_MARKS}$"
)
_CHOSEN_AFTER = re.compile(
    rf"^[.:]?{_CLOSE_MARKS}\s*(?:选项)?\s*"
    r"(?:(?:is|would be|must be|should be)\s+(?:clearly\s+|therefore\s+)?"
    r"(?:the\s+)?(?:most\s+likely\s+)?(?:correct|right|best|answer)\b|是?正确|是?对的)",
    re.IGNORECASE,
)
_LISTED_BEFORE = re.compile(
    rf"(?<![A-Za-z])[A-Z]{_CLOSE_MARKS}\s*{_AND_OR}\s*(?:{_NAMED}\s+)?{_OPEN_MARKS}$"
)
_LISTED_AFTER = re.compile(
    rf"^{_CLOSE_MARKS}\s*(?:,\s*)?(?:,|{_AND_OR})\s*(?:{_NAMED}\s+)?{_OPEN_MARKS}[A-Z](?![A-Za-z])"
)
_DOWN_CUES = {
    "no": r"\b(?:can)?not|\bno|\bnor",
    "n't": "n't",
    "n’t": "n’t",
    "neither": r"\bneither",
    "without": r"\bwithout",
    "than": r"\brather than",
    "instead": r"\binstead of",
    "except": r"\bexcept(?:\s+for)?",
    "exclud": r"\bexclud(?:e|es|ed|ing)",
    "eliminat": r"\beliminat(?:e|es|ed|ing)",
    "rul": r"\brul(?:e|es|ed|ing) out",
    "不": "不是|不选|不能选|不会是",
    "没": "没有",
    "非": "并非|而非",
    "排除": "排除",
}
"""What turns an option down, by a part that each has: looking for the parts first is ten times faster."""
_CUE_LEAD = len(" rather ")
"""The longest that stands before such a part."""
_DOWN = rf"(?:{'|'.join(_DOWN_CUES.values())})(?:\s+(?:be|the|an?|in|{_NAMED}))*"
_DOWN_BEFORE = re.compile(rf"{_DOWN}{_OPEN_MARKS}$")
_DOWN_LIST_BEFORE = re.compile(
    rf"{_DOWN}{_OPEN_MARKS}"
    rf"(?:[a-z]{_CLOSE_MARKS}\s*(?:,\s*)?(?:,|{_AND_OR})\s*(?:{_NAMED}\s+)?{_OPEN_MARKS})+$"
)
_DOWN_AFTER = re.compile(
    rf"^{_CLOSE_MARKS}\s*(?:选项)?\s*(?:"
    r"(?:is|are|was|were|would be|seems|looks)\s+(?:also\s+|clearly\s+|obviously\s+|definitely\s+|probably\s+)?"
    r"(?:not|wrong|incorrect|false|unlikely|impossible|eliminated|excluded|ruled out)\b"
    r"|(?:isn|aren|wasn|doesn|can)['’]t\b|(?:cannot|does not|do not|did not)\b|是?错|不|排除)",
    re.IGNORECASE,
)
_BUT_BEFORE = re.compile(
    rf"(?:\bbut(?:\s+(?:rather|is|it|it's|the|an?|{_NAMED}))*|而是){_OPEN_MARKS}$"
)


class Stance(NamedTuple):
    """What is said of ``letter`` at one place.

    ``chosen``: "the answer is X". ``rejected``: "not X", "X is wrong". ``corrected``: "... but X".
    """

    letter: str
    chosen: bool = False
    rejected: bool = False
    corrected: bool = False


def letter_stance(plain: str, mention: Mention) -> Stance:
    """Return what the canonical text says of an option letter."""
    around = _Around.of(plain, mention)
    if around.turned_down():
        return Stance(mention.letter, rejected=True)
    if around.chosen():
        return Stance(mention.letter, chosen=True)
    if around.listed_with_turned_down():
        return Stance(mention.letter, rejected=True)
    return Stance(mention.letter, corrected=around.after_but())


def text_stance(plain: str, mention: Mention) -> Stance:
    """Return what the canonical text says of an option's text; never ``chosen``: naming it is all it can do."""
    around = _Around.of(plain, mention)
    if around.turned_down():
        return Stance(mention.letter, rejected=True)
    return Stance(mention.letter, corrected=around.after_but())


def stated_choice(stances: list[Stance]) -> str | None:
    """Return the one letter chosen in so many words and nowhere turned down, or None."""
    chosen = {s.letter for s in stances if s.chosen} - {s.letter for s in stances if s.rejected}
    return chosen.pop() if len(chosen) == 1 else None


def only_choice(stances: list[Stance]) -> str | None:
    """Return the one letter that is named and not turned down, or None.

    Beside letters that are turned down it must come first or after "but": "B, not A" and "not A but B" choose B,
    "Not A. B would be odd, too." chooses nothing.
    """
    named = [s for s in stances if not s.rejected]
    letters = {s.letter for s in named}
    if len(letters) != 1:
        return None
    letter = letters.pop()
    if len(named) == len(stances):
        return letter
    if any(s.letter == letter for s in stances if s.rejected):
        return None
    contrast = not stances[0].rejected or any(s.corrected for s in named)
    return letter if contrast else None


class _Around(NamedTuple):
    """The text on either side of a mention; ``folded`` is ``before`` in lower case, from the first cue on ``down``."""

    before: str
    folded: str
    down: str
    after: str

    @classmethod
    def of(cls, plain: str, mention: Mention) -> _Around:
        before = plain[max(mention.start - _BEFORE, 0) : mention.start]
        folded = before.lower()
        cues = [at for cue in _DOWN_CUES if (at := folded.find(cue)) >= 0]
        down = folded[max(min(cues) - _CUE_LEAD, 0) :] if cues else ""
        return cls(before, folded, down, plain[mention.end : mention.end + _AFTER])

    def turned_down(self) -> bool:
        return bool(_DOWN_BEFORE.search(self.down) or _DOWN_AFTER.match(self.after))

    def listed_with_turned_down(self) -> bool:
        return bool(_DOWN_LIST_BEFORE.search(self.down))

    def chosen(self) -> bool:
        if _CHOSEN_BEFORE.search(self.folded):
            return not _LISTED_AFTER.match(self.after)
        return bool(_CHOSEN_AFTER.match(self.after)) and not _LISTED_BEFORE.search(self.before)

    def after_but(self) -> bool:
        return bool(_BUT_BEFORE.search(self.folded))
