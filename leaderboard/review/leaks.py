"""Answers that know what the model was not shown: the key, the row's name, the reference's own words. Pure.

Written to be right when it says so, and to miss much: a copied letter looks like an answer, and always will.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any

from evaluator.benchmarks import Benchmark
from evaluator.grading.plain_text import canonical
from evaluator.grading.reasoning import strip_reasoning
from evaluator.records import Item


class Leak(StrEnum):
    """How an answer shows it: it speaks of the key, quotes the reference, or names the row."""

    CLAIM = "claim"
    QUOTE = "quote"
    NAME = "name"


MIN_QUOTE = 60
"""Characters of a reference that is quoted in full: shorter ones are what anybody would say."""
MIN_UNSEEN_WORDS = 4
"""Words of it that the question and its options do not have: a reference that turns the question into a statement is
what a right answer says."""
MIN_NAME = 7
"""Characters of a row's name. Shorter ones, such as a number, stand in answers by chance."""

_CLAIM = re.compile(
    r"\bground[ -]truth (?:answer|label)s?\b"
    r"|\bground[ -]truth\s*(?:is|was|says|states|=|:)"
    r"|\b(?:gold|golden|gold[ -]standard|reference) answers?\b"
    r"|\banswer[ -]key\b"
    r"|\b(?:according to|from|in|per) the (?:benchmark|evaluation set|labels? file)\b"
    r"|\b(?:mmbench|hallusion[ -]?bench|mmmu|realworldqa|vqa[ -]?v2)\b"
    r"|(?-i:\bGT)\s*[:=]\s*\W?(?:[a-z]\b|yes\b|no\b|\d)"
    r"|标准答案|参考答案|真实标签|真值标签|标注答案|答案标注",
    re.IGNORECASE,
)
_SUBJECT = re.compile(
    r"\bground[ -]truth\b|\bgt\b|\bgold|\breference|\banswer[ -]key|\bbenchmark|\bevaluation set|\blabels? file"
    r"|标准|参考|标签|标注"
)
"""What questions are about at times: an answer to one of these speaks of nothing else. For folded text."""
_FILE = re.compile(r"[\w./-]+\.(?:png|jpe?g|webp|gif|bmp)", re.IGNORECASE)
_WORD = re.compile(r"\w+")


def leak_in(benchmark: Benchmark, item: Item, text: str) -> Leak | None:
    """Return how an answer knows what was not shown with its question, or None.

    NAME: the item's key, or the file name of its picture, where that is no everyday word or number. QUOTE: another
    text of its row, long and word for word. CLAIM: it says what "the ground truth" or "the answer key" is, or names the
    benchmark; reasoning does not count, since a model may wonder aloud what is expected. What the question or its
    options say is no leak, and nothing is a CLAIM where they are about such things themselves.
    """
    shown = _folded(
        " ".join((benchmark.question(item.fields), *benchmark.options(item.fields).values()))
    )
    said = _folded(text)
    if any(_named(name, said) and name not in shown for name in _names(item)):
        return Leak.NAME
    if any(quote in said and _unseen(quote, shown) for quote in _references(item.fields)):
        return Leak.QUOTE
    claims = _CLAIM.search(canonical(strip_reasoning(text))) and not _SUBJECT.search(shown)
    return Leak.CLAIM if claims else None


def _names(item: Item) -> Iterator[str]:
    """Yield what the row and its pictures are called, folded: only what nobody writes by chance."""
    key = item.key.casefold()
    digits = sum(char.isdigit() for char in key)
    if len(key) >= MIN_NAME and digits and ("_" in key or digits >= MIN_NAME):
        yield key
    for value in item.fields.values():
        if isinstance(value, str) and len(value) >= MIN_NAME and _FILE.fullmatch(value):
            yield value.casefold()


def _named(name: str, said: str) -> bool:
    """Whether ``said`` holds the name as a whole word."""
    start = said.find(name)
    while start >= 0:
        around = said[start - 1 : start] if start else "", said[start + len(name) :][:1]
        if not any(char.isalnum() or char == "_" for char in around):
            return True
        start = said.find(name, start + 1)
    return False


def _references(fields: Mapping[str, Any]) -> Iterator[str]:
    for value in fields.values():
        if isinstance(value, str) and len(value) >= MIN_QUOTE:
            yield _folded(value)


def _unseen(quote: str, shown: str) -> bool:
    """Whether a text of the row is not one that was shown, and says something that the question does not."""
    if quote in shown:
        return False
    return len(set(_WORD.findall(quote)) - set(_WORD.findall(shown))) >= MIN_UNSEEN_WORDS


def _folded(text: str) -> str:
    return canonical(text).replace("\n", " ").casefold()
