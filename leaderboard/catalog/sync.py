"""Copying the benchmarks' declarations into the database, so that boards and filters can join them."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from evaluator.benchmarks import Benchmark as Declaration
from evaluator.benchmarks import all_benchmarks, benchmark_of
from evaluator.benchmarks.declaration import FieldWrong
from evaluator.errors import EvaluationError
from leaderboard.catalog.declarations import choose_board_axis, declaration_of, declarations_in
from leaderboard.catalog.models import Benchmark, Dimension
from leaderboard.catalog.signals import benchmark_synced
from leaderboard.core.judges import site_protocol

logger = logging.getLogger(__name__)

_WORDS = ("title", "summary")


@dataclass(frozen=True, slots=True)
class Synced:
    """The slugs that a sync left active, and those that it put out of use."""

    active: tuple[str, ...]
    deactivated: tuple[str, ...]


@transaction.atomic
def sync_benchmarks(declared: Mapping[str, Declaration] | None = None) -> Synced:
    """Make the catalogue say what the declarations say. Running it again changes nothing.

    These are the declarations in files (or ``declared``), those in the settings' GENERIC_BENCHMARKS, and those that the
    catalogue holds itself; the latter stay out of use when they are. A benchmark that is no longer declared, or whose
    declaration cannot be read any more, stays with its results, but takes no submissions. Its dimensions stay too; a
    declared benchmark loses the dimensions that it no longer declares.

    Raises DeclarationsUnreadable and EvaluationError for what the settings declare.
    """
    files = all_benchmarks() if declared is None else declared
    for declaration in files.values():
        _sync(declaration, {"declaration": None, "active": True})
    for data in declarations_in(settings.GENERIC_BENCHMARKS):
        declare(data)
    unreadable = [b.pk for b in _without_file(files) if not _sync_from_row(b)]
    rows = Benchmark.objects.filter(active=True)
    vanished = rows.exclude(slug__in=files).filter(
        Q(declaration__isnull=True) | Q(pk__in=unreadable)
    )
    deactivated = tuple(vanished.values_list("slug", flat=True))
    vanished.update(active=False)
    return Synced(tuple(rows.order_by("slug").values_list("slug", flat=True)), deactivated)


@transaction.atomic
def declare(data: Mapping[str, Any], *, active: bool = True) -> Benchmark:
    """Take up a benchmark that is declared as data, or its new declaration; return its row.

    Raises as ``check_declaration`` does.
    """
    return _sync(check_declaration(data), {"declaration": dict(data), "active": active})


def check_declaration(data: Mapping[str, Any]) -> Declaration:
    """Return what ``data`` declares. Raises FieldWrong for a declaration that is wrong, or not allowed.

    Once a benchmark has runs, only its words may change, title and summary: scores under two meanings of one protocol
    would stand in one column.
    """
    declaration = benchmark_of(str(data.get("slug")), data)
    known = Benchmark.objects.filter(slug=declaration.slug).first()
    if known is not None and not _may_become(known, data):
        reason = (
            "has runs under other rules: only title and summary may change. Declare another slug."
        )
        raise FieldWrong("slug", f"{known.slug!r} {reason}")
    return declaration


def _may_become(benchmark: Benchmark, data: Mapping[str, Any]) -> bool:
    """Whether no score of the benchmark would mean something else under the declaration ``data``."""
    same = _graded_part(benchmark.declaration) == _graded_part(data)
    return same or not (benchmark.declaration is None or benchmark.runs.exists())


def _graded_part(data: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return what of a declaration can change a score or its meaning."""
    if data is None:
        return None
    return {name: value for name, value in data.items() if name not in _WORDS}


def _without_file(files: Mapping[str, Declaration]) -> QuerySet[Benchmark]:
    return Benchmark.objects.exclude(slug__in=files).filter(declaration__isnull=False)


def _sync_from_row(benchmark: Benchmark) -> bool:
    """Sync a benchmark whose row holds its declaration; False when that cannot be read."""
    try:
        _sync(declaration_of(benchmark), {})
    except EvaluationError as error:
        logger.warning("%s: %s", benchmark.slug, error)
        return False
    return True


def _sync(declaration: Declaration, further: Mapping[str, object]) -> Benchmark:
    """Write one declaration, its dimensions and ``further`` columns; return the row."""
    benchmark, _ = Benchmark.objects.update_or_create(
        slug=declaration.slug, defaults={**_columns(declaration), **further}
    )
    _sync_dimensions(benchmark, declaration)
    choose_board_axis(benchmark, declaration)
    benchmark_synced.send(sender=Benchmark, benchmark=benchmark)
    return benchmark


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
        "board_metrics": list(declaration.board_metrics),
        "board_dimension_metric": declaration.board_dimension_metric or "",
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
        update_fields=[
            *("parent", "title_en", "title_zh", "short_en", "short_zh", "position", "declared")
        ],
    )
    kept = {(row.axis, row.key) for row in rows}
    closed = {row.axis for row in rows}
    gone = [
        dimension.pk
        for dimension in benchmark.dimensions.all()
        if (dimension.axis, dimension.key) not in kept
        and (dimension.declared or dimension.axis in closed)
    ]
    benchmark.dimensions.filter(pk__in=gone).delete()
