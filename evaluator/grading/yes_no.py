"""Read yes or no out of a free-form answer, by rules alone.

The protocol: exactly one of the words "yes" and "no" occurs in the answer; neither or both leaves it open. It asks
for no sentence and weighs none: "Yes. There is no text." holds both words and stays open, "No. 1 is larger" says no.
In detail, in this order:

1. Reasoning is taken out first. An answer that is then empty says nothing.
2. *marked*: when the parts inside ``\\boxed{}``, ``<answer></answer>`` or box tokens hold such words, only those count.
   A mark without one ("\\boxed{3}") is text like any other.
3. *word*: otherwise all of the answer counts.
4. *refused* or *open*: neither or both, in an answer that declines or in another.

A word is one in any case, with any markup or punctuation around it ("**Yes**", "_no_", "答案是yes"), never a part of
a longer one ("note", "eyes", "não").

Chinese has no such words, and 是 is also the copula of most sentences. So only a clause that is nothing but a verdict
is read: 是, 是的, 对, 正确, 没错, 有, 肯定 as yes; 否, 不, 不是, 不对, 不正确, 错, 没有, 否定 as no; "答案是", "回答：" and
"因此" may lead it. "这是一只狗" and "是否" hold no verdict. English and Chinese count together: "是的 (Yes)" says yes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from evaluator.grading.marks import marked_parts
from evaluator.grading.plain_text import canonical
from evaluator.grading.reasoning import REASONING_TAGS, Tags, strip_reasoning
from evaluator.grading.refusal import is_refusal
from evaluator.records import HowRead


class How(StrEnum):
    """The rule that read the answer, or why none did."""

    MARKED = "marked"
    WORD = "word"
    EMPTY = "empty"
    OPEN = "open"
    REFUSED = HowRead.REFUSED.value


class YesNo(NamedTuple):
    """What an answer says: yes is True, no is False, None when the rules leave it open."""

    said: bool | None
    how: How


_EMPTY = YesNo(None, How.EMPTY)
_OPEN = YesNo(None, How.OPEN)
_REFUSED = YesNo(None, How.REFUSED)

_LATIN = "0-9A-Za-z\u00aa-\u024f"
_WORDS = re.compile(rf"(?:(yes)(?<![{_LATIN}]yes)|no(?<![{_LATIN}]no))(?![{_LATIN}])")
"""In lower case. What stands before a word is looked at last: that is three times faster."""

_CLAUSE_ENDS = re.compile(r"[^\w]+|_+")
_VERDICT = re.compile(
    r"(?:所以|因此|故|综上|綜上|综上所述|綜上所述|也)?"
    r"(?:(?:最终|最終|最后|最後|正确|正確)?的?(?:答案|回答|结论|結論)(?:应该|应当|应|應該|應當|應)?(?:是|为|為)?+)?"
    r"(?:"
    r"(是的?|[对對]的?|正[确確]的?|[没沒][错錯]|有的?|肯定的?)"
    r"|否|不|不是的?|并不是|並不是|不[对對]的?|不正[确確]的?|[错錯][误誤]?的?|[没沒]有|否定的?"
    r")[啊呀呢哦]?"
)


def extract_yes_no(text: str, *, tags: Tags = REASONING_TAGS) -> YesNo:
    """Return what ``text`` says. Pure, deterministic, defined for any text, linear in its length."""
    plain = canonical(strip_reasoning(text, tags))
    if not plain:
        return _EMPTY
    if verdicts := _verdicts(marked_parts(plain)):
        how = How.MARKED
    else:
        verdicts, how = _verdicts((plain,)), How.WORD
    if len(verdicts) == 1:
        return YesNo(verdicts.pop(), how)
    return _REFUSED if is_refusal(plain, tags=()) else _OPEN


def _verdicts(parts: Iterable[str]) -> set[bool]:
    """Return the different verdicts that occur in canonical texts."""
    found: set[bool] = set()
    for part in parts:
        found.update(bool(yes) for yes in _WORDS.findall(part.lower()))
        if not part.isascii():
            clauses = map(_VERDICT.fullmatch, _CLAUSE_ENDS.split(part))
            found.update(bool(clause[1]) for clause in clauses if clause)
    return found
