"""VQA accuracy: how many of ten people gave the same answer, after the official normalisation of both.

Antol et al., "VQA: Visual Question Answering", arXiv 1505.00468, and Goyal et al., arXiv 1612.00837; normalised as in
``PythonEvaluationTools/vqaEvaluation/vqaEval.py`` of the authors' repository (GT-Vision-Lab/VQA). Two things are as in
lmms-eval instead: people's answers are normalised in full, and also where all ten agree.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

_PUNCTUATION = re.compile(r"[;/\[\]\"{}()=+\\_\-><@`,?!]")
_COMMA_IN_NUMBER = re.compile(r"\d,\d")
_POINT = re.compile(r"\.(?!\d)")
_POINTS_REMOVED = 32
"""The official code passes re.UNICODE where a count is expected, and so removes no more points than this."""

_NUMBERS = {
    "none": "0",
    "zero": "0",
    "one": "1",
    "two": "2",
    "three": "3",
    "four": "4",
    "five": "5",
    "six": "6",
    "seven": "7",
    "eight": "8",
    "nine": "9",
    "ten": "10",
}
_ARTICLES = dict.fromkeys(("a", "an", "the"), "")
_CONTRACTIONS = """
    ain't aren't can't could've couldn't couldn't've didn't doesn't don't hadn't hadn't've hasn't haven't he'd he'd've
    he's how'd how'll how's isn't it'd it'd've it'll ma'am mightn't mightn't've might've mustn't must've needn't not've
    o'clock oughtn't 'ow's'at shan't she'd've should've shouldn't shouldn't've somebody'd've somebody'll somebody's
    someone'd someone'd've someone'll someone's something'd something'd've something'll that's there'd there'd've
    there're there's they'd they'd've they'll they're they've 'twas wasn't we'd've we've weren't what'll what're what's
    what've when's where'd where's where've who'd who'd've who'll who's who've why'll why're why's won't would've
    wouldn't wouldn't've y'all y'all'll y'all'd've you'd you'd've you'll you're you've
"""


def _without_one_apostrophe(word: str) -> list[str]:
    return [word[:i] + word[i + 1 :] for i, char in enumerate(word) if char == "'"]


_WORDS = (
    _NUMBERS
    | _ARTICLES
    | {short: word for word in _CONTRACTIONS.split() for short in _without_one_apostrophe(word)}
    | {"somebody'd": "somebodyd"}
)
"""What words become: numbers digits, articles nothing, and contractions that lack one apostrophe get it back.

The official table's capitalised ones ("Im") are left out: they are looked up among words in lower case.
"""


def normalised(text: str) -> str:
    """Return an answer as VQA compares it: lower case, without punctuation and articles, small numbers as digits.

    A sign of punctuation becomes a space, or nothing where the answer has it beside a space or has a comma inside a
    number. A point goes unless a digit follows. Defined for any text, linear in its length.
    """
    text = text.replace("\n", " ").replace("\t", " ").strip()
    words = _without_punctuation(text).lower().split()
    return " ".join(filter(None, map(_WORDS.get, words, words)))


def vqa_accuracy(answer: str, people: Sequence[str]) -> float:
    """Return the mean, over leaving out each one of ``people``'s answers, of min(1, same among the others / 3).

    ``answer`` must be normalised, ``people`` must not be. With ten of them it is 0, 0.3, 0.6, 0.9 or, from four that
    are the same, 1.
    """
    same, total = sum(_normalised_once(other) == answer for other in people), len(people)
    thirds = same * min(3, same - 1) + (total - same) * min(3, same)
    return thirds / (3 * total)


_normalised_once = lru_cache(maxsize=65536)(normalised)
"""For people's answers: short, and few different ones are most of them."""


def _without_punctuation(text: str) -> str:
    found = set(_PUNCTUATION.findall(text))
    if found:
        number = _COMMA_IN_NUMBER.search(text) is not None
        cleaned = text
        for sign in found:
            beside_space = f"{sign} " in text or f" {sign}" in text
            cleaned = cleaned.replace(sign, "" if number or beside_space else " ")
        text = cleaned
    return _POINT.sub("", text, count=_POINTS_REMOVED) if "." in text else text
