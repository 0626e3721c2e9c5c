"""Which data set a file's answers belong to. Reads data sets row by row; changes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from evaluator.benchmarks import Benchmark
from evaluator.records import Item, Response
from evaluator.results_files.answers import Answered, shown
from evaluator.results_files.lmms_eval import Sample, asks
from leaderboard.catalog.models import DatasetVersion
from leaderboard.results.imports.samples import response_to

CHUNK = 5000


@dataclass(slots=True)
class Match:
    """How a file's answers agree with one data set.

    ``responses`` are the answers that do; ``differences`` counts the others, ``first`` says of one how it differs.
    """

    dataset: DatasetVersion
    responses: list[Response] = field(default_factory=list)
    differences: int = 0
    first: str = ""

    @property
    def whole(self) -> bool:
        """Whether every answer of the file is to an item of the data set."""
        return not self.differences

    def differs(self, how: str) -> None:
        """Count an answer that is to no item of the data set."""
        self.differences += 1
        self.first = self.first or how


def match_answers(
    benchmark: Benchmark, answers: Sequence[Answered], dataset: DatasetVersion
) -> Match:
    """Compare each answer's item with the data set's item of the same key: question, right answer and options."""
    match = Match(dataset)
    by_key = {answer.item.key: answer for answer in answers}
    for item in _items(dataset):
        answer = by_key.pop(item.key, None)
        if answer is None:
            continue
        difference = _difference(benchmark, answer.item.fields, item.fields)
        if difference:
            match.differs(
                f"entry {answer.number}: item {shown(item.key)!r} has another {difference}"
            )
        else:
            match.responses.append(replace(answer.response, position=item.position))
    for answer in by_key.values():
        match.differs(f"entry {answer.number}: there is no item {shown(answer.item.key)!r}")
    return match


def match_samples(
    benchmark: Benchmark, samples: Sequence[Sample], dataset: DatasetVersion
) -> Match:
    """Compare each sample's prompt with the question of the data set's row that it names."""
    match = Match(dataset)
    by_position = {sample.position: sample for sample in samples}
    for item in _items(dataset):
        sample = by_position.pop(item.position, None)
        if sample is None:
            continue
        if asks(sample, benchmark, item):
            match.responses.append(response_to(benchmark, sample, item))
        else:
            match.differs(f"line {sample.number}: the prompt does not ask item {shown(item.key)!r}")
    for sample in by_position.values():
        match.differs(f"line {sample.number}: there is no row {sample.position}")
    return match


def _items(dataset: DatasetVersion) -> Iterator[Item]:
    rows = dataset.items.order_by("position").values_list("key", "position", "fields")
    for key, position, fields in rows.iterator(chunk_size=CHUNK):
        yield Item(key, position, fields)


def _difference(
    benchmark: Benchmark, told: Mapping[str, object], known: Mapping[str, object]
) -> str:
    """Return in what a file's item differs from the data set's of the same key; empty when in nothing that matters.

    A file may leave the question or the options out, and write white space otherwise.
    """
    question = _plain(benchmark.question(told))
    if question and question != _plain(benchmark.question(known)):
        return "question"
    if _plain(benchmark.gold(told)) != _plain(benchmark.gold(known)):
        return "right answer"
    options = benchmark.options(told)
    same = {letter: _plain(text) for letter, text in benchmark.options(known).items()}
    if options and {letter: _plain(text) for letter, text in options.items()} != same:
        return "set of options"
    return ""


def _plain(text: str) -> str:
    return " ".join(text.split())
