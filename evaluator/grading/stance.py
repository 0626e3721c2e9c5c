"""What an answer says about an option that it names: chosen in so many words, turned down, or only named.

All patterns look at a few dozen characters on either side of the mention, so reading stays linear in the text.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from evaluator.grading.plain_text import EDGE_PUNCTUATION, Mention

_BEFORE, _AFTER = 64, 40
"""Characters of context on either side."""
_SENTENCE_ENDS = ".;!?"
"""No pattern for what stands before a mention reaches across these."""

_OPEN_MARKS = r"""[\s(\[{<>"'“”‘’*_`$#]*(?:\\[a-z]+\{|\\[(\[])?[\s(*_]*"""
_CLOSE_MARKS = r"""[)\]}"'“”‘’*_`$]*"""
_NAMED = r"(?:option|choice|letter|answer|选项)"
_AND_OR = r"(?:/|&|、|或|和|与|\b(?:or|and|nor)\b)"

_CHOSEN_BEFORE = re.compile(
    r"(?:"
    r"\b(?:answer|option|choice)(?:\s+(?!not\b|never\b)[a-z]+){0,4}?"
    r"(?:\s+(?:is|be)\b|\s*[*_\"']*[:=])[*_]*\s*(?:(?:most\s+)?(?:likely|probably|clearly|therefore|thus)\s+)?:?"
    r"|\b(?:choose|chose|select|pick|go with)\b"
    r"|(?:答案|选项|正确的)(?:应该|应当|应)?(?:[是为选]:?|:)"
    r"|(?<![不能])选择?:?"
    rf")\s*(?:the\s+)?(?:{_NAMED}\s*:?)?{_OPEN_MARKS}$"
)
_CHOSEN_CUES = (
    *("answer", "option", "choice", "choose", "chose", "select", "pick", "go with"),
    *("答案", "正确的", "选"),
)
"""What each way of choosing begins with."""
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
_BUT_CUES = ("but", "而是")
_BUT_BEFORE = re.compile(
    rf"(?:\bbut(?:\s+(?:rather|is|it|it's|the|an?|{_NAMED}))*|而是){_OPEN_MARKS}$"
)

_LIST_ITEM = re.compile(r"[^A-Za-z]*([A-Z])[*_]*[.):、]")
_OPEN_END = re.compile(rf"(?:,|{_AND_OR}|\bnot)\s*$", re.IGNORECASE)


class Stance(NamedTuple):
    """What is said of ``letter`` at one place.

    ``chosen``: "the answer is X". ``rejected``: "not X", "X is wrong". ``corrected``: "... but X".
    """

    letter: str
    chosen: bool = False
    rejected: bool = False
    corrected: bool = False


class Stances:
    """Tells what one canonical text says of the options that it names.

    Most patterns can only begin at a cue, few texts hold many cues, and looking for one is many times faster than
    searching for a pattern. So cues that the whole text lacks are looked for once.
    """

    def __init__(self, plain: str) -> None:
        self._plain = plain
        self._conclusion = _conclusion(plain)
        folded = plain.lower()
        self._chosen_cues = [cue for cue in _CHOSEN_CUES if cue in folded]
        self._down_cues = [cue for cue in _DOWN_CUES if cue in folded]
        self._but_cues = [cue for cue in _BUT_CUES if cue in folded]

    def of_letter(self, mention: Mention) -> Stance:
        """Return what the text says of an option's letter."""
        around = self._around(mention)
        if around.turned_down():
            return Stance(mention.letter, rejected=True)
        if around.chosen() or mention.start >= self._conclusion:
            return Stance(mention.letter, chosen=True)
        if around.listed_with_turned_down():
            return Stance(mention.letter, rejected=True)
        return Stance(mention.letter, corrected=around.after_but())

    def of_text(self, mention: Mention) -> Stance:
        """Return what the text says of an option's text; never ``chosen``: naming it is all it can do."""
        around = self._around(mention)
        if around.turned_down():
            return Stance(mention.letter, rejected=True)
        return Stance(mention.letter, corrected=around.after_but())

    def _around(self, mention: Mention) -> _Around:
        before = self._plain[max(mention.start - _BEFORE, 0) : mention.start]
        if (end := max(map(before.rfind, _SENTENCE_ENDS))) > 0:
            before = before[end:]
        folded = before.lower()
        return _Around(
            before=before,
            after=self._plain[mention.end : mention.end + _AFTER],
            choosing=_from_first(self._chosen_cues, folded),
            down=_from_first(self._down_cues, folded, _CUE_LEAD),
            but=_from_first(self._but_cues, folded),
        )


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
    """The text on either side of a mention, ``before`` from the last end of a sentence on.

    The last three are the end of ``before`` in lower case, from the first cue of their kind on, "" without one.
    """

    before: str
    after: str
    choosing: str
    down: str
    but: str

    def turned_down(self) -> bool:
        return bool(self.down and _DOWN_BEFORE.search(self.down)) or bool(
            _DOWN_AFTER.match(self.after)
        )

    def listed_with_turned_down(self) -> bool:
        return bool(self.down and _DOWN_LIST_BEFORE.search(self.down))

    def chosen(self) -> bool:
        if self.choosing and _CHOSEN_BEFORE.search(self.choosing):
            return not _LISTED_AFTER.match(self.after)
        return bool(_CHOSEN_AFTER.match(self.after)) and not _LISTED_BEFORE.search(self.before)

    def after_but(self) -> bool:
        return bool(self.but and _BUT_BEFORE.search(self.but))


def _conclusion(plain: str) -> int:
    """Return where a last line begins that is one letter and nothing else, or else the text's length.

    It concludes what was said before: not where another line is a lone letter, too, nor where it goes on with a list
    (perhaps one that was cut off: "B. a bus", "C").
    """
    *said, last = plain.split("\n")
    letter = last.strip(EDGE_PUNCTUATION)
    if not said or len(letter) != 1 or _OPEN_END.search(said[-1]):
        return len(plain)
    item = _LIST_ITEM.match(said[-1])
    follows = item is not None and ord(item[1]) + 1 == ord(letter)
    if follows or any(len(line.strip(EDGE_PUNCTUATION)) == 1 for line in said):
        return len(plain)
    return len(plain) - len(last)


def _from_first(cues: list[str], folded: str, lead: int = 1) -> str:
    """Return ``folded`` from the first of ``cues`` on, with ``lead`` characters before it, or "" without any."""
    if not cues:
        return ""
    places = [at for cue in cues if (at := folded.find(cue)) >= 0]
    return folded[max(min(places) - lead, 0) :] if places else ""
