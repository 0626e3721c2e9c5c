"""The drawn MMBench with its questions and options in Chinese; pictures, keys and rotations are the English set's."""

from __future__ import annotations

import re
from functools import cache

from demo.datasets import mmbench_en_dev
from demo.datasets.files import DemoSet
from demo.datasets.mmbench_cn_dev.questions import QUESTIONS
from demo.datasets.mmbench_cn_dev.words import PLURALS, WORDS
from demo.datasets.mmbench_en_dev import LETTERS, MISSING
from demo.drawing.catalog import WORDS as DRAWN_WORDS

_THE_COLORED = re.compile(r"the (\w+) (circle|line)")


def build(seed: int) -> DemoSet:
    """Return the Chinese set of ``seed``. Raises KeyError for a text that has no Chinese yet."""
    english = mmbench_en_dev.build(seed)
    rows = [
        {
            **row,
            "question": question(row["question"]),
            **{letter: name(row[letter]) for letter in LETTERS},
        }
        for row in english.rows
    ]
    return DemoSet(english.columns, {"dev": rows})


@cache
def question(english: str) -> str:
    """Return a question in Chinese."""
    for pattern, chinese in QUESTIONS.items():
        if found := re.fullmatch(pattern, english):
            return chinese.format(*map(name, found.groups()))
    raise KeyError(english)


def name(english: str) -> str:
    """Return a name or an option in Chinese; numbers, and words that are to be read in the picture, as they are."""
    if english == MISSING or english.isdecimal() or english in DRAWN_WORDS:
        return english
    if found := _THE_COLORED.fullmatch(english):
        return f"{WORDS[found[1]]}的{WORDS[found[2]]}"
    return WORDS[PLURALS.get(english, english)]
