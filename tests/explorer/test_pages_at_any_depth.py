"""A page of questions reads the rows that it shows, however deep it lies and however large the data set is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from django.db import connection

from leaderboard.core.paging import page_of
from leaderboard.explorer.item_filters import ItemFilter, Sort
from leaderboard.results.models import ItemStatistics
from leaderboard.runs.models import Run
from tests.factories import make_published_run

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.usefixtures("benchmarks")]

QUESTIONS = 50_000
PAGE = 48

FILL = """
WITH made AS (
    INSERT INTO catalog_item (dataset_id, key, position, fields, dimensions)
    SELECT %(dataset)s, 'q' || n, 1000 + n, '{"question": "Which?"}', '{"L2": "logic_reasoning"}'
    FROM generate_series(1, %(number)s) AS n
    RETURNING id, position
)
INSERT INTO results_itemstatistics (
    item_id, dataset_id, position, "right", answered, level, disputed, hardest,
    right_runs, wrong_runs, verdicts, hows
)
SELECT id, %(dataset)s, position, position %% 9, 8, position %% 5, position, position,
    ARRAY[%(run)s], '{}', '{correct}', CASE WHEN position %% 50 = 0 THEN '{stated}' ELSE '{letter}' END::varchar[]
FROM made
"""


@pytest.fixture
def run() -> Run:
    """A published run, on a data set that has grown."""
    run = make_published_run()
    with connection.cursor() as cursor:
        values = {"dataset": run.dataset_id, "number": QUESTIONS, "run": run.pk}
        cursor.execute(FILL, values)
        cursor.execute("ANALYZE results_itemstatistics, catalog_item")
    return run


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield every node of a plan."""
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes(child)


def explain(chosen: ItemFilter, run: Run, sort: Sort, after: int) -> list[dict[str, Any]]:
    """Return the nodes of the plan by which a page behind ``after`` was read."""
    assert run.dataset
    found = chosen.of(run.dataset, [run]).select_related("item")
    page = page_of(found, {"after": str(after)}, key=sort.value, size=PAGE)
    assert len(page.rows) == PAGE
    ordered = found.filter(**{f"{sort.value}__gt": after}).order_by(sort.value)[: PAGE + 1]
    text = ordered.explain(analyze=True, format="json")
    return list(nodes(json.loads(text)[0]["Plan"]))


def test_a_page_is_read_through_the_index_of_its_order(run: Run) -> None:
    for sort, after in product(Sort, (10, QUESTIONS // 2, QUESTIONS - 10_000)):
        plan = explain(ItemFilter(), run, sort, after)
        scans = [n for n in plan if n.get("Relation Name") == ItemStatistics._meta.db_table]
        assert [n.get("Index Name") for n in scans] == [f"results_stats_{sort.value}"]
        assert scans[0]["Actual Rows"] == PAGE + 1
        assert not [n for n in plan if "Sort" in n["Node Type"]]


def test_a_filter_stops_reading_once_the_page_is_full(run: Run) -> None:
    right = ItemFilter(level="3", right=str(run.public_id))
    plan = explain(right, run, Sort.DISPUTED, QUESTIONS // 2)
    read = sum(n.get("Rows Removed by Filter", 0) + n["Actual Rows"] for n in plan)
    assert read < 20 * PAGE
