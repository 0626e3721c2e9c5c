"""Copying the benchmarks' declarations into the database, so that boards and filters can join them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction

from evaluator.benchmarks import Benchmark as Declaration
from evaluator.benchmarks import all_benchmarks
from leaderboard.catalog.models import Benchmark, Dimension
from leaderboard.catalog.signals import benchmark_synced
from leaderboard.core.judges import site_protocol


@dataclass(frozen=True, slots=True)
class Synced:
    """The slugs that a sync left active, and those that it put out of use."""

    active: tuple[str, ...]
    deactivated: tuple[str, ...]


@transaction.atomic
def sync_benchmarks(declared: Mapping[str, Declaration] | None = None) -> Synced:
    """Make the catalogue say what the declarations say. Running it again changes nothing.

    A benchmark that is no longer declared stays, with its results, but takes no submissions. Its dimensions stay
    too; a declared benchmark loses the dimensions that it no longer declares.
    """
    declarations = all_benchmarks() if declared is None else declared
    for declaration in declarations.values():
        benchmark, _ = Benchmark.objects.update_or_create(
            slug=declaration.slug, defaults=_columns(declaration)
        )
        _sync_dimensions(benchmark, declaration)
        benchmark_synced.send(sender=Benchmark, benchmark=benchmark)
    vanished = Benchmark.objects.filter(active=True).exclude(slug__in=declarations)
    deactivated = tuple(vanished.values_list("slug", flat=True))
    vanished.update(active=False)
    return Synced(active=tuple(declarations), deactivated=deactivated)


def _columns(declaration: Declaration) -> dict[str, object]:
    axis, dimension, metric = declaration.headline
    return {
        "family": declaration.family,
        "position": declaration.position,
        "title_en": declaration.title.en,
        "title_zh": declaration.title.zh,
        "summary_en": declaration.summary.en,
        "summary_zh": declaration.summary.zh,
        "version": declaration.version,
        "protocol": site_protocol(declaration),
        "official_rows": declaration.data.rows,
        "headline_axis": axis,
        "headline_dimension": dimension,
        "headline_metric": metric,
        "board_axis": declaration.board_axis,
        "board_metrics": list(declaration.board_metrics),
        "board_dimension_metric": declaration.board_dimension_metric or "",
        "active": True,
    }


def _sync_dimensions(benchmark: Benchmark, declaration: Declaration) -> None:
    rows = [
        Dimension(
            benchmark=benchmark,
            axis=dimension.axis,
            key=dimension.key,
            parent=dimension.parent or "",
            title_en=dimension.title.en,
            title_zh=dimension.title.zh,
            short_en=dimension.short.en if dimension.short else "",
            short_zh=dimension.short.zh if dimension.short else "",
            position=position,
        )
        for position, dimension in enumerate(declaration.dimensions)
    ]
    Dimension.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["benchmark", "axis", "key"],
        update_fields=["parent", "title_en", "title_zh", "short_en", "short_zh", "position"],
    )
    kept = {(row.axis, row.key) for row in rows}
    gone = [
        dimension.pk
        for dimension in benchmark.dimensions.all()
        if (dimension.axis, dimension.key) not in kept
    ]
    benchmark.dimensions.filter(pk__in=gone).delete()
