"""From a response and its item to what the sample pages print. Pure: records in, texts out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext

from evaluator.benchmarks import Benchmark
from evaluator.errors import EvaluationError
from leaderboard.catalog.declarations import declaration_of
from leaderboard.catalog.models import Benchmark as BenchmarkRow
from leaderboard.catalog.models import Dimension, Item
from leaderboard.core import numbers
from leaderboard.explorer.wording import how_words
from leaderboard.results.models import Response, Verdict

MARKS = {
    Verdict.CORRECT: "1",
    Verdict.INCORRECT: "0",
    Verdict.UNPARSED: "-",
    Verdict.ERRORED: "-",
    Verdict.UNJUDGED: "-",
    Verdict.SKIPPED: "-",
}
"""How a verdict chip looks: a tick, a cross, a dash."""


@dataclass(frozen=True, slots=True)
class OptionView:
    """An option: whether it is the right one, and whether the model picked it."""

    letter: str
    text: str
    gold: bool
    picked: bool


@dataclass(frozen=True, slots=True)
class SampleView:
    """A question and what became of it. ``images`` are sha256 names; ``gold`` is empty where an option is marked."""

    key: str
    position: int
    question: str
    options: list[OptionView]
    gold: str
    images: list[Picture]
    answer: str
    error: str
    verdict: str
    mark: str
    parsed: str
    how: str
    dimensions: list[str]
    facts: list[tuple[str, str]]
    latency: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A stored picture with its size in pixels."""

    sha256: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Rotation:
    """One row of the grid of a question's rotations."""

    number: int
    key: str
    options: list[OptionView]
    verdict: str
    mark: str
    parsed: str
    current: bool


def declaration(benchmark: BenchmarkRow) -> Benchmark | None:
    """Return the benchmark's declaration; None for one that is no longer declared, whose samples stay readable."""
    try:
        return declaration_of(benchmark)
    except EvaluationError:
        return None


def sample(
    response: Response,
    declared: Benchmark | None,
    dimensions: Sequence[Dimension],
    *,
    private: bool,
) -> SampleView:
    """Return a response with its item, whose pictures must have been fetched.

    ``private``: the reader may see what a failed request's endpoint said.
    """
    item = response.item
    options = _options(item, response, declared)
    titles = {(d.axis, d.key): d.title for d in dimensions}
    return SampleView(
        key=item.key,
        position=item.position,
        question=_question(item, declared),
        options=options,
        gold="" if options else _gold(item, declared),
        images=[
            Picture(i.image.sha256, i.image.width, i.image.height) for i in item.item_images.all()
        ],
        answer=response.text,
        error=response.error_shown(private=private) or "",
        verdict=str(Verdict(response.verdict).label),
        mark=MARKS[Verdict(response.verdict)],
        parsed=response.parsed or "",
        how=how_words(response.how),
        dimensions=[titles.get((axis, key), key) for axis, key in item.dimensions.items()],
        facts=_facts(response),
        latency="" if response.latency_ms is None else _milliseconds(response.latency_ms),
    )


def rotations(
    items: Sequence[Item], responses: Mapping[int, Response], declared: Benchmark, current: str
) -> list[Rotation]:
    """Return the rows of a question's rotations, in order. ``responses`` are by item id; one may be missing."""
    rows = []
    for number, item in enumerate(items, start=1):
        response = responses.get(item.pk)
        verdict = Verdict(response.verdict) if response else None
        rows.append(
            Rotation(
                number=number,
                key=item.key,
                options=_options(item, response, declared),
                verdict=str(verdict.label) if verdict else numbers.MISSING,
                mark=MARKS[verdict] if verdict else "-",
                parsed=(response.parsed if response else None) or numbers.MISSING,
                current=item.key == current,
            )
        )
    return rows


def _question(item: Item, declared: Benchmark | None) -> str:
    if declared is None:
        return str(item.fields.get("question", ""))
    return declared.question(item.fields)


def _gold(item: Item, declared: Benchmark | None) -> str:
    return str(item.fields.get("answer", "")) if declared is None else declared.gold(item.fields)


def _options(item: Item, response: Response | None, declared: Benchmark | None) -> list[OptionView]:
    if declared is None:
        return []
    gold = declared.gold(item.fields)
    picked = response.parsed if response else None
    return [
        OptionView(letter, text, letter == gold, letter == picked)
        for letter, text in declared.options(item.fields).items()
    ]


def _milliseconds(value: float | None) -> str:
    if value is None:
        return numbers.MISSING
    return gettext("%(count)s ms") % {"count": numbers.count(value)}


def _facts(response: Response) -> list[tuple[str, str]]:
    facts: list[tuple[str, Any]] = [
        (gettext("TTFT"), _milliseconds(response.ttft_ms)),
        (gettext("Latency"), _milliseconds(response.latency_ms)),
        (gettext("Tokens in"), numbers.count(response.prompt_tokens)),
        (gettext("Tokens out"), numbers.count(response.completion_tokens)),
        (gettext("Finish"), response.finish_reason or numbers.MISSING),
    ]
    if response.retries:
        facts.append((gettext("Retries"), numbers.count(response.retries)))
    return facts
