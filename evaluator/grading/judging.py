"""Which answers a judge is asked about, what its reply decides, and what the protocol is called then.

Pure: who asks the judge, and keeps what it said, is the caller's business (the site: ``leaderboard.results.judging``).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from evaluator.records import Item, Marked, Response, Ruling

if TYPE_CHECKING:
    from evaluator.benchmarks.base import Benchmark

MAX_PROTOCOL_LENGTH = 80
"""What the site's columns hold."""

PROMPT_VERSION = "prompt_version"
"""The note of a ruling that names the prompt by which it was asked for. A ruling that came with the response, from
people for example, has none."""

_DIGITS = 8


@dataclass(frozen=True, slots=True)
class Question:
    """A response that the judge is to rule on, and what it is asked."""

    item: Item
    response: Response
    prompt: str


def judgeable(benchmark: Benchmark) -> bool:
    """Say whether a judge may be asked about the benchmark's answers at all."""
    return benchmark.judge_prompt_version is not None


def protocol_of(benchmark: Benchmark, judge: str | None, *, everything: bool = False) -> str:
    """Return the name of the grading by ``benchmark``'s rules together with ``judge``; None: by the rules alone.

    ``everything``: the judge rules on every answer, not only on those that the rules leave open. A benchmark without
    a judge's prompt keeps its own protocol, whatever judge there is. A judge's name that does not fit into
    MAX_PROTOCOL_LENGTH is cut, with the first digits of its SHA-256 in place of the rest.
    """
    if judge is None or not judgeable(benchmark):
        return benchmark.protocol
    head = f"{benchmark.protocol}+{'judge-all' if everything else 'judge'}:"
    tail = f"@{benchmark.judge_prompt_version}"
    return head + _fitted(judge, MAX_PROTOCOL_LENGTH - len(head) - len(tail)) + tail


def _fitted(name: str, room: int) -> str:
    if len(name) <= room:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:_DIGITS]
    return f"{name[: max(0, room - _DIGITS - 1)]}~{digest}"


def response_sha256(text: str) -> str:
    """Return the name under which rulings on this answer are kept.

    The text must be one that UTF-8 can write: ValueError for lone surrogates.
    """
    return hashlib.sha256(text.encode()).hexdigest()


def questions(
    benchmark: Benchmark, marked: Iterable[Marked], *, everything: bool = False
) -> Iterator[Question]:
    """Yield what to ask the judge about responses that were marked by the rules, in their order.

    That is the ones that the rules could not read, or every answer with ``everything``; never a request that failed
    or was not made, nor an answer that no judge could make anything of, such as an empty one.
    """
    for entry in marked:
        graded = entry.graded
        if benchmark.left_open(graded) or (everything and graded.verdict.scored):
            prompt = benchmark.judge_prompt(entry.item, entry.response)
            if prompt is not None:
                yield Question(entry.item, entry.response, prompt)


def read_reply(benchmark: Benchmark, item: Item, judge: str, reply: str) -> Ruling:
    """Return the ruling that the judge's reply states; one without an outcome when it states none."""
    outcome = benchmark.read_ruling(item, reply)
    error = "The judge's reply states no ruling." if outcome is None else None
    return Ruling(outcome, judge, error, {PROMPT_VERSION: benchmark.judge_prompt_version})
