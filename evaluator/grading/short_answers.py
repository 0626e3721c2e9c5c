"""Read a short answer (yes or no, a number, a few words) for comparison with the right one.

Both are normalised as VQA does (``vqa.normalised``): case, punctuation, articles and small number words do not matter.
What is looked for depends on the right answer's form, never on the right answer itself.
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from evaluator.grading.markup import without_markup
from evaluator.grading.plain_text import canonical
from evaluator.grading.reasoning import strip_reasoning
from evaluator.grading.refusal import is_refusal
from evaluator.grading.vqa import normalised
from evaluator.grading.yes_no import extract_yes_no
from evaluator.records import HowRead


class Form(StrEnum):
    """What kind of answer a question asks for."""

    LETTER = "letter"
    YES_NO = "yes_no"
    NUMBER = "number"
    TEXT = "text"


class How(StrEnum):
    """The rule that read the answer, or why none did."""

    WHOLE = "whole"
    NUMBER = "number"
    EMPTY = "empty"
    OPEN = "open"
    REFUSED = HowRead.REFUSED.value


class Short(NamedTuple):
    """What an answer says, normalised; None when the rules leave it open. ``how`` is a How or ``yes_no``'s."""

    said: str | None
    how: str


_LETTER = re.compile(r"[A-Da-d]")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_A_FEW_WORDS = 4
_LEAD = re.compile(
    r"(?:(?:so|thus|therefore|hence)\b[, ]*)?(?:(?:the|my|final|correct|short)\s+)*answer\s*(?:\bis\b|[:：])\s*:?\s*",
    re.IGNORECASE,
)
_MAYBE_NO_COUNT = re.compile(r"\b(?:no|none|ones?)\b", re.IGNORECASE)
"""In a sentence these may count or not: "the left one"."""


@lru_cache(maxsize=4096)
def form_of(gold: str) -> Form:
    """Return the form of a right answer."""
    if _LETTER.fullmatch(gold.strip()):
        return Form.LETTER
    plain = normalised(gold)
    if plain in ("yes", "no"):
        return Form.YES_NO
    return Form.NUMBER if _NUMBER.fullmatch(plain) else Form.TEXT


def read_short(text: str, form: Form) -> Short:
    """Return what an answer of ``form`` (any but LETTER) says. Pure, defined for any text, linear in its length.

    - *whole*: the whole answer, without a lead such as "The answer is", when it has a few words and is of the form.
    - a yes or no: as ``extract_yes_no`` reads it.
    - *number*: the one number in a longer answer, as digits or as a word from two to ten.
    """
    answer = strip_reasoning(text)
    plain = canonical(answer)
    if not plain:
        return Short(None, How.EMPTY)
    if form is Form.YES_NO:
        yes_no = extract_yes_no(answer, tags=())
        return Short(None if yes_no.said is None else "yes" if yes_no.said else "no", yes_no.how)
    short = _compared(without_markup(plain), form)
    return short or Short(None, How.REFUSED if is_refusal(answer, tags=()) else How.OPEN)


def _compared(words: str, form: Form) -> Short | None:
    """Read a number or a few words out of an answer without markup."""
    lead = _LEAD.match(words)
    said = normalised(words[lead.end() :] if lead else words)
    if form is Form.TEXT:
        return Short(said, How.WHOLE) if 0 < len(said.split()) <= _A_FEW_WORDS else None
    if _NUMBER.fullmatch(said):
        return Short(said, How.WHOLE)
    numbers = set(_NUMBER.findall(said))
    if len(numbers) != 1 or _MAYBE_NO_COUNT.search(words):
        return None
    return Short(numbers.pop(), How.NUMBER)
