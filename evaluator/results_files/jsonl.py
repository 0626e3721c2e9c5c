"""JSON lines: an item's own fields as its data set has them, and beside them what became of it.

That is ``response`` (text), ``error`` (why the request failed) or ``skipped`` (true: it was not asked).
``finish_reason``, ``completion_tokens`` and ``metrics`` may follow a response, as in ``evaluator.records``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from evaluator.benchmarks.base import Benchmark
from evaluator.records import MAX_COUNT, Response
from evaluator.results_files.answers import Answered, BadResults, answered, each_once, shown

_FURTHER: dict[str, type] = {"finish_reason": str, "completion_tokens": int, "metrics": dict}
"""What may stand beside a response, and its type."""


def read_jsonl(benchmark: Benchmark, lines: Iterable[bytes]) -> Iterator[Answered]:
    """Yield the answer of each line, in order; each item once. Raises BadResults."""
    return each_once(_read(benchmark, number, doc) for number, doc in objects(lines))


def objects(lines: Iterable[bytes]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield number and object of each line that is not blank. Raises BadResults at a line that is no object."""
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield number, parse_object(line, number)


def parse_object(line: bytes, number: int) -> dict[str, Any]:
    """Return one line's JSON object. The first line may begin with a byte order mark. Raises BadResults."""
    try:
        doc = json.loads(line.decode("utf-8-sig" if number == 1 else "utf-8"))
    except (ValueError, RecursionError) as error:
        raise BadResults(f"not JSON ({error})", number) from error
    if not isinstance(doc, dict):
        raise BadResults("not a JSON object", number)
    return doc


def json_object(fields: Mapping[str, Any], response: Response) -> dict[str, Any]:
    """Return the line's object for the answer to an item with these ``fields``: what ``read_jsonl`` reads."""
    if response.error is not None:
        return {**fields, "error": response.error}
    if response.skipped:
        return {**fields, "skipped": True}
    further = {name: getattr(response, name) for name in _FURTHER}
    told = {name: value for name, value in further.items() if value is not None}
    return {**fields, "response": response.text, **told}


def _read(benchmark: Benchmark, number: int, doc: dict[str, Any]) -> Answered:
    further = {name: _typed(number, name, doc.pop(name, None)) for name in _FURTHER}
    skipped = doc.pop("skipped", None) is True
    text, error = ("", None) if skipped else _answer(number, doc)
    answer = answered(benchmark, doc, text, error, number=number, position=number - 1)
    if answer.response.error is not None:
        return answer
    return replace(answer, response=replace(answer.response, skipped=skipped, **further))


def _typed(number: int, name: str, value: Any) -> Any:
    kind = _FURTHER[name]
    if value is None:
        return None
    if not isinstance(value, kind) or isinstance(value, bool):
        raise BadResults(f"{name} is {type(value).__name__}, not {kind.__name__}", number)
    if isinstance(value, int) and not 0 <= value <= MAX_COUNT:
        raise BadResults(f"{name} is {shown(value)}, which is no count", number)
    return value


def _answer(number: int, doc: dict[str, Any]) -> tuple[str, str | None]:
    """Take the answer's text and its error out of ``doc``."""
    text, error = doc.pop("response", None), doc.pop("error", None)
    if error is not None:
        return "", str(error)
    if text is None:
        raise BadResults("the field 'response' is missing", number)
    if not isinstance(text, str):
        raise BadResults(f"response is {type(text).__name__}, not text", number)
    return text, None
