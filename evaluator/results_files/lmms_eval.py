"""lmms-eval's output of ``--log_samples``: ``*_samples_<task>.jsonl`` beside ``*_results.json`` (version 0.7.3).

A sample has ``doc_id`` (the row in the data set), ``target``, ``input`` (the prompt's text), ``filtered_resps`` and,
where a filter changed it, the raw answer in ``resps``, ``token_counts``, and the task's own values. It does not have
the row itself, and ``doc_hash`` is the same for every row: which item it answers is known only with the data set.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evaluator.benchmarks.base import Benchmark
from evaluator.records import MAX_COUNT, Item
from evaluator.results_files.answers import BadResults, shown, told_failure
from evaluator.results_files.jsonl import objects, parse_object

SAMPLES = re.compile(r"(?:(?P<date>[^/]*)_)?samples_(?P<task>[^/]+)\.jsonl$")
MAX_RESULTS_BYTES = 64 * 1024**2
MAX_LIMIT = 2**31

_NOT_A_WORD = re.compile(r"<image(?: \d+)?>|[\W_]+")


@dataclass(frozen=True, slots=True)
class Sample:
    """One line. ``position`` is the row in the data set; ``metrics`` are values that the task gave this sample."""

    number: int
    position: int
    prompt: str
    text: str
    error: str | None
    prompt_tokens: int | None
    completion_tokens: int | None
    metrics: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Facts:
    """What ``*_results.json`` says of the run; what it does not say is None or empty.

    Never the model's arguments: they may name an address or hold a key.
    """

    version: str | None = None
    date: str | None = None
    limit: int | None = None
    generation: dict[str, Any] = field(default_factory=dict)


def is_sample(doc: Mapping[str, Any]) -> bool:
    """Say whether a JSON object is a line of a samples file."""
    return "doc_id" in doc and "filtered_resps" in doc


def read_samples(lines: Iterable[bytes], metrics: Collection[str] = ()) -> Iterator[Sample]:
    """Yield the samples in order, each row of the data set once, with those of the task's values that are named.

    Raises BadResults.
    """
    first_seen: dict[int, int] = {}
    for number, doc in objects(lines):
        sample = _sample(number, doc, metrics)
        if sample.position in first_seen:
            line = first_seen[sample.position]
            raise BadResults(f"doc_id {sample.position} is already on line {line}", number)
        first_seen[sample.position] = number
        yield sample
    if not first_seen:
        raise BadResults("the file is empty")


def asks(sample: Sample, benchmark: Benchmark, item: Item) -> bool:
    """Say whether the sample's prompt asks this item: its question is in it, and its options in their order.

    Compared without case, punctuation and picture tokens, which tasks write in their own ways.
    """
    prompt = _words(sample.prompt)
    lines = benchmark.question(item.fields).splitlines()
    if not all(_words(line) in prompt for line in lines):
        return False
    place = 0
    for option in benchmark.options(item.fields).values():
        wanted = _words(option)
        place = prompt.find(wanted, place)
        if place < 0:
            return False
        place += len(wanted)
    return True


def read_facts(path: Path, task: str) -> Facts:
    """Return what a ``*_results.json`` says. Raises BadResults when it is no JSON object or far too large."""
    if path.stat().st_size > MAX_RESULTS_BYTES:
        raise BadResults(f"{path.name} has more than {MAX_RESULTS_BYTES:,} bytes")
    try:
        doc = parse_object(path.read_bytes(), 1)
    except BadResults as error:
        raise BadResults(f"{path.name}: {error}") from error
    config = _mapping(_mapping(doc.get("configs")).get(task))
    return Facts(
        version=_short(doc.get("lmms_eval_version")),
        date=_short(doc.get("date")),
        limit=_limit(_mapping(doc.get("config")).get("limit")),
        generation=dict(_mapping(config.get("generation_kwargs"))),
    )


def _limit(value: Any) -> int | None:
    """Return how many rows were asked at most; below 1 it is a share of the rows, which their number shows."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return int(value) if number and 1 <= value < MAX_LIMIT else None


def _sample(number: int, doc: Mapping[str, Any], metrics: Collection[str]) -> Sample:
    position, prompt = doc.get("doc_id"), doc.get("input")
    if not isinstance(position, int) or isinstance(position, bool) or position < 0:
        raise BadResults(f"doc_id is {shown(position)!r}, not a row's number", number)
    if not isinstance(prompt, str):
        raise BadResults("'input' is not the prompt's text", number)
    text, error = told_failure(_only_answer(number, doc))
    tokens = _tokens(doc.get("token_counts"))
    return Sample(
        number=number,
        position=position,
        prompt=prompt,
        text=text,
        error=error,
        prompt_tokens=tokens.get("input_tokens") if error is None else None,
        completion_tokens=tokens.get("output_tokens") if error is None else None,
        metrics={name: doc[name] for name in metrics if name in doc},
    )


def _only_answer(number: int, doc: Mapping[str, Any]) -> str:
    """Return the raw answer; lmms-eval drops ``resps`` where filtering changed nothing, and nests single answers."""
    answer = doc["resps"] if "resps" in doc else doc.get("filtered_resps")
    while isinstance(answer, list) and len(answer) == 1:
        answer = answer[0]
    if isinstance(answer, str):
        return answer
    if isinstance(answer, list) and len(answer) > 1:
        raise BadResults(f"{len(answer)} answers to one question (repeats are not read)", number)
    raise BadResults("there is no answer in 'resps' or 'filtered_resps'", number)


def _tokens(told: Any) -> dict[str, int]:
    first = told[0] if isinstance(told, list) and len(told) == 1 else None
    counts = _mapping(first)
    return {
        name: value
        for name, value in counts.items()
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_COUNT
    }


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _short(value: Any) -> str | None:
    return shown(value) if isinstance(value, str) and value else None


def _words(text: str) -> str:
    return _NOT_A_WORD.sub("", text).casefold()
