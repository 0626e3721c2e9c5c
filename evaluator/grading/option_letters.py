"""Read the chosen option out of a free-form answer, by rules alone.

The rules, in order; the first that finds exactly one option decides, and nothing is ever guessed:

1. *letter*: the whole answer is one option letter, in either case, with any punctuation around it.
2. *marked*: the letter or option text inside ``\\boxed{}``, ``<answer></answer>`` or a box token. A marked answer is
   final: when it names no option, or marks disagree, the rest of the text is not searched.
3. *text*: the whole answer is one option's text ("Sample A" is that option even when its letter is B).
4. *stated*: "the answer is B", "I choose (B)", "B is correct", "答案是B", "选B", or a last line that is B alone.
5. *word*: exactly one option letter stands as a word of its own. A letter that the answer turns down ("not A",
   "A is wrong") is not chosen; it leaves the other one standing only in a plain contrast ("B, not A", "not A but B").
   The article "A" and the pronoun "I" are no letters, nor is a letter inside an option's text or a name ("vitamin C").
6. *text*: exactly one option's text occurs in the answer, in the same way.

Letters and the split into words follow VLMEvalKit's ``can_infer_option`` and ``can_infer_text``
(vlmeval/utils/matching_util.py), stricter where those over-read and wider where they miss clear statements.
What stays open is for a judge, or unparsed; an open answer that declines is told apart as *refused*. Options that do not exist must not be passed in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from evaluator.grading.marks import marked_parts
from evaluator.grading.plain_text import EDGE_PUNCTUATION, Mention, canonical, text_mentions
from evaluator.grading.reasoning import REASONING_TAGS, Tags, strip_reasoning
from evaluator.grading.refusal import is_refusal
from evaluator.grading.stance import (
    Stance,
    Stances,
    only_choice,
    stated_choice,
)
from evaluator.records import HowRead


class How(StrEnum):
    """The rule that read the answer, or why none did."""

    LETTER = "letter"
    MARKED = "marked"
    STATED = "stated"
    WORD = "word"
    TEXT = "text"
    EMPTY = "empty"
    OPEN = "open"
    REFUSED = HowRead.REFUSED.value


@dataclass(frozen=True, slots=True)
class Choice:
    """The option that an answer chose: its letter, or None when the rules leave it open."""

    letter: str | None
    how: How


_EMPTY = Choice(None, How.EMPTY)
_OPEN = Choice(None, How.OPEN)
_REFUSED = Choice(None, How.REFUSED)

_USUAL_LETTERS = frozenset("ABCD")
"""A letter of these that is no option of this question still counts as named: "C or D" does not choose C."""

_WORD = "0-9A-Za-z\u00aa-\u024f"
_LONE = (
    rf"(?![{_WORD}])(?![-'’][{_WORD}])(?!\+\+)(?!\.[A-Z](?![a-z]))"
    rf"(?<![{_WORD}°].)(?<![{_WORD}][-'’].)(?<!° .)(?<![A-Z]\..)"
)
"""After a letter that is a word: not in "cat", "A4", "B-tree", "it's", "20 °C", "C++", "U.S.". What stands before is
looked at last, which is faster: most letters have another behind them."""

_WORD_AFTER = re.compile(r" ([A-Za-z][A-Za-z'’-]+)")
_NUMBERED_AFTER = re.compile(r" \d+-?[A-Za-z]")
""""A 3D object", "A 10-story house"."""
_NAME_BEFORE = re.compile(r"\b(?:an?|[Hh]epatitis|[Vv]itamin) $")
""""It got a C", "vitamin C"."""
_NAMED_BEFORE = re.compile(r"(?:\b(?:option|choice|letter)|选项)\s*$", re.IGNORECASE)
_NEVER_AFTER_ARTICLE = frozenset(
    """is are was were be isn't because since as and or nor but not if so then than vs versus through to for from in
    on at of by with due based given which that this these the it its it's they there here he she we you when while
    where would could should cannot has have had does do did seems appears shows depicts represents matches describes
    corresponds looks also too only""".split()  # noqa: SIM905
)
_AFTER_LETTER_I = frozenset(("is", "and", "or", "because", "since"))


def extract_option(text: str, options: Mapping[str, str], *, tags: Tags = REASONING_TAGS) -> Choice:
    """Return the option that ``text`` chooses among ``options`` (text by upper-case letter, existing ones only).

    Pure, deterministic, defined for any text, linear in its length. An answer that is empty, or nothing but
    reasoning, chooses nothing.
    """
    answer = strip_reasoning(text, tags)
    plain = canonical(answer)
    if not plain:
        return _EMPTY
    choice = _choose(plain, options)
    if choice.letter is None and is_refusal(answer, tags=()):
        return _REFUSED
    return choice


def _choose(plain: str, options: Mapping[str, str]) -> Choice:
    """Apply the rules to a canonical text."""
    marked = marked_parts(plain)
    if not marked:
        return _read(plain, options)
    letters = {_read(canonical(content), options).letter for content in marked}
    letter = letters.pop()
    return Choice(letter, How.MARKED) if letter and not letters else _OPEN


def _read(plain: str, options: Mapping[str, str]) -> Choice:
    """Apply every rule but *marked* to a canonical text."""
    core = plain.strip(EDGE_PUNCTUATION)
    if len(core) == 1 and core.upper() in options:
        return Choice(core.upper(), How.LETTER)
    texts = text_mentions(plain, options)
    if len(texts) == 1 and texts[0].end - texts[0].start >= len(core):
        return Choice(texts[0].letter, How.TEXT)
    stances = Stances(plain)
    letters = list(_letter_stances(plain, options, texts, stances))
    if (stated := stated_choice(letters)) in options:
        return Choice(stated, How.STATED)
    if (only := only_choice(letters)) in options:
        return Choice(only, How.WORD)
    by_text = only_choice([stances.of_text(mention) for mention in texts])
    return Choice(by_text, How.TEXT) if by_text else _OPEN


@lru_cache(maxsize=256)
def _lone_letters(letters: str) -> re.Pattern[str]:
    """Return the pattern of ``letters`` (upper-case ones), in either case, as words of their own.

    "a" and "i" are none where another word follows.
    """
    return re.compile(rf"[{letters}{letters.lower()}]{_LONE}(?!(?<=[ai]){_WORD_AFTER.pattern})")


def _letter_stances(
    plain: str, options: Mapping[str, str], texts: list[Mention], stances: Stances
) -> Iterator[Stance]:
    """Yield what is said of each option letter, leaving out articles, pronouns and letters inside option texts."""
    pending = iter(texts)
    text = next(pending, None)
    for match in _lone_letters("".join(sorted(_USUAL_LETTERS.union(options)))).finditer(plain):
        start = match.start()
        while text is not None and text.end <= start:
            text = next(pending, None)
        if text is not None and text.start <= start and text.end - text.start > 1:
            continue
        char = match[0]
        if _is_other_word(plain, start, char):
            continue
        letter = char.upper()
        stance = stances.of_letter(Mention(start, start + 1, letter))
        if char == letter or stance.chosen:
            yield stance


def _is_other_word(plain: str, start: int, char: str) -> bool:
    """Say whether the letter is the article "A", the pronoun "I" or a part of a name."""
    if char not in "AI":
        return _NAME_BEFORE.search(plain[max(start - 12, 0) : start]) is not None
    if char == "A" and _NUMBERED_AFTER.match(plain, start + 1):
        return True
    following = _WORD_AFTER.match(plain, start + 1)
    if following is None:
        return False
    word = following[1].lower()
    if word in (_NEVER_AFTER_ARTICLE if char == "A" else _AFTER_LETTER_I):
        return False
    return not _NAMED_BEFORE.search(plain[max(start - 12, 0) : start])
