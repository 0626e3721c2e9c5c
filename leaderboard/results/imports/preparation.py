"""From a results file to what a worker would deliver: responses, and the items that they answer."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from evaluator.benchmarks import Benchmark
from evaluator.errors import EvaluationError, FailureCode
from evaluator.records import Item, Response
from evaluator.results_files.answers import Answered, BadResults, shown
from evaluator.results_files.source import Form, Source, read_answers
from leaderboard.catalog.declarations import declaration_of
from leaderboard.catalog.items_pack import MAX_KEY_LENGTH
from leaderboard.catalog.models import Benchmark as BenchmarkRow
from leaderboard.catalog.models import DatasetVersion
from leaderboard.results.imports.matching import Match, match_answers, match_samples
from leaderboard.results.imports.samples import samples_of

OWN_LABEL = "imported items"
OWN_ITEMS_ADVICE = "To keep them as a data set of their own, ask for own items."

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a file comes to. ``dataset`` is what a manifest says of a data set; ``items`` are given when it is new."""

    dataset: dict[str, Any]
    responses: list[Response]
    items: list[Item] | None = None


def prepare(row: BenchmarkRow, source: Source, *, own_items: bool) -> Prepared:
    """Return what the file comes to. Reads the database, stores nothing.

    The answers belong to a data set that the site has when every one of them is to an item of it. When none is to
    any, or with ``own_items``, the file's items are a data set of their own; lmms-eval's samples do not tell theirs.
    Raises EvaluationError: RESULTS_UNREADABLE; RESULTS_OTHER_ITEMS when only some of the answers agree with a data
    set, when they are all to another benchmark's items, or when samples agree with none.
    """
    benchmark = declaration_of(row)
    try:
        if source.form is Form.SAMPLES:
            return _of_samples(benchmark, row, source)
        return _of_answers(benchmark, row, source, own_items)
    except BadResults as error:
        raise EvaluationError(FailureCode.RESULTS_UNREADABLE, str(error)) from error


def _of_samples(benchmark: Benchmark, row: BenchmarkRow, source: Source) -> Prepared:
    samples = samples_of(benchmark, source.path)
    closest = _closest(row, lambda dataset: match_samples(benchmark, samples, dataset))
    if closest is None:
        raise EvaluationError(
            FailureCode.RESULTS_OTHER_ITEMS,
            f"lmms-eval's samples do not hold the questions, and the site has no data set of {row.slug} yet: "
            "evaluate a model on it first.",
        )
    if not closest.whole:
        raise _other_items(closest, len(samples))
    return _in(closest)


def _of_answers(
    benchmark: Benchmark, row: BenchmarkRow, source: Source, own_items: bool
) -> Prepared:
    # A question that was not asked is a question without an answer: here, nothing proves that it need not be asked.
    answers = [a for a in read_answers(benchmark, source) if not a.response.skipped]
    if not answers:
        raise BadResults("there is no answer in the file")
    _refuse_rulings(answers)
    closest = _closest(row, lambda dataset: match_answers(benchmark, answers, dataset))
    if closest is not None and closest.whole:
        return _in(closest)
    if not own_items:
        if closest is not None and closest.responses:
            raise _other_items(closest, len(answers), OWN_ITEMS_ADVICE)
        _refuse_those_of_a_relative(benchmark, row, answers)
    return _own(row, answers)


def _refuse_rulings(answers: Sequence[Answered]) -> None:
    """Refuse verdicts of others: beside the site's own they would be another protocol, which nobody could check."""
    ruled = next((answer for answer in answers if answer.ruling is not None), None)
    if ruled is not None:
        raise BadResults(
            f"entry {ruled.number}: it carries a verdict of others (such as label). The site grades by its own rules "
            "and judge: take the verdicts out of the file, or score it with python -m evaluator grade"
        )


def _closest(row: BenchmarkRow, match: Callable[[DatasetVersion], Match]) -> Match | None:
    """Return the match with the data set that fits best, the current one first; None when there is no data set."""
    best: Match | None = None
    for dataset in row.datasets.order_by("-current", "-created_at"):
        found = match(dataset)
        if found.whole:
            return found
        if best is None or len(found.responses) > len(best.responses):
            best = found
    return best


def _refuse_those_of_a_relative(
    benchmark: Benchmark, row: BenchmarkRow, answers: Sequence[Answered]
) -> None:
    """Refuse a file whose items are all in a data set of another benchmark of the family (another language, say)."""
    relatives = DatasetVersion.objects.filter(benchmark__family=row.family).exclude(benchmark=row)
    for dataset in relatives.select_related("benchmark"):
        if match_answers(benchmark, answers, dataset).whole:
            raise EvaluationError(
                FailureCode.RESULTS_OTHER_ITEMS,
                f"All items of the file are of {dataset.benchmark.slug}, none is of {row.slug}. {OWN_ITEMS_ADVICE}",
            )


def _other_items(closest: Match, total: int, advice: str = "") -> EvaluationError:
    detail = (
        f"{closest.differences:,} of {total:,} answers are not to items of the data set "
        f"{closest.dataset.fingerprint[:12]}; {closest.first}. {advice}"
    )
    return EvaluationError(FailureCode.RESULTS_OTHER_ITEMS, detail.strip())


def _in(match: Match) -> Prepared:
    dataset = match.dataset
    told = {**dataset.source, "fingerprint": dataset.fingerprint, "rows": dataset.rows}
    return Prepared(
        dataset=told | {"label": dataset.label},
        responses=sorted(match.responses, key=lambda response: response.position),
    )


def _own(row: BenchmarkRow, answers: Sequence[Answered]) -> Prepared:
    """Return the answers with their own items as the data set, in the order of the file."""
    items, responses = [], []
    for position, answer in enumerate(answers):
        if not 0 < len(answer.item.key) <= MAX_KEY_LENGTH:
            raise BadResults(
                f"entry {answer.number}: the key {shown(answer.item.key)!r} has not 1 to {MAX_KEY_LENGTH} characters"
            )
        items.append(replace(answer.item, position=position))
        responses.append(replace(answer.response, position=position))
    told = {
        "path": None,
        "name": None,
        "split": None,
        "fingerprint": _fingerprint(row.slug, items),
        "rows": len(items),
        "local": True,
        "label": OWN_LABEL,
        "imported": True,
    }
    return Prepared(told, responses, items)


def _fingerprint(slug: str, items: Sequence[Item]) -> str:
    """Return the sha256 of the items by key, whatever their order: the same items make the same data set."""
    digest = hashlib.sha256(f"imported items of {slug}\n".encode())
    for item in sorted(items, key=lambda item: item.key):
        line = json.dumps([item.key, item.fields], sort_keys=True, separators=(",", ":"))
        digest.update(line.encode() + b"\n")
    return digest.hexdigest()
