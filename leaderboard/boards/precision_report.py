"""Everything that is known of what lower precision costs one model, on every benchmark that has a board."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from leaderboard.boards.models import BoardRow, BoardVersion, PrecisionDifference
from leaderboard.boards.overall import best_serving
from leaderboard.boards.precisions import differences_between, pairs
from leaderboard.boards.quantising import Ratios, ratios
from leaderboard.boards.rows import ComputedRow
from leaderboard.catalog.models import Variant, VlmModel
from leaderboard.runs.models import Run


@dataclass(frozen=True, slots=True)
class OnBenchmark:
    """The pair on one board. ``found`` is None where the two were not compared."""

    version: BoardVersion
    run: Run
    baseline_run: Run
    found: PrecisionDifference | None


@dataclass(frozen=True, slots=True)
class PrecisionPair:
    """A variant and the one in the highest precision that it is held against."""

    variant: Variant
    baseline: Variant
    hardware: str
    ratios: Ratios
    benchmarks: list[OnBenchmark] = field(default_factory=list)


def precision_report(model: VlmModel, streams: int | None = None) -> list[PrecisionPair]:
    """Return every pair of the model's variants on the boards as they are now. Three queries, whatever the size."""
    versions = list(BoardVersion.objects.live().filter(benchmark__active=True).newest())
    rows = BoardRow.objects.filter(version__in=versions).headlines()
    mine = list(rows.filter(run__submission__variant__model=model))
    found = {
        version.pk: pairs([row for row in mine if row.version_id == version.pk])
        for version in versions
    }
    runs = [(row.run_id, baseline.run_id) for pair in found.values() for row, baseline in pair]
    stored = differences_between(runs, {version.protocol for version in versions})
    report: dict[tuple[int, int], PrecisionPair] = {}
    for version in versions:
        for row, baseline in found[version.pk]:
            key = (row.run.submission.variant_id, baseline.run.submission.variant_id)
            pair = report.setdefault(key, _pair(mine, row, baseline, streams))
            difference = stored.get((row.run_id, baseline.run_id))
            pair.benchmarks.append(OnBenchmark(version, row.run, baseline.run, difference))
    return list(report.values())


def _pair(
    rows: Sequence[BoardRow], row: BoardRow, baseline: BoardRow, streams: int | None
) -> PrecisionPair:
    first, second = (_as_served(rows, of) for of in (row, baseline))
    return PrecisionPair(
        variant=row.run.submission.variant,
        baseline=baseline.run.submission.variant,
        hardware=str(row.serving.get("host_class") or ""),
        ratios=ratios(first, second, streams),
    )


def _as_served(rows: Sequence[BoardRow], row: BoardRow) -> ComputedRow:
    """Return the row with the best that the variant's runs tell of its serving."""
    variant = row.run.submission.variant_id
    same = [other for other in rows if other.run.submission.variant_id == variant]
    return ComputedRow(run=row.run, cells=(), serving=best_serving(same))
