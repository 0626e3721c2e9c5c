"""Which runs a submission becomes: one per benchmark, and one more without pictures where that was asked for."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterator

from django.db.models import Exists, OuterRef, QuerySet

from leaderboard.catalog.declarations import declaration_of
from leaderboard.catalog.models import Benchmark, DatasetVersion, ItemImage
from leaderboard.core.judges import judge_of
from leaderboard.runs.models import Pictures, Run
from leaderboard.runs.submission import SubmissionRequest

CIRCULAR = "circular"
"""The headline of a benchmark that asks each question in several passes."""


def planned_runs(request: SubmissionRequest) -> list[Run]:
    """Return the runs of a ``checked`` request, not stored yet, each with its identifier.

    They stand in the order of the request's benchmarks, a run without pictures after the one with them.
    """
    chosen = Benchmark.objects.filter(slug__in=request.benchmarks)
    benchmarks = {benchmark.slug: benchmark for benchmark in chosen}
    blind = slugs_of(with_pictures(chosen)) if request.blind else frozenset()
    return [
        Run(
            public_id=uuid.uuid4(),
            benchmark=benchmarks[slug],
            limit=request.limit,
            pictures=pictures,
            frugal=request.frugal and can_be_frugal(benchmarks[slug]),
        )
        for slug in request.benchmarks
        for pictures in _modes(request, slug, blind)
    ]


def with_pictures(benchmarks: QuerySet[Benchmark]) -> QuerySet[Benchmark]:
    """Narrow to the benchmarks that can be asked without pictures: whose current data set has some.

    One whose data set is not known yet is among them: a benchmark without any picture is the exception here.
    """
    current = DatasetVersion.objects.filter(benchmark=OuterRef("pk"), current=True)
    pictures = ItemImage.objects.filter(
        item__dataset__benchmark=OuterRef("pk"), item__dataset__current=True
    )
    return benchmarks.filter(Exists(pictures) | ~Exists(current))


def can_be_frugal(benchmark: Benchmark) -> bool:
    """Whether passes of a question can be left out: it is asked in several, and rules can tell that one is wrong.

    Where a judge rules on every answer, nothing is known to be wrong while the questions are asked.
    """
    if benchmark.headline_metric != CIRCULAR:
        return False
    judge = judge_of(declaration_of(benchmark))
    return judge is None or not judge.everything


def slugs_of(benchmarks: QuerySet[Benchmark]) -> frozenset[str]:
    """Return their slugs."""
    return frozenset(benchmarks.values_list("slug", flat=True))


def _modes(request: SubmissionRequest, slug: str, blind: Collection[str]) -> Iterator[str]:
    yield Pictures.SHOWN
    if slug in blind:
        yield request.blind
