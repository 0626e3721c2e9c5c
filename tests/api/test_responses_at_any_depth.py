"""A page of responses reads the rows that it returns, however deep it lies and however large the run is."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from leaderboard.results.flags import Flag
from leaderboard.runs.models import Run
from tests.api.conftest import Api
from tests.factories import make_published_run

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.usefixtures("benchmarks")]

QUESTIONS = 50_000
DEEP = 40_000
PAGE = 50

FILL = """
WITH made AS (
    INSERT INTO catalog_item (dataset_id, key, position, fields, dimensions)
    SELECT %(dataset)s, 'q' || n, 1000 + n, '{"question": "Which?"}', '{"L2": "logic_reasoning"}'
    FROM generate_series(1, %(number)s) AS n
    RETURNING id
)
INSERT INTO results_response (
    benchmark_id, run_id, item_id, verdict, points, how, text, retries, finish_reason, notes
)
SELECT %(benchmark)s, %(run)s, id, CASE WHEN id %% 2 = 0 THEN 'correct' ELSE 'incorrect' END, 0,
    CASE WHEN id %% 2 = 0 THEN 'refused' ELSE 'letter' END, 'A', 0,
    CASE WHEN id %% 2 = 0 THEN 'length' ELSE 'stop' END,
    CASE WHEN id %% 2 = 0 THEN '{"ruling": {"judge": "judge", "outcome": "A"}}'::jsonb END
FROM made
"""


@pytest.fixture
def run() -> Run:
    """A published run with many more responses than it was delivered with."""
    run = make_published_run()
    with connection.cursor() as cursor:
        values = {"dataset": run.dataset_id, "number": QUESTIONS, "run": run.pk}
        cursor.execute(FILL, values | {"benchmark": run.benchmark_id})
        cursor.execute("ANALYZE results_response, catalog_item")
    return run


def scanned(node: dict[str, Any]) -> Iterator[int]:
    """Yield how many rows each scan of a plan read, those included that it threw away."""
    if "Relation Name" in node:
        loops = node["Actual Loops"]
        yield int((node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * loops)
    for child in node.get("Plans", ()):
        yield from scanned(child)


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"verdict": "correct"},
        {"dimension": "L2:logic_reasoning"},
        *({"flag": flag.value} for flag in Flag),
    ],
    ids=lambda query: "-".join(query.values()) or "all",
)
def test_a_page_deep_in_a_run_reads_little_more_than_it_returns(
    anonymous: Api, run: Run, query: dict[str, str]
) -> None:
    cursor = base64.b64encode(f"p={DEEP}".encode()).decode()
    asked = {"cursor": cursor, "page_size": PAGE, **query}
    with CaptureQueriesContext(
        connection,
    ) as captured:
        answer = anonymous.get(f"runs/{run.public_id}/responses", asked).json()
    assert len(answer["results"]) == PAGE
    assert answer["results"][0]["position"] > DEEP
    (sql,) = (q["sql"] for q in captured if 'FROM "results_response"' in q["sql"])
    with connection.cursor() as database:
        database.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}")
        found = database.fetchone()[0]
    (plan,) = found if isinstance(found, list) else json.loads(found)
    assert max(scanned(plan["Plan"])) <= 4 * PAGE
