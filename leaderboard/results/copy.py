"""Writing graded responses: one COPY into the benchmark's partition."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import connection

from evaluator.records import Marked
from leaderboard.core.text import storable, storable_json
from leaderboard.results.models import Response
from leaderboard.runs.models import Run

COLUMNS = (
    "benchmark_id",
    "run_id",
    "item_id",
    "verdict",
    "points",
    "parsed",
    "how",
    "notes",
    "text",
    "error",
    "finish_reason",
    "ttft_ms",
    "latency_ms",
    "prompt_tokens",
    "completion_tokens",
    "retries",
)

_HOW_LENGTH = 40
_REASON_LENGTH = 20
_MAX_COUNT = 2**31 - 1
_MAX_RETRIES = 32_767


def copy_responses(run: Run, marked: Iterable[Marked], item_ids: Mapping[str, int]) -> None:
    """Write the responses of ``run`` to the database, in the running transaction.

    ``item_ids`` maps item keys to rows. Characters that PostgreSQL refuses are replaced, since models write
    anything. Fails where the benchmark has no partition.
    """
    statement = f"COPY {Response._meta.db_table} ({', '.join(COLUMNS)}) FROM STDIN"
    # Django translates the errors of execute() only.
    with (
        connection.cursor() as cursor,
        connection.wrap_database_errors,
        cursor.copy(statement) as copy,
    ):
        for entry in marked:
            copy.write_row(_row(run, entry, item_ids[entry.item.key]))


def _row(run: Run, entry: Marked, item_id: int) -> tuple[Any, ...]:
    response, graded = entry.response, entry.graded
    return (
        run.benchmark_id,
        run.pk,
        item_id,
        graded.verdict.value,
        graded.points,
        _text(graded.parsed),
        storable(graded.how)[:_HOW_LENGTH],
        _json(graded.notes),
        storable(response.text),
        _text(response.error),
        _text(response.finish_reason, _REASON_LENGTH),
        response.ttft_ms,
        response.latency_ms,
        _count(response.prompt_tokens),
        _count(response.completion_tokens),
        min(response.retries, _MAX_RETRIES),
    )


def _count(value: int | None) -> int | None:
    """Return a count that the column can hold; what cannot be a count is not told."""
    return value if value is not None and 0 <= value <= _MAX_COUNT else None


def _json(notes: Mapping[str, Any]) -> str | None:
    return json.dumps(storable_json(dict(notes))) if notes else None


def _text(value: str | None, longest: int | None = None) -> str | None:
    return None if value is None else storable(value)[:longest]
