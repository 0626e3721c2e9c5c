"""The board over all benchmarks: one row per configuration, computed when it is shown. Pure.

A family of benchmarks counts with its headline on one data set. The mean is the plain mean of the core families'
headlines, and only a configuration that has all of them has one: see docs/adr/0005-mean-of-headlines.md.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from django.utils.translation import gettext

from leaderboard.boards.columns import Column, Kind, cell_of
from leaderboard.boards.models import BoardRow, BoardVersion
from leaderboard.boards.ranking import Standing, rank
from leaderboard.boards.rows import Cell, ComputedRow, is_verified
from leaderboard.boards.serving import levels_of
from leaderboard.catalog.labels import family_title, metric_title
from leaderboard.catalog.models import Benchmark
from leaderboard.core import numbers
from leaderboard.runs.models import Run

CORE_FAMILIES = ("mmbench", "hallusionbench", "mmmu", "realworldqa", "vqav2")
"""The families that the mean is taken over, and that have a tab of their own, in the order of the tabs."""
NORMAL_95 = 1.959964


@dataclass(frozen=True, slots=True)
class Family:
    """A family of benchmarks by the board that stands for it."""

    name: str
    title: str
    version: BoardVersion

    @property
    def core(self) -> bool:
        return self.name in CORE_FAMILIES


def families_of(
    versions: Sequence[BoardVersion],
    benchmarks: Sequence[Benchmark],
    ranked: Mapping[int, int] = MappingProxyType({}),
) -> tuple[list[Family], list[BoardVersion]]:
    """Return the families that the board has columns for, core ones first, and the boards that were left out.

    A family is called what its ``benchmarks`` have in common. ``versions`` are the newest of each benchmark, in the
    benchmarks' order; the one of a family that ranks the most configurations (``ranked``, by version) stands for it,
    of two that rank as many the first. Boards on data of different kinds (the official sets, a demo's) are never beside each other: the kind that most
    boards are of is shown, of two as common the official one.
    """
    kinds = Counter(version.dataset.label for version in versions)
    if not kinds:
        return [], []
    shown = min(kinds, key=lambda label: (-kinds[label], label))
    alike = [version for version in versions if version.dataset.label == shown]
    # Sorting keeps the order of what is equal, and the last of a family in it stays.
    backwards = reversed(alike)
    fewest_first = sorted(backwards, key=lambda version: ranked.get(version.pk, 0))
    standing = {version.benchmark.family: version for version in fewest_first}
    order = sorted({version.benchmark.family: None for version in alike}, key=_core_place)
    families = [
        Family(
            name,
            family_title([b.title for b in benchmarks if b.family == name]),
            standing[name],
        )
        for name in order
    ]
    return families, [version for version in versions if version.dataset.label != shown]


def _core_place(family: str) -> int:
    return CORE_FAMILIES.index(family) if family in CORE_FAMILIES else len(CORE_FAMILIES)


def overall_rows(families: Sequence[Family], rows: Iterable[BoardRow]) -> list[ComputedRow]:
    """Return one row per variant, ranked by the mean: its cells are the mean, then each family's headline.

    ``rows`` are those of the families' versions, with ``headline``. What was not measured is None, and no mean.
    """
    place = {family.version.pk: family for family in families}
    by_variant: dict[int, dict[str, BoardRow]] = {}
    for row in rows:
        mine = by_variant.setdefault(row.run.submission.variant_id, {})
        mine[place[row.version_id].name] = row
    return _ranked([_row(families, found) for found in by_variant.values()])


def _row(families: Sequence[Family], found: Mapping[str, BoardRow]) -> ComputedRow:
    cells = [_headline(found.get(family.name)) for family in families]
    core = [cell for family, cell in zip(families, cells, strict=True) if family.core]
    ordered = [found[family.name] for family in families if family.name in found]
    runs = {name: row.run for name, row in found.items()}
    return ComputedRow(
        run=ordered[0].run,
        cells=[mean_of(core), *cells],
        serving=best_serving(ordered),
        runs=runs,
        verified=all(is_verified(row) for row in ordered),
    )


def _headline(row: BoardRow | None) -> Cell | None:
    found: Cell | None = getattr(row, "headline", None)
    return found


def best_serving(rows: Sequence[BoardRow]) -> Mapping[str, object]:
    """Return what the newest of a configuration's runs that was probed says of serving, else the newest run's."""
    newest = sorted(rows, key=lambda row: (bool(levels_of(row.serving)), _finished(row.run)))
    serving: Mapping[str, object] = newest[-1].serving
    return serving


def _finished(run: Run) -> float:
    return run.finished_at.timestamp() if run.finished_at else 0.0


def mean_of(cells: Sequence[Cell | None]) -> Cell | None:
    """Return the plain mean of the cells with its 95 % interval; None where one of them has no value.

    The benchmarks' questions are different, so their errors are independent: the half widths of their intervals add as
    the root of the sum of squares, each interval taken as a normal one. Without all intervals, there is none.
    """
    values = [cell["value"] for cell in cells if cell and cell.get("value") is not None]
    if not values or len(values) < len(cells):
        return None
    mean = sum(values) / len(values)
    bounds = [(c.get("low"), c.get("high")) for c in cells if c]
    half = [(high - low) / 2 for low, high in bounds if low is not None and high is not None]
    if len(half) < len(values):
        return {"value": mean}
    spread = math.sqrt(sum(h * h for h in half)) / len(half)
    return {"value": mean, "low": max(0.0, mean - spread), "high": min(1.0, mean + spread)}


def _ranked(rows: Sequence[ComputedRow]) -> list[ComputedRow]:
    """Return the rows with ranks by their mean, in the order of the ranks."""
    standings = []
    for row in rows:
        mean = row.cells[0] or {}
        ranked = not row.run.submission.variant.model.is_baseline
        standings.append(Standing(mean.get("value"), mean.get("low"), mean.get("high"), ranked))
    placed = [
        replace(row, rank=at.rank, rank_low=at.low, rank_high=at.high) if at else row
        for row, at in zip(rows, rank(standings), strict=True)
    ]
    return sorted(placed, key=lambda row: (row.rank is None, row.rank or 0))


def overall_columns(families: Sequence[Family], rows: Sequence[ComputedRow]) -> list[Column]:
    """Return the mean's column and one for each family."""
    core = [family for family in families if family.core]
    group = gettext("Quality: %, higher is better")
    named = ", ".join(family.title for family in core)
    mean = Column(
        "mean",
        gettext("Mean"),
        Kind.LEAD,
        cell_of(0),
        group,
        gettext("of %(number)d headlines") % {"number": len(core)},
        gettext("Plain mean of: %(benchmarks)s. Only of configurations that have all.")
        % {"benchmarks": named},
    )
    return [mean, *(_family_column(i, f, group, rows) for i, f in enumerate(families, start=1))]


def _family_column(index: int, family: Family, group: str, rows: Sequence[ComputedRow]) -> Column:
    source = cell_of(index)
    totals = {(source(row) or {}).get("total") for row in rows} - {None}
    metric = metric_title(family.version.columns[0]["metric"])
    hint = f"{metric} · {numbers.count(totals.pop())}" if len(totals) == 1 else metric
    return Column(family.name, family.title, Kind.HEAT, source, group, hint, family.version.benchmark.title)  # fmt: skip
