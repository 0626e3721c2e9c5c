"""A run of a benchmark that is declared as data: graded by lmms-eval's values, shown like any other."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from evaluator.records import Response
from leaderboard.catalog.models import Benchmark
from leaderboard.catalog.sync import declare, sync_benchmarks
from leaderboard.results.ingest import ingest
from leaderboard.review.services import approve
from leaderboard.runs.models import Run
from leaderboard.runs.states import RunState
from tests.factories import deliver, generate, make_reviewer, make_submission, start
from tests.small_set import respond, small_set

pytestmark = pytest.mark.django_db

DECLARATION: dict[str, Any] = {
    "slug": "pope",
    "title": {"en": "POPE", "zh": "POPE"},
    "task": "pope",
    "metric": "pope_accuracy",
    "data": {"path": "lmms-lab/POPE", "split": "test", "rows": 9000},
    "dimension_fields": ["category"],
}


@pytest.fixture
def run() -> Run:
    """A run in REVIEW on a small data set, right on every other item."""
    declare(DECLARATION)
    run = make_submission(benchmarks=["pope"]).runs.select_related("benchmark").get()
    start(run)
    generate(run)
    run.refresh_from_db()
    data = small_set()
    answers = [
        replace(respond(item, "yes"), metrics={"pope_accuracy": float(item.position % 2)})
        for item in data.items[:-1]
    ]
    last = data.items[-1]
    answers.append(Response(last.key, last.position, error="ENDPOINT_ERROR: 500"))
    positions = [replace(item, key=str(item.position)) for item in data.items]
    keyed = [replace(answer, key=str(answer.position)) for answer in answers]
    sent = deliver(run, data=replace(data, items=positions), responses=keyed)
    return ingest(run, **sent.arguments())


def test_it_is_graded_by_lmms_evals_own_values(run: Run) -> None:
    assert run.state == RunState.REVIEW
    scores = {(s.axis, s.dimension, s.metric): s for s in run.scores.all()}
    whole = scores["overall", "overall", "pope_accuracy"]
    assert (whole.correct, whole.total) == (15, 31)
    assert whole.protocol.startswith("lmms-eval-pope_accuracy@")
    assert scores["overall", "overall", "errored"].correct == 1
    by_category = [s for s in scores.values() if s.axis == "category"]
    assert sum(s.total for s in by_category) == 31


def test_its_board_has_a_column_for_each_value_in_the_data(run: Run) -> None:
    Run.objects.filter(pk=run.pk).update(blockers=[])
    run.refresh_from_db()
    approve(run, make_reviewer(), "made by a test")

    benchmark = Benchmark.objects.get(slug="pope")
    assert benchmark.board_axis == "category"
    titles = {d.key for d in benchmark.dimensions.filter(axis="category")}
    assert titles == {item.fields["category"] for item in small_set().items}
    page = Client().get(reverse("boards:benchmark", args=["pope"])).content.decode()
    assert all(title in page for title in titles)


def test_its_samples_are_shown(run: Run) -> None:
    client = Client()
    client.force_login(make_reviewer())
    answer = client.get(reverse("explorer:sample", args=[run.public_id, "3"]))
    assert answer.status_code == 200
    assert "Question 3: which colour?" in answer.content.decode()


def test_a_sync_changes_nothing_of_it(run: Run) -> None:
    def state() -> list[Any]:
        benchmark = Benchmark.objects.filter(pk=run.benchmark_id)
        return [*benchmark.values(), *run.benchmark.dimensions.order_by("pk").values()]

    before = state()
    sync_benchmarks()
    assert state() == before
