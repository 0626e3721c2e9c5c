"""Read answers to MMMU's questions as its authors do, but without guessing.

Yue et al., "MMMU: A Massive Multi-discipline Multimodal Understanding and Reasoning Benchmark", arXiv 2311.16502; the
rules are those of ``eval/eval_utils.py`` in the authors' repository (MMMU-Benchmark/MMMU). They differ from lmms-eval's
copy, which reads "DNA " as an A and "USB." as a B.

The authors pick at random where they find no option. Here ("strict") it is looked for once more: by the same rules in
the answer without its markup ("**B**", ``\\boxed{B}``), as a letter that is all of the first or last line ("b)"), and as
a choice in so many words ("答案是B", "The answer is B: $7"). What is then not found stays open, also "A) Paris". So a
reading differs from the authors' only where theirs is a guess. Reasoning must have been taken out before
(``strip_reasoning``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from evaluator.grading.markup import without_markup
from evaluator.grading.option_letters import How as HowChosen
from evaluator.grading.option_letters import extract_option
from evaluator.grading.plain_text import EDGE_PUNCTUATION, canonical
from evaluator.grading.refusal import is_refusal
from evaluator.records import HowRead


class How(StrEnum):
    """The rule that read the answer, or why none did."""

    LETTER = "letter"
    BRACKETED = "bracketed"
    LAST_LETTER = "last_letter"
    LAST_TEXT = "last_text"
    STATED = "stated"
    PHRASES = "phrases"
    EMPTY = "empty"
    OPEN = "open"
    REFUSED = HowRead.REFUSED.value


class Choice(NamedTuple):
    """The option that an answer chose: its letter, or None when the rules leave it open."""

    letter: str | None
    how: How


_EDGES = ",.!?;:'"
_MORE_THAN_A_PHRASE = 5
"""Only in answers of more words than this are the options' texts looked for."""


def read_choice(text: str, options: Mapping[str, str]) -> Choice:
    """Return the option that an answer to a multiple-choice question chooses among ``options`` (text by letter).

    The first of these that finds any decides, and of several found the one that stands last: letters in brackets,
    "(B)"; letters between spaces, " B "; options' texts, whatever the case. Then what the module says of markup.
    """
    if not text.strip():
        return Choice(None, How.EMPTY)
    if found := _official_choice(text, options):
        return found
    words = without_markup(text)
    if letter := _lone_letter(words, options):
        return Choice(letter, How.LETTER)
    return _official_choice(words, options) or _stated_choice(text, options)


def _lone_letter(words: str, options: Mapping[str, str]) -> str | None:
    """Return the letter that is all of the first or of the last line, if these are no two."""
    lines = canonical(words).split("\n")
    letters = {line.strip(EDGE_PUNCTUATION).upper() for line in (lines[0], lines[-1])} & set(
        options
    )
    return letters.pop() if len(letters) == 1 else None


def _stated_choice(text: str, options: Mapping[str, str]) -> Choice:
    """Return the option that is chosen in so many words, as ``extract_option`` reads them, or why there is none."""
    chosen = extract_option(text, options, tags=())
    if chosen.how is HowChosen.STATED:
        return Choice(chosen.letter, How.STATED)
    return Choice(None, How.REFUSED if is_refusal(text, tags=()) else How.OPEN)


def _official_choice(text: str, options: Mapping[str, str]) -> Choice | None:
    """Apply ``parse_multi_choice_response`` up to where it guesses."""
    for (
        char
    ) in _EDGES:  # one after the other, as the authors do: "B'." keeps its quote, "B.'" its point
        text = text.strip(char)
    padded = f" {text} "
    bracketed = {letter: padded.rfind(f"({letter})") for letter in options}
    if letter := _last(bracketed):
        return Choice(letter, How.BRACKETED)
    spaced = {letter: padded.rfind(f" {letter} ") for letter in options}
    if letter := _last(spaced):
        return Choice(letter, How.LAST_LETTER)
    if len(padded.split(maxsplit=_MORE_THAN_A_PHRASE)) > _MORE_THAN_A_PHRASE:
        folded = padded.lower()
        texts = {letter: folded.rfind(t.lower()) for letter, t in options.items() if t}
        if letter := _last(texts):
            return Choice(letter, How.LAST_TEXT)
    return None


def _last(places: Mapping[str, int]) -> str | None:
    """Return the letter at the greatest place, the first of several there; None when all are -1."""
    letter = max(places, key=places.__getitem__, default=None)
    return None if letter is None or places[letter] < 0 else letter


# --- open questions ---------------------------------------------------------------------------------------------

_INDICATORS = (
    "could be ",
    "so ",
    "is ",
    "thus ",
    "therefore ",
    "final ",
    "answer ",
    "result ",
)
_TRIVIAL = frozenset(":,.!?;'")

_WITH_COMMAS = re.compile(r"-?\b\d{1,3}(?:,\d{3})+\b")
_SCIENTIFIC = re.compile(r"-?\d+(?:\.\d+)?[eE][+-]?\d+")
_SIMPLE = re.compile(r"-?(?:\d+\.\d+|\.\d+|\d+\b)(?![eE][+-]?\d+)(?![,\d])")
_ENDLESS = re.compile(r"(?<!\d)\d{41,}")
"""No number, but a model that does not stop; reading it with the patterns above would take quadratic time."""

Candidate = str | float


def stated_parts(text: str) -> list[str]:
    """Return the parts of an answer to an open question that state a result, in lower case: the authors' key responses.

    Of every line: what follows the last "is ", "so ", "answer " and so on, the shortest of these; on the last line "="
    is one of them, too. Without any, the whole answer.
    """
    text = text.strip().strip(".").lower()
    # The authors also mean to split sentences, at a point before a capital: there is none in lower case.
    *lines, last = text.split("\n")
    parts = [_shortest_tail(line, _INDICATORS) for line in lines]
    parts.append(_shortest_tail(last, (*_INDICATORS, "=")))
    return [part for part in parts if part and part not in _TRIVIAL] or [text]


def open_candidates(parts: Iterable[str]) -> set[Candidate]:
    """Return what an answer's parts can be taken for: each part itself, and every number in it."""
    candidates: set[Candidate] = set()
    for part in parts:
        candidates.update(normalised(part))
        for number in _numbers(part):
            candidates.update(normalised(number))
    return candidates


def is_match(golds: Sequence[str], candidates: Iterable[Candidate]) -> bool:
    """Say whether a normalised gold answer, any of ``golds``, is a part of a text among the candidates or their number."""
    wanted = [norm for gold in golds for norm in normalised(gold)]
    texts = [norm for norm in wanted if isinstance(norm, str)]
    return any(
        any(text in candidate for text in texts)
        if isinstance(candidate, str)
        else candidate in wanted
        for candidate in candidates
    )


def normalised(text: str) -> list[Candidate]:
    """Return a number to two decimals, or a text in lower case.

    A single character comes with a space on either side, so that it is not found inside words.
    """
    text = text.strip()
    try:
        return [round(float(text.replace(",", "")), 2)]
    except ValueError:
        text = text.lower()
        return [f" {text}", f"{text} "] if len(text) == 1 else [text]


def _shortest_tail(line: str, indicators: Iterable[str]) -> str:
    """Return the shortest text after any indicator's last occurrence; an empty one gives way to the next."""
    shortest = ""
    for indicator in indicators:
        if indicator in line:
            tail = line.rpartition(indicator)[2].strip()
            if not shortest or len(tail) < len(shortest):
                shortest = tail
    return shortest


def _numbers(text: str) -> list[str]:
    text = _ENDLESS.sub(" ", text)
    return [n for pattern in (_WITH_COMMAS, _SCIENTIFIC, _SIMPLE) for n in pattern.findall(text)]
