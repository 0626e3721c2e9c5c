"""Comparing two runs on the same questions: paired, unit by unit (``evaluator.metrics.paired``)."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from evaluator.benchmarks import Benchmark
from evaluator.metrics.paired import PairedResult, compare, holm
from evaluator.records import Graded
from evaluator.records import Item as ItemRecord
from evaluator.records import Verdict as VerdictRecord
from leaderboard.catalog.declarations import declaration_of
from leaderboard.catalog.models import Item
from leaderboard.results.models import Response
from leaderboard.runs.models import Run

CHUNK = 5000

Rows = list[tuple[ItemRecord, Graded]]
Places = dict[str, str]
"""An item's value by axis."""


class NotComparable(Exception):
    """The two runs do not measure the same thing. ``code`` is stable; the text is in the current language."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class DimensionComparison:
    """The comparison within one dimension. ``p_adjusted`` is Holm's over the axis; None where there is no p."""

    dimension: str
    result: PairedResult
    p_adjusted: float | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """A first run against a second one: over the whole set, and by the dimensions of ``axis``.

    ``metric`` names what the units count.
    """

    metric: str
    whole: PairedResult
    axis: str
    dimensions: list[DimensionComparison]


def compare_runs(first: Run, second: Run) -> Comparison:
    """Compare two graded runs over the whole set and by the dimensions of the board.

    The p-values of the dimensions are corrected for being several. Dimensions without a unit in both runs are left
    out. Four queries, whatever the size. Raises NotComparable.
    """
    tables = _Tables.of(first, second)
    axis = first.benchmark.board_axis
    keys = first.benchmark.dimensions.filter(axis=axis).order_by("position")
    found = {key: tables.within(axis, key) for key in keys.values_list("key", flat=True)}
    return Comparison(
        metric=metric_of(first),
        whole=tables.whole(),
        axis=axis,
        dimensions=_corrected({key: result for key, result in found.items() if result.n}),
    )


def paired_difference(first: Run, second: Run) -> PairedResult:
    """Compare two graded runs over the whole set only. Three queries. Raises NotComparable."""
    return _Tables.of(first, second).whole()


def metric_of(run: Run) -> str:
    """Return the metric that a comparison of such runs is about: the headline's, unless the benchmark says otherwise."""
    return declaration_of(run.benchmark).paired_metric or run.benchmark.headline_metric


def require_comparable(first: Run, second: Run) -> None:
    """Raise NotComparable, saying what differs, unless both are graded alike on the same questions."""
    if first.benchmark_id != second.benchmark_id:
        raise NotComparable("other_benchmark", _("The runs are of different benchmarks."))
    if first.dataset_id is None or second.dataset_id is None:
        raise NotComparable("not_graded", _("A run that is not graded has nothing to compare."))
    if first.dataset_id != second.dataset_id:
        raise NotComparable("other_dataset", _("The runs are on different versions of the data."))
    if first.protocol != second.protocol:
        message = _("The runs are graded by different protocols: %(first)s and %(second)s.")
        both = {"first": first.protocol, "second": second.protocol}
        raise NotComparable("other_protocol", message % both)


@dataclass(frozen=True, slots=True)
class _Tables:
    """Both runs' verdicts by item, and where each item stands."""

    benchmark: Benchmark
    places: dict[str, Places]
    first: Rows
    second: Rows

    @classmethod
    def of(cls, first: Run, second: Run) -> _Tables:
        require_comparable(first, second)
        items: dict[int, ItemRecord] = {}
        places: dict[str, Places] = {}
        rows = Item.objects.filter(dataset=first.dataset_id)
        columns = ("pk", "key", "position", "fields", "dimensions")
        for pk, key, position, fields, dimensions in rows.values_list(*columns).iterator(CHUNK):
            items[pk] = ItemRecord(key=key, position=position, fields=fields)
            places[key] = dimensions
        return cls(
            declaration_of(first.benchmark), places, _rows(first, items), _rows(second, items)
        )

    def whole(self) -> PairedResult:
        return self._compare(self.first, self.second)

    def within(self, axis: str, key: str) -> PairedResult:
        def here(rows: Rows) -> Rows:
            return [row for row in rows if self.places[row[0].key].get(axis) == key]

        return self._compare(here(self.first), here(self.second))

    def _compare(self, first: Rows, second: Rows) -> PairedResult:
        return compare(self.benchmark.units(first), self.benchmark.units(second))


def _rows(run: Run, items: dict[int, ItemRecord]) -> Rows:
    """Return the verdicts of a run without the answers that they are on."""
    columns = ("item_id", "verdict", "points", "parsed", "how", "notes")
    responses = Response.objects.of_run(run).values_list(*columns)
    return [
        (
            items[item],
            Graded(items[item].key, VerdictRecord(verdict), points, parsed, how, notes or {}),
        )
        for item, verdict, points, parsed, how, notes in responses.iterator(chunk_size=CHUNK)
    ]


def _corrected(found: dict[str, PairedResult]) -> list[DimensionComparison]:
    tested = {key: result.p for key, result in found.items() if result.p is not None}
    adjusted = dict(zip(tested, holm(list(tested.values())), strict=True))
    return [DimensionComparison(key, result, adjusted.get(key)) for key, result in found.items()]
