"""JSON lines: an item's own fields as its data set has them, plus ``response`` (text) or ``error``."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from evaluator.benchmarks.base import Benchmark
from evaluator.results_files.answers import Answered, BadResults, answered, each_once


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


def _read(benchmark: Benchmark, number: int, doc: dict[str, Any]) -> Answered:
    text, error = _answer(number, doc)
    return answered(benchmark, doc, text, error, number=number, position=number - 1)


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
