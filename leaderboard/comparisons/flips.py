"""The answers on which two runs differ: one right, the other wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.db.models import Count, OuterRef, Prefetch, Q, QuerySet, Subquery

from evaluator.benchmarks import Benchmark
from leaderboard.catalog.models import Dimension, Item, ItemImage
from leaderboard.results.models import Response, Verdict
from leaderboard.runs.models import Run

PAGE_SIZE = 12
WRONG = (Verdict.INCORRECT, Verdict.UNPARSED)
EXCERPT = 160
PICTURES = Prefetch(
    "item__item_images", ItemImage.objects.select_related("image").order_by("position")
)


class Way(StrEnum):
    """Which of the two is right: the baseline (its answer was LOST), or the other run (it was WON)."""

    LOST = "lost"
    WON = "won"


@dataclass(frozen=True, slots=True)
class Flip:
    """A question with both answers. ``picture`` is a sha256, empty for none."""

    key: str
    question: str
    picture: str
    gold: str
    dimension: str
    base: str
    other: str


def read_way(text: str) -> Way:
    """Return the way that the address asks for; LOST for any other text."""
    return Way(text) if text in set(Way) else Way.LOST


def flipped(base: Run, other: Run, way: Way) -> QuerySet[Response]:
    """Return the answers of ``other`` that went this way, each with the baseline's as ``base_parsed`` and ``base_text``."""
    right, wrong = (base, other) if way is Way.LOST else (other, base)
    return (
        _both(base, other)
        .filter(
            **{
                ("verdict" if right is other else "base_verdict"): Verdict.CORRECT,
                ("verdict__in" if wrong is other else "base_verdict__in"): WRONG,
            }
        )
        .select_related("item")
        .prefetch_related(PICTURES)
    )


def numbers_of(base: Run, other: Run) -> dict[str, int]:
    """Return how many answers went either way. One query."""
    return _both(base, other).aggregate(
        **{
            Way.LOST.value: Count("item", Q(base_verdict=Verdict.CORRECT, verdict__in=WRONG)),
            Way.WON.value: Count("item", Q(verdict=Verdict.CORRECT, base_verdict__in=WRONG)),
        }
    )


def flips(
    found: Sequence[Response], declared: Benchmark | None, dimensions: Mapping[str, str], axis: str
) -> list[Flip]:
    """Return what the table shows of the answers. ``dimensions`` are titles by key on the board's ``axis``."""
    return [_flip(response, declared, dimensions, axis) for response in found]


def titles_on(dimensions: Sequence[Dimension], axis: str) -> dict[str, str]:
    """Return the titles of the dimensions of one axis."""
    return {d.key: d.title for d in dimensions if d.axis == axis}


def _both(base: Run, other: Run) -> QuerySet[Response]:
    same = Response.objects.of_run(base).filter(item=OuterRef("item"))
    return Response.objects.of_run(other).annotate(
        base_verdict=Subquery(same.values("verdict")),
        base_parsed=Subquery(same.values("parsed")),
        base_text=Subquery(same.values("text")),
    )


def _flip(
    response: Any, declared: Benchmark | None, dimensions: Mapping[str, str], axis: str
) -> Flip:
    item: Item = response.item
    images = list(item.item_images.all())
    key = item.dimensions.get(axis, "")
    return Flip(
        key=item.key,
        question=_cut(declared.question(item.fields) if declared else item.key),
        picture=images[0].image.sha256 if images else "",
        gold=_cut(declared.gold(item.fields) if declared else ""),
        dimension=dimensions.get(key, key),
        base=_answer(response.base_parsed, response.base_text),
        other=_answer(response.parsed, response.text),
    )


def _answer(parsed: str | None, text: str) -> str:
    """Return what was read out of an answer; of one that nothing was read out of, its beginning."""
    return _cut(parsed or text)


def _cut(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= EXCERPT else f"{text[: EXCERPT - 1]}…"
