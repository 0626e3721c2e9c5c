"""Writing graded responses: one COPY into the benchmark's partition, and new verdicts on what is there."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection

from evaluator.records import MAX_COUNT, Graded, Marked, Verdict
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
    response = entry.response
    return (
        run.benchmark_id,
        run.pk,
        item_id,
        *_verdict(entry.graded),
        storable(response.text),
        _text(response.error),
        _text(response.finish_reason, _REASON_LENGTH),
        response.ttft_ms,
        response.latency_ms,
        _count(response.prompt_tokens),
        _count(response.completion_tokens),
        min(response.retries, _MAX_RETRIES),
    )


def _verdict(graded: Graded) -> tuple[Any, ...]:
    return (
        graded.verdict.value,
        graded.points,
        _text(graded.parsed),
        storable(graded.how)[:_HOW_LENGTH],
        _json(graded.notes),
    )


@dataclass(frozen=True, slots=True)
class Rewritten:
    """How many responses were given something new, how many of them another verdict or other points.

    ``judged`` are those of the latter that a judge had failed on before.
    """

    responses: int
    verdicts: int
    judged: int


def rewrite_verdicts(run: Run, marked: Iterable[Marked], item_ids: Mapping[str, int]) -> Rewritten:
    """Give the stored responses of ``run`` these verdicts, in the running transaction; only those that differ change.

    The texts of ``marked`` do not matter.
    """
    with connection.cursor() as cursor:
        cursor.execute(_MAKE_VERDICTS)
        with (
            connection.wrap_database_errors,
            cursor.copy("COPY results_verdict FROM STDIN") as copy,
        ):
            for entry in marked:
                copy.write_row((item_ids[entry.item.key], *_verdict(entry.graded)))
        place: dict[str, int | str] = {
            "benchmark": run.benchmark_id,
            "run": run.pk,
            "unjudged": Verdict.UNJUDGED.value,
        }
        cursor.execute(_COMPARE_VERDICTS, place)
        verdicts, judged = cursor.fetchone() or (0, 0)
        cursor.execute(_REWRITE_VERDICTS, place)
        responses = cursor.rowcount
        cursor.execute("DROP TABLE results_verdict")
    return Rewritten(responses, verdicts, judged)


_MAKE_VERDICTS = """
CREATE TEMPORARY TABLE results_verdict (
    item_id bigint, verdict varchar, points double precision, parsed text, how varchar, notes jsonb
)
"""
_SAME_RESPONSE = """
r.benchmark_id = %(benchmark)s AND r.run_id = %(run)s AND r.item_id = v.item_id
"""
_COMPARE_VERDICTS = f"""
SELECT count(*), count(*) FILTER (WHERE r.verdict = %(unjudged)s)
FROM results_response r, results_verdict v
WHERE {_SAME_RESPONSE} AND (r.verdict, r.points) IS DISTINCT FROM (v.verdict, v.points)
"""  # noqa: S608 - no value is formatted in
_REWRITE_VERDICTS = f"""
UPDATE results_response r
SET verdict = v.verdict, points = v.points, parsed = v.parsed, how = v.how, notes = v.notes
FROM results_verdict v
WHERE {_SAME_RESPONSE} AND (r.verdict, r.points, r.parsed, r.how, r.notes)
    IS DISTINCT FROM (v.verdict, v.points, v.parsed, v.how, v.notes)
"""  # noqa: S608 - no value is formatted in


def _count(value: int | None) -> int | None:
    """Return a count that the column can hold; what cannot be a count is not told."""
    return value if value is not None and 0 <= value <= MAX_COUNT else None


def _json(notes: Mapping[str, Any]) -> str | None:
    return json.dumps(storable_json(dict(notes))) if notes else None


def _text(value: str | None, longest: int | None = None) -> str | None:
    return None if value is None else storable(value)[:longest]
