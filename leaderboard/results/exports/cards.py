"""What a model card may say of a variant: its published runs and their scores of the whole set."""

from __future__ import annotations

from collections.abc import Callable

from leaderboard.catalog.declarations import declaration_of
from leaderboard.catalog.models import Variant
from leaderboard.results.exports.model_card import CardResult
from leaderboard.results.models import Score
from leaderboard.runs.models import Pictures, Run


def card_results(variant: Variant, url_of: Callable[[Run], str]) -> list[CardResult]:
    """Return the variant's newest published run of each benchmark, in the benchmarks' order; none without pictures."""
    newest = (
        Run.objects.published()
        .filter(submission__variant=variant, pictures=Pictures.SHOWN)
        .order_by("benchmark__position", "benchmark_id", "-finished_at", "-pk")
        .distinct("benchmark__position", "benchmark_id")
        .select_related("benchmark", "dataset__benchmark")
    )
    return [
        CardResult(run, declaration_of(run.benchmark), _scores(run), url_of(run)) for run in newest
    ]


def _scores(run: Run) -> list[Score]:
    """Return the headline and the board's further metrics of the whole set, in this order."""
    benchmark = run.benchmark
    wanted = [benchmark.headline_metric, *benchmark.board_metrics]
    found = run.scores.filter(
        protocol=run.protocol,
        axis=benchmark.headline_axis,
        dimension=benchmark.headline_dimension,
        metric__in=wanted,
    )
    return sorted(found, key=lambda score: wanted.index(score.metric))
