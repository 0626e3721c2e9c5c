"""What every kind of results file comes to: answers to items, and one error that says where a file is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from evaluator.benchmarks.base import Benchmark
from evaluator.records import Item, Response, Ruling

FAILED_TEXTS = ("[LMMS_EVAL_REQUEST_FAILED", "Failed to obtain answer")
"""How lmms-eval and VLMEvalKit begin what they write of a failed request where its answer would be."""

SHOWN_LENGTH = 80
MAX_REASON_LENGTH = 400
"""Of what a benchmark says of a row, which quotes it."""


class BadResults(ValueError):
    """A results file that cannot be used. The message says which line or row, and why."""

    def __init__(self, reason: str, number: int | None = None, unit: str = "line") -> None:
        super().__init__(reason if number is None else f"{unit} {number}: {reason}")
        self.number = number


@dataclass(frozen=True, slots=True)
class Answered:
    """One answer of a file, with the item as the file tells it.

    ``number`` is the line or row that it came from. ``ruling`` is what the file says of the answer, where it does.
    """

    number: int
    item: Item
    response: Response
    ruling: Ruling | None = None


def answered(
    benchmark: Benchmark,
    doc: Mapping[str, Any],
    text: str,
    error: str | None,
    *,
    number: int,
    position: int,
    unit: str = "line",
) -> Answered:
    """Return the answer ``text`` (or ``error``) to the item whose columns are in ``doc``.

    Raises BadResults when the benchmark needs a column that is missing or cannot mean what it says.
    """
    try:
        ruling = benchmark.told(doc)
        item = Item(benchmark.row_key(doc, position), position, benchmark.fields(doc))
    except KeyError as missing:
        raise BadResults(f"the field {missing} is missing", number, unit) from missing
    except (TypeError, ValueError, OverflowError, AttributeError) as wrong:
        raise BadResults(shown(wrong, MAX_REASON_LENGTH), number, unit) from wrong
    if error is None:
        text, error = told_failure(text)
    return Answered(number, item, Response(item.key, position, text, error), ruling)


def told_failure(text: str) -> tuple[str, str | None]:
    """Return an answer's text and error: a harness writes of a failed request where its answer would be."""
    return ("", text) if text.startswith(FAILED_TEXTS) else (text, None)


def each_once(answers: Iterable[Answered], unit: str = "line") -> Iterator[Answered]:
    """Yield the answers. Raises BadResults at a second one to the same item, and when there is none at all."""
    first_seen: dict[str, int] = {}
    for answer in answers:
        key = answer.item.key
        if key in first_seen:
            raise BadResults(
                f"key {shown(key)} is already on {unit} {first_seen[key]}", answer.number, unit
            )
        first_seen[key] = answer.number
        yield answer
    if not first_seen:
        raise BadResults("the file is empty")


def shown(text: object, length: int = SHOWN_LENGTH) -> str:
    """Return what a message quotes of a file's text."""
    whole = str(text)
    return whole if len(whole) <= length else f"{whole[:length]}…"
