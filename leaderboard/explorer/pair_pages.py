"""From a pair and its responses to what its page prints. Pure: records in, texts out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.http import QueryDict
from django.utils.translation import gettext

from evaluator.benchmarks import Benchmark
from leaderboard.catalog.labels import metric_hint, metric_title
from leaderboard.catalog.models import Dimension
from leaderboard.core import numbers
from leaderboard.explorer.facets import Facet, facet
from leaderboard.explorer.pairs import Outcome, Pair, PairFilter
from leaderboard.explorer.presenters import MARKS, SampleView, sample
from leaderboard.results.models import Response, Verdict

DIAGNOSES = ("language_hallucination", "visual_illusion", "mixed")


@dataclass(frozen=True, slots=True)
class FigureView:
    """A figure with the question's answer on it. ``truth`` is its right answer, ``facts`` what speaks for it."""

    title: str
    truth: str
    facts: str
    diagnosis: str
    diagnosis_hint: str
    sample: SampleView


@dataclass(frozen=True, slots=True)
class QuestionCell:
    """A question on a figure, in few words; None in a table where the figure was not asked this."""

    truth: str
    answer: str
    mark: str
    verdict: str


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """A question that is asked on the same figures."""

    pair: str
    question: str
    cells: list[QuestionCell | None]
    current: bool


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What the pair shows. ``mark`` is that of a verdict."""

    title: str
    text: str
    mark: str


def outcome_titles() -> dict[str, str]:
    """Return the outcomes of pairs in words."""
    return {
        Outcome.MIXED.value: gettext("Inconsistent"),
        Outcome.WRONG.value: gettext("All wrong"),
        Outcome.RIGHT.value: gettext("All right"),
        Outcome.UNKNOWN.value: gettext("Not scored"),
    }


def facets(
    chosen: PairFilter,
    pairs: Sequence[Pair],
    dimensions: Sequence[Dimension],
    axis: str,
    *,
    query: QueryDict,
    path: str,
) -> list[Facet]:
    """Return the groups of links that narrow the pairs."""
    found = chosen.numbers(pairs)
    titles = [(d.key, d.title) for d in dimensions if d.axis == axis]
    causes = [(diagnosis, metric_title(diagnosis)) for diagnosis in DIAGNOSES]
    groups = (
        (gettext("Pairs"), "outcome", list(outcome_titles().items())),
        (gettext("Diagnosis"), "diagnosis", causes),
        (gettext("Subcategory"), "dimension", titles),
    )
    return [
        facet(title, name, choices, found[name], query=query, path=path)
        for title, name, choices in groups
    ]


def figures(
    pair: Pair,
    responses: Mapping[int, Response],
    declared: Benchmark | None,
    dimensions: Sequence[Dimension],
    *,
    private: bool,
) -> list[FigureView]:
    """Return the figures of a pair with the answers on them. ``responses`` are by item."""
    views = []
    for number, answer in enumerate(pair.answers):
        response = responses[answer.item]
        view = sample(response, declared, dimensions, private=private)
        truth, _, facts = view.gold.partition(".")
        views.append(
            FigureView(
                title=figure_title(number, len(pair.answers)),
                truth=truth.lower(),
                facts=facts.strip(),
                diagnosis=metric_title(answer.diagnosis) if answer.diagnosis else "",
                diagnosis_hint=metric_hint(answer.diagnosis) if answer.diagnosis else "",
                sample=view,
            )
        )
    return views


def figure_title(number: int, of: int) -> str:
    """Return the name of the figure with this number, of which 0 is the original."""
    if number == 0:
        return gettext("Original figure")
    return gettext("Edited figure") if of == 2 else gettext("Edited figure %d") % number


def questions(
    pair: Pair,
    alike: Sequence[Pair],
    responses: Mapping[int, Response],
    declared: Benchmark | None,
) -> list[QuestionRow]:
    """Return every question on the figures of a pair; ``alike`` are the pairs that ask on them."""
    rows = []
    for other in alike:
        by_figure = {answer.figure: answer for answer in other.answers}
        cells = [
            _cell(responses[by_figure[figure].item], declared) if figure in by_figure else None
            for figure in pair.figures
        ]
        first = responses[other.answers[0].item]
        rows.append(
            QuestionRow(
                pair=other.key,
                question=_question(first, declared),
                cells=cells,
                current=other.key == pair.key,
            )
        )
    return rows


def _question(response: Response, declared: Benchmark | None) -> str:
    fields = response.item.fields
    return declared.question(fields) if declared else str(fields.get("question", ""))


def _cell(response: Response, declared: Benchmark | None) -> QuestionCell:
    gold = declared.gold(response.item.fields) if declared else ""
    verdict = Verdict(response.verdict)
    return QuestionCell(
        truth=gold.partition(".")[0].lower(),
        answer=response.parsed or numbers.MISSING,
        mark=MARKS[verdict],
        verdict=str(verdict.label),
    )


def conclusion(pair: Pair) -> Conclusion:
    """Say what became of a pair, and why it failed as far as that is diagnosed."""
    outcome = pair.outcome
    causes = [metric_title(name) for name in DIAGNOSES if name in pair.diagnoses]
    because = gettext("Diagnosis: %s.") % ", ".join(causes) if causes else ""
    if outcome is Outcome.RIGHT:
        text = gettext("The question is answered rightly on every figure: qAcc counts it.")
        return Conclusion(gettext("All right"), text, "1")
    if outcome is Outcome.UNKNOWN:
        text = gettext("An answer is missing or was not judged, so that qAcc leaves the pair out.")
        return Conclusion(gettext("Not scored"), text, "-")
    if outcome is Outcome.WRONG:
        text = gettext("The question is answered rightly on no figure.")
        return Conclusion(gettext("All wrong"), f"{text} {because}".strip(), "0")
    text = gettext("Right on some figures, not on others: qAcc does not count it.")
    return Conclusion(gettext("Inconsistent"), f"{text} {because}".strip(), "0")
