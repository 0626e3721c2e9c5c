"""A site with a judge: the settings, a stand-in for the judge, and models whose answers rules leave open.

The stand-in is ``tests.support.openai_server``: a real HTTP server that speaks the OpenAI protocol, since no judge
can run here. What it rules is a function of the prompt.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pytest_django import Settings

from evaluator.records import Item
from leaderboard.results import judge_client
from tests.small_set import PASS, right
from tests.support.openai_server import OpenAIServer, openai_server

MODEL = "umpire-7b"
KEY = "sk-judge-0123456789abcdef"

_ANSWER = re.compile(r"<answer>\n(.*)\n</answer>", re.DOTALL)


def reads_the_secret_word(prompt: str) -> str:
    """Rule as a judge that understands ``cryptic`` answers: the letter after "letter number"."""
    found = _ANSWER.search(prompt)
    number = re.search(r"letter number (\d)", found[1]) if found else None
    return "ABCD"[int(number[1]) - 1] if number else "NONE"


def cryptic(item: Item) -> str:
    """Answer rightly, in words that no rule reads: "letter number 2"."""
    return f"I would go for letter number {'ABCD'.index(right(item)) + 1} of them."


def cryptic_on_first(item: Item) -> str:
    """Answer rightly, and the four rotations of question 0 in words that no rule reads."""
    return cryptic(item) if item.fields["index"] % PASS == 0 else right(item)


def use_judge(settings: Settings, base_url: str, **changed: Any) -> None:
    """Let the site have a judge at this address."""
    chosen = {
        "JUDGE_BASE_URL": base_url,
        "JUDGE_MODEL": MODEL,
        "JUDGE_API_KEY": KEY,
        "JUDGE_TIMEOUT": 5.0,
        **changed,
    }
    for name, value in chosen.items():
        setattr(settings, name, value)


@contextmanager
def judge(settings: Settings, **state: Any) -> Iterator[OpenAIServer]:
    """Run a judge for the block, and let the site use it."""
    said = {"model": MODEL, "api_key": KEY, "answer": reads_the_secret_word} | state
    with openai_server(**said) as server:
        use_judge(settings, server.base_url)
        yield server


def without_waiting(monkeypatch: Any) -> None:
    """Let tries that are repeated follow one another at once."""
    monkeypatch.setattr(judge_client, "WAITS_S", (0.0, 0.0, 0.0))
