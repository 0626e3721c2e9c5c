"""What lower precision costs and gains: rows of a table, from stored differences and serving figures. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext

from leaderboard.boards.models import PrecisionDifference
from leaderboard.boards.precisions import Placed, pairs
from leaderboard.boards.rows import ComputedRow
from leaderboard.boards.serving import chosen_streams, figure_at, host_class, levels_of
from leaderboard.catalog.labels import engine_title, precision_bits
from leaderboard.core import numbers

Differences = Mapping[tuple[int, int], PrecisionDifference]
MEMORY = ("gpu_memory_mb", "cpu_memory_mb")
"""Where memory is read, the first that both have."""


@dataclass(frozen=True, slots=True)
class Ratios:
    """The variant's figures over the baseline's; None where one of them is not known.

    Only of one known kind of hardware, at one number of streams. ``memory`` is the peak while serving, of which
    engines take as much as they are given; ``weights`` is the size on disk.
    """

    ttft: float | None
    tokens_per_s: float | None
    memory: float | None
    weights: float | None
    streams: int | None


@dataclass(frozen=True, slots=True)
class Cost:
    """A variant against its baseline; ``differences`` by benchmark family, None where the two were not compared."""

    row: ComputedRow
    baseline: ComputedRow
    differences: dict[str, PrecisionDifference | None]
    ratios: Ratios


def run_pairs(rows: Sequence[ComputedRow]) -> list[tuple[int, int]]:
    """Return the ids of the runs whose differences ``costs`` looks up."""
    return [
        (row.runs[family].pk, baseline.runs[family].pk)
        for row, baseline in pairs(rows)
        for family in row.runs.keys() & baseline.runs.keys()
    ]


def costs(
    rows: Sequence[ComputedRow],
    families: Sequence[str],
    differences: Differences,
    streams: int | None = None,
) -> list[Cost]:
    """Return every variant of lower precision against its baseline, by model."""
    return [
        Cost(
            row,
            baseline,
            {name: _difference(row, baseline, name, differences) for name in families},
            ratios(row, baseline, streams),
        )
        for row, baseline in pairs(rows)
    ]


def _difference(
    row: ComputedRow, baseline: ComputedRow, family: str, differences: Differences
) -> PrecisionDifference | None:
    run, against = row.runs.get(family), baseline.runs.get(family)
    return differences.get((run.pk, against.pk)) if run and against else None


def ratios(row: Placed, baseline: Placed, wanted: int | None) -> Ratios:
    """Return how the two serve, at the wanted number of streams where both were probed at it, else at another such."""
    both = [row.serving, baseline.serving]
    # A probe stops early where a model fails under load: the other may have been at more streams.
    theirs = levels_of(baseline.serving)
    shared = [level for number, level in levels_of(row.serving).items() if number in theirs]
    streams = chosen_streams([{"levels": shared}], wanted)
    known = bool(host_class(row.serving))

    def ratio(name: str) -> float | None:
        values = [figure_at(serving, name, streams) for serving in both] if known else [None, None]
        return _over(*values)

    variants = [r.run.submission.variant for r in (row, baseline)]
    memory = (ratio(name) for name in MEMORY)
    return Ratios(
        ttft=ratio("ttft_ms_p50"),
        tokens_per_s=ratio("tokens_per_s"),
        memory=next((value for value in memory if value is not None), None),
        weights=_over(*(variant.size_bytes for variant in variants)),
        streams=streams,
    )


def _over(a: float | None, b: float | None) -> float | None:
    return a / b if a is not None and b else None


@dataclass(frozen=True, slots=True)
class DifferenceView:
    """A difference in points. ``ok`` judges only what the interval tells from zero; None otherwise."""

    text: str
    interval: str
    p: str
    ok: bool | None


@dataclass(frozen=True, slots=True)
class CostView:
    """A row of the table."""

    page: str
    model: str
    precision: str
    bits: int
    baseline: str
    engine: str
    run: UUID
    baseline_run: UUID
    differences: list[DifferenceView]
    ttft: str
    tokens_per_s: str
    memory: str
    weights: str


def cost_view(cost: Cost) -> CostView:
    """Return the row as it is printed."""
    variant = cost.row.run.submission.variant
    return CostView(
        page=variant.get_absolute_url(),
        model=variant.model.name,
        precision=str(variant.get_precision_display()),
        bits=precision_bits(variant.precision_bits),
        baseline=str(cost.baseline.run.submission.variant.get_precision_display()),
        engine=engine_title(variant.engine),
        run=cost.row.run.public_id,
        baseline_run=cost.baseline.run.public_id,
        differences=[_view(difference) for difference in cost.differences.values()],
        ttft=numbers.times(cost.ratios.ttft),
        tokens_per_s=numbers.times(cost.ratios.tokens_per_s),
        memory=numbers.times(cost.ratios.memory),
        weights=numbers.times(cost.ratios.weights),
    )


def _view(found: PrecisionDifference | None) -> DifferenceView:
    if found is None:
        return DifferenceView(numbers.MISSING, "", "", None)
    low, high = found.low, found.high
    told = low is not None and high is not None and (low > 0 or high < 0)
    return DifferenceView(
        numbers.points(found.difference),
        numbers.interval_in_points(low, high),
        numbers.p_value(found.p) if found.p is not None else "",
        (found.difference or 0) > 0 if told else None,
    )


def takeaway(found: Sequence[Cost]) -> str:
    """Return what the table says: how much lower precision costs at most, and what it buys."""
    losses = [
        -d.difference
        for c in found
        for d in c.differences.values()
        if d and d.difference is not None
    ]
    speeds = [c.ratios.tokens_per_s for c in found if c.ratios.tokens_per_s is not None]
    if not losses:
        return gettext("Cost and gain of lower precision")
    words = {"points": _span([numbers.points(-loss) for loss in (max(losses), min(losses))])}
    if not speeds:
        return gettext("Lower precision changes scores by %(points)s points") % words
    words["speeds"] = _span([numbers.times(speed) for speed in (min(speeds), max(speeds))])
    text = gettext("Lower precision changes scores by %(points)s points, and speed by %(speeds)s")
    return text % words


def _span(bounds: Sequence[str]) -> str:
    """Return two numbers as a range; one where both read alike."""
    low, high = bounds
    return low if low == high else gettext("%(low)s to %(high)s") % {"low": low, "high": high}
