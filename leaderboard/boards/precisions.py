"""What lower precision costs: the variants of a model against the one in its highest precision."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from itertools import groupby
from typing import Protocol, TypeVar

from leaderboard.boards.models import BoardVersion, PrecisionDifference
from leaderboard.boards.serving import Serving, host_class
from leaderboard.catalog.models import Precision, Variant, VlmModel
from leaderboard.results.comparison import DimensionComparison, compare_runs
from leaderboard.runs.models import Run


class Placed(Protocol):
    """A row of a board, stored or computed."""

    @property
    def run(self) -> Run: ...
    @property
    def serving(self) -> Serving: ...


P = TypeVar("P", bound=Placed)


def pairs(rows: Iterable[P]) -> list[tuple[P, P]]:
    """Return each row of a lower precision with the row that it is held against.

    That is the same model's row of the most bits on the same engine and hardware class; of several, the one whose
    variant was known first. Variants whose precision nobody told are in no pair; GGUF, whose bits are not one number,
    is only ever the lower one.
    """
    told = (row for row in rows if _variant(row).precision != Precision.UNKNOWN)
    found: list[tuple[P, P]] = []
    for _, group in groupby(sorted(told, key=_place), key=_place):
        members = sorted(group, key=lambda row: (-_bits(row), _variant(row).pk or 0))
        best = members[0]
        if _bits(best):
            found += [(row, best) for row in members if _bits(row) < _bits(best)]
    return found


def _variant(row: Placed) -> Variant:
    return row.run.submission.variant


def _bits(row: Placed) -> int:
    return _variant(row).precision_bits or 0


def _place(row: Placed) -> tuple[str, int, str, str]:
    variant = _variant(row)
    return variant.model.name, variant.model_id, variant.engine, host_class(row.serving)


def refresh(version: BoardVersion, model: VlmModel) -> None:
    """Compare the model's variants on this board where that was not done yet.

    Call it in the transaction that made the version. What was compared before stays: older versions show it.
    """
    rows = version.rows.for_display().filter(run__submission__variant__model=model)
    for row, baseline in pairs(list(rows)):
        known = PrecisionDifference.objects.filter(
            run=row.run, baseline=baseline.run, protocol=version.protocol
        )
        if not known.exists():
            _compare(row.run, baseline.run, version)


def forget(run: Run) -> None:
    """Drop what was compared of a run whose grades have changed."""
    PrecisionDifference.objects.filter(run=run).delete()
    PrecisionDifference.objects.filter(baseline=run).delete()


def differences_between(
    pairs: Sequence[tuple[int, int]], protocols: Iterable[str]
) -> dict[tuple[int, int], PrecisionDifference]:
    """Return what is stored of these pairs (id of the run, id of its baseline). One query, none for no pair."""
    if not pairs:
        return {}
    found = PrecisionDifference.objects.filter(
        run__in={run for run, _ in pairs},
        baseline__in={baseline for _, baseline in pairs},
        protocol__in=set(protocols),
    )
    return {(d.run_id, d.baseline_id): d for d in found}


def _compare(run: Run, baseline: Run, version: BoardVersion) -> None:
    run.benchmark = baseline.benchmark = version.benchmark
    found = compare_runs(run, baseline)
    whole = found.whole
    PrecisionDifference.objects.create(
        run=run,
        baseline=baseline,
        protocol=version.protocol,
        metric=found.metric,
        n=whole.n,
        difference=whole.difference,
        low=whole.low,
        high=whole.high,
        better=whole.first_better,
        worse=whole.second_better,
        p=whole.p,
        dimensions=[_dimension(d) for d in found.dimensions],
    )


def _dimension(found: DimensionComparison) -> dict[str, float | str | None]:
    kept = ("n", "difference", "low", "high", "p")
    result = asdict(found.result)
    return {
        "dimension": found.dimension,
        **{name: result[name] for name in kept},
        "p_adjusted": found.p_adjusted,
    }
