"""From questions and the models' answers to what the pages across runs print. Pure: records in, texts out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.http import QueryDict
from django.utils.translation import gettext, ngettext

from evaluator.benchmarks import Benchmark
from leaderboard.catalog.labels import engine_title, precision_bits
from leaderboard.catalog.models import Dimension, Item
from leaderboard.core import numbers
from leaderboard.explorer.facets import Facet, facet
from leaderboard.explorer.filters import value_of
from leaderboard.explorer.item_filters import Numbers, Sort
from leaderboard.explorer.presenters import MARKS, OptionView, Picture
from leaderboard.explorer.wording import how_words
from leaderboard.results.models import ItemStatistics, Level, Response, Verdict
from leaderboard.runs.models import Run


@dataclass(frozen=True, slots=True)
class ItemView:
    """A question with what the models made of it. ``share`` of them is right, in percent; None where none is scored."""

    key: str
    question: str
    options: list[OptionView]
    gold: str
    images: list[Picture]
    place: str
    right: str
    share: str | None
    level: str
    dimensions: list[str]


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """A model's answer to a question in one line. ``passes`` are the marks of its passes, one where it has no more."""

    run: UUID
    model: str
    precision: str
    bits: int
    engine: str
    baseline: bool
    mark: str
    verdict: str
    parsed: str
    excerpt: str
    passes: list[str]
    summary: str
    chosen: bool


def item_view(
    item: Item,
    statistics: ItemStatistics | None,
    declared: Benchmark | None,
    dimensions: Sequence[Dimension],
    axis: str,
) -> ItemView:
    """Return a question, whose pictures must have been fetched. ``place`` is its dimension on ``axis``."""
    titles = {(d.axis, d.key): d for d in dimensions}
    gold = declared.gold(item.fields) if declared else str(item.fields.get("answer", ""))
    options = declared.options(item.fields) if declared else {}
    own = titles.get((axis, item.dimensions.get(axis, "")))
    return ItemView(
        key=item.key,
        question=declared.question(item.fields)
        if declared
        else str(item.fields.get("question", "")),
        options=[OptionView(k, text, gold=k == gold, picked=False) for k, text in options.items()],
        gold="" if options else gold,
        images=[
            Picture(i.image.sha256, i.image.width, i.image.height) for i in item.item_images.all()
        ],
        place=own.short if own else item.dimensions.get(axis, ""),
        right=_right(statistics),
        share=_share(statistics),
        level=_level(statistics),
        dimensions=[
            titles[pair].title if pair in titles else pair[1] for pair in item.dimensions.items()
        ],
    )


def _right(statistics: ItemStatistics | None) -> str:
    if statistics is None or not statistics.answered:
        return gettext("not scored")
    counted = {"right": statistics.right, "of": statistics.answered}
    return gettext("%(right)d of %(of)d right") % counted


def _share(statistics: ItemStatistics | None) -> str | None:
    if statistics is None or not statistics.answered:
        return None
    return f"{100 * statistics.right / statistics.answered:.1f}"


def _level(statistics: ItemStatistics | None) -> str:
    if statistics is None or statistics.level is None:
        return ""
    return str(Level(statistics.level).label)


def facets(
    found: Numbers,
    dimensions: Sequence[Dimension],
    axis: str,
    *,
    query: QueryDict,
    path: str,
) -> list[Facet]:
    """Return the groups of links that narrow a benchmark's questions."""
    of_axis = [(value_of(d), d.title) for d in dimensions if d.axis == axis]
    hows = [(how, how_words(how)) for how in sorted(found.how, key=lambda h: -found.how[h])]
    levels = [(str(level.value), str(level.label)) for level in Level]
    groups: Iterable[tuple[str, str, Iterable[tuple[str, str]], Mapping[str, int]]] = (
        (gettext("How many models are right"), "level", levels, found.level),
        (gettext("Agreement"), "differ", [("1", gettext("Models disagree"))], found.differ),
        (gettext("Dimension"), "dimension", of_axis, found.dimension),
        (
            gettext("Some answer is"),
            "verdict",
            [(v.value, str(v.label)) for v in Verdict],
            found.verdict,
        ),
        (gettext("Some answer was read by"), "how", hows, found.how),
    )
    return [
        facet(title, name, titles, counted, query=query, path=path)
        for title, name, titles, counted in groups
    ]


def sort_titles() -> list[tuple[str, str]]:
    """Return the orders in words."""
    return [
        (Sort.DISPUTED.value, gettext("Most disputed")),
        (Sort.HARDEST.value, gettext("Hardest")),
        (Sort.POSITION.value, gettext("Data set")),
    ]


def answer_rows(
    runs: Sequence[Run],
    responses: Mapping[int, Response],
    passes: Mapping[int, Sequence[Verdict | None]],
    chosen: Run | None,
) -> list[AnswerRow]:
    """Return one row for each run that answered. ``responses`` and the verdicts of all ``passes`` are by run."""
    rows = []
    for run in runs:
        response = responses.get(run.pk)
        if response is None:
            continue
        variant = run.submission.variant
        verdict = Verdict(response.verdict)
        marks = ["-" if v is None else MARKS[v] for v in passes.get(run.pk, ())]
        rows.append(
            AnswerRow(
                run=run.public_id,
                model=variant.model.name,
                precision=str(variant.get_precision_display()),
                bits=precision_bits(variant.precision_bits),
                engine=engine_title(variant.engine),
                baseline=variant.model.is_baseline,
                mark=MARKS[verdict],
                verdict=str(verdict.label),
                parsed=response.parsed or numbers.MISSING,
                excerpt=getattr(response, "excerpt", ""),
                passes=marks if len(marks) > 1 else [],
                summary=_passes(marks) if len(marks) > 1 else "",
                chosen=chosen is not None and run.pk == chosen.pk,
            )
        )
    return rows


def _passes(marks: Sequence[str]) -> str:
    right = marks.count("1")
    text = ngettext(
        "%(right)d of %(of)d rotation right", "%(right)d of %(of)d rotations right", len(marks)
    )
    return text % {"right": right, "of": len(marks)}
