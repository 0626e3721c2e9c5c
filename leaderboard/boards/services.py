"""Computing a board version from the published runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.db import models, transaction

from leaderboard.boards.models import BoardRow, BoardVersion
from leaderboard.boards.ranking import Standing, rank
from leaderboard.boards.serving import serving_of
from leaderboard.catalog.models import Benchmark, DatasetVersion
from leaderboard.core.locks import LockSpace, wait_for_lock
from leaderboard.results.ablation import BLIND, VISUAL_GAIN
from leaderboard.results.models import Score
from leaderboard.results.published import on_board
from leaderboard.runs.models import Run

Column = tuple[str, str, str]
"""Axis, dimension and metric: what names a score of a run."""
Cell = dict[str, float | int | None]

VANILLA = "vanilla"
"""Accuracy with each question asked once, where the headline is stricter (circular evaluation)."""
GAP = "gap"
"""Headline minus vanilla: what asking more strictly costs. A signed difference without an interval, since the two
are measured on the same answers. Computed here, stored with no run."""
ABLATION = (BLIND, VISUAL_GAIN)
"""What is known of a row once its variant was also run without pictures."""

REASON_LENGTH = BoardVersion._meta.get_field("reason").max_length


def publish_board(
    benchmark: Benchmark, dataset: DatasetVersion, protocol: str, reason: str
) -> BoardVersion:
    """Compute and store the next version of one board, and return it.

    The board shows the newest published run of each variant on exactly this data set under exactly this
    protocol, and nothing else: a run without pictures is no row, it only adds to the row of its variant. Versions of
    one benchmark are computed one after another, so their numbers have no gaps. Call it inside the
    transaction that changed which runs are published: both then commit, or neither.
    """
    with transaction.atomic():
        wait_for_lock(LockSpace.BOARD, benchmark.pk)
        runs = list(on_board(benchmark, dataset, protocol))
        scores = _with_gap(benchmark, _scores_of(runs))
        columns = _columns(benchmark, scores)
        version = BoardVersion.objects.create(
            benchmark=benchmark,
            dataset=dataset,
            protocol=protocol,
            number=_next_number(benchmark, dataset, protocol),
            reason=reason[:REASON_LENGTH],
            columns=[dict(zip(("axis", "dimension", "metric"), c, strict=True)) for c in columns],
        )
        BoardRow.objects.bulk_create(_rows(version, runs, columns, scores))
        return version


def _next_number(benchmark: Benchmark, dataset: DatasetVersion, protocol: str) -> int:
    board = BoardVersion.objects.filter(benchmark=benchmark, dataset=dataset, protocol=protocol)
    newest = board.aggregate(newest=models.Max("number"))["newest"]
    return 1 + (newest or 0)


def _scores_of(runs: Sequence[Run]) -> dict[int, dict[Column, Cell]]:
    """Return every score of the runs under their protocol, by run id and column."""
    found: dict[int, dict[Column, Cell]] = {run.pk: {} for run in runs}
    protocols = {run.protocol for run in runs}
    rows = Score.objects.filter(run__in=runs, protocol__in=protocols)
    for score in rows.iterator():
        found[score.run_id][score.axis, score.dimension, score.metric] = {
            "value": score.value,
            "low": score.low,
            "high": score.high,
            "correct": score.correct,
            "total": score.total,
        }
        if score.computed is not None:
            found[score.run_id][score.axis, score.dimension, score.metric]["computed"] = (
                score.computed["value"]
            )
    return found


def _headline(benchmark: Benchmark) -> Column:
    return benchmark.headline_axis, benchmark.headline_dimension, benchmark.headline_metric


def _with_gap(
    benchmark: Benchmark, scores: dict[int, dict[Column, Cell]]
) -> dict[int, dict[Column, Cell]]:
    """Add the gap to each run that has a headline and a vanilla score."""
    axis, dimension, _ = headline = _headline(benchmark)
    for cells in scores.values():
        strict = cells.get(headline, {})
        vanilla = cells.get((axis, dimension, VANILLA), {})
        minuend, subtrahend = strict.get("value"), vanilla.get("value")
        if minuend is None or subtrahend is None:
            continue
        cells[axis, dimension, GAP] = {
            "value": minuend - subtrahend,
            "low": None,
            "high": None,
            "correct": None,
            "total": strict["total"],
        }
    return scores


def _columns(benchmark: Benchmark, scores: dict[int, dict[Column, Cell]]) -> list[Column]:
    """Return the headline, the dimensions of the board's axis, then what else is of the whole set.

    That is the benchmark's further metrics, the gap, and the ablation, each where any run has a value.
    """
    axis, dimension, metric = headline = _headline(benchmark)
    per_dimension = benchmark.board_dimension_metric or metric
    dimensions = benchmark.dimensions.filter(axis=benchmark.board_axis).order_by("position")
    further = [(axis, dimension, m) for m in (*benchmark.board_metrics, GAP, *ABLATION)]
    wanted = [
        headline,
        *(
            (benchmark.board_axis, key, per_dimension)
            for key in dimensions.values_list("key", flat=True)
        ),
        *(column for column in further if _anywhere(column, scores)),
    ]
    return list(dict.fromkeys(wanted))


def _anywhere(column: Column, scores: Mapping[int, Mapping[Column, Cell]]) -> bool:
    return any(cells.get(column, {}).get("value") is not None for cells in scores.values())


def _rows(
    version: BoardVersion,
    runs: Sequence[Run],
    columns: Sequence[Column],
    scores: dict[int, dict[Column, Cell]],
) -> list[BoardRow]:
    cells = [[scores[run.pk].get(column) for column in columns] for run in runs]
    headlines = [row[0] or {} for row in cells]
    standings = [
        Standing(
            value=cell.get("value"),
            low=cell.get("low"),
            high=cell.get("high"),
            ranked=not run.submission.variant.model.is_baseline,
        )
        for run, cell in zip(runs, headlines, strict=True)
    ]
    return [
        BoardRow(
            version=version,
            run=run,
            rank=place.rank if place else None,
            rank_low=place.low if place else None,
            rank_high=place.high if place else None,
            value=standing.value,
            cells=row,
            serving=serving_of(run),
        )
        for run, row, standing, place in zip(runs, cells, standings, rank(standings), strict=True)
    ]
