"""The partitions of ``results_response``: one per benchmark, made when the benchmark is first synced."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.dispatch import receiver
from psycopg import sql

from leaderboard.catalog.models import Benchmark
from leaderboard.catalog.signals import benchmark_synced


def partition_name(benchmark: Benchmark) -> str:
    """Return the table that holds the benchmark's responses."""
    return f"results_response_b{benchmark.pk}"


@receiver(benchmark_synced, dispatch_uid="results.ensure_partition")
def ensure_partition(benchmark: Benchmark, **_extra: Any) -> None:
    """Make the benchmark's partition unless it is there."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [partition_name(benchmark)])
        if cursor.fetchone() == (True,):
            return
        statement = sql.SQL("CREATE TABLE {} PARTITION OF results_response FOR VALUES IN ({})")
        cursor.execute(
            statement.format(sql.Identifier(partition_name(benchmark)), sql.Literal(benchmark.pk))
        )
