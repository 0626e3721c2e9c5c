"""Syncing the declarations into the database."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from django.core.management import call_command
from django.db import connection

from evaluator.benchmarks import Benchmark as Declaration
from evaluator.benchmarks import Dimension as DeclaredDimension
from evaluator.benchmarks import Text, all_benchmarks
from leaderboard.catalog.models import Benchmark, Dimension
from leaderboard.catalog.sync import sync_benchmarks
from tests.factories import make_published_run

pytestmark = pytest.mark.django_db

SLUG = "mmbench_en_dev"


def snapshot() -> list[object]:
    return [*Benchmark.objects.values_list(), *Dimension.objects.order_by("pk").values_list()]


def changed(**attributes: object) -> Mapping[str, Declaration]:
    """The declarations with one of them changed."""
    declared = dict(all_benchmarks())
    declared[SLUG] = type("Changed", (type(declared[SLUG]),), attributes)()
    return declared


def test_every_declaration_is_copied() -> None:
    call_command("sync_benchmarks")

    for slug, declaration in all_benchmarks().items():
        row = Benchmark.objects.get(slug=slug)
        assert (row.title_en, row.title_zh) == (declaration.title.en, declaration.title.zh)
        assert row.protocol == declaration.protocol
        assert row.official_rows == declaration.data.rows
        assert (
            row.headline_axis,
            row.headline_dimension,
            row.headline_metric,
        ) == declaration.headline
        assert row.active
        found = [(d.axis, d.key, d.parent or None) for d in row.dimensions.order_by("position")]
        assert found == [(d.axis, d.key, d.parent) for d in declaration.dimensions]


def test_syncing_again_changes_nothing() -> None:
    sync_benchmarks()
    before = snapshot()

    sync_benchmarks()

    assert snapshot() == before


def test_each_benchmark_gets_its_partition() -> None:
    sync_benchmarks()

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits"
            " WHERE inhparent = 'results_response'::regclass"
        )
        partitions = {row[0] for row in cursor.fetchall()}
    assert {f"results_response_b{b.pk}" for b in Benchmark.objects.all()} <= partitions


def test_a_vanished_benchmark_is_put_out_of_use_and_keeps_its_results() -> None:
    run = make_published_run()
    declared = {slug: d for slug, d in all_benchmarks().items() if slug != SLUG}

    synced = sync_benchmarks(declared)

    assert synced.deactivated == (SLUG,)
    assert not Benchmark.objects.get(slug=SLUG).active
    assert run.scores.exists()
    assert run.responses.exists()
    assert sync_benchmarks(declared).deactivated == (), "it is put out of use once"

    sync_benchmarks()
    assert Benchmark.objects.get(slug=SLUG).active


def test_a_changed_declaration_changes_the_row_and_its_dimensions() -> None:
    sync_benchmarks()
    pk = Benchmark.objects.get(slug=SLUG).pk
    dimensions = (
        DeclaredDimension("overall", "overall", Text("All", "全部")),
        DeclaredDimension("L9", "new", Text("New", "新"), short=Text("N", "新"), parent="overall"),
    )

    sync_benchmarks(changed(protocol="other-rules-2", dimensions=dimensions))

    row = Benchmark.objects.get(slug=SLUG)
    assert (row.pk, row.protocol) == (pk, "other-rules-2")
    assert [(d.axis, d.key, d.title_en) for d in row.dimensions.order_by("position")] == [
        ("overall", "overall", "All"),
        ("L9", "new", "New"),
    ]
