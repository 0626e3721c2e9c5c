"""GET /comparisons: two runs on the same questions."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from leaderboard.results.comparison import compare_runs
from leaderboard.results.ingest import ingest
from leaderboard.runs.models import Run
from leaderboard.runs.states import RunState
from tests.api.conftest import Api, assert_problem
from tests.factories import (
    deliver,
    make_graded_run,
    make_published_run,
    make_run,
    make_submission,
    make_user,
    start,
)
from tests.small_set import knows_first

pytestmark = pytest.mark.django_db


def compare(api: Api, *runs: Run | str) -> Any:
    ids = [str(run.public_id) if isinstance(run, Run) else run for run in runs]
    return api.get("comparisons", {"runs": ",".join(ids)})


def test_the_answer_is_what_the_comparison_found(anonymous: Api) -> None:
    first, second = make_published_run(knows_first(6)), make_published_run(knows_first(2))

    answer = compare(anonymous, first, second).json()

    found = compare_runs(first, second)
    assert answer["runs"] == [str(first.public_id), str(second.public_id)]
    assert (answer["benchmark"], answer["metric"], answer["axis"]) == (
        "mmbench_en_dev",
        "circular",
        "L2",
    )
    assert answer["protocol"] == first.protocol
    assert answer["dataset"]["rows"] == 32
    for name, value in answer["whole"].items():
        assert value == getattr(found.whole, name)
    assert answer["whole"]["difference"] == 0.5
    assert [d["dimension"] for d in answer["dimensions"]] == [d.dimension for d in found.dimensions]
    assert [d["p_adjusted"] for d in answer["dimensions"]] == [
        d.p_adjusted for d in found.dimensions
    ]


@pytest.mark.parametrize("asked", ["", "x", "x,y", str(uuid.UUID(int=1)), ",,"])
def test_anything_but_two_runs_is_refused(anonymous: Api, asked: str) -> None:
    problem = assert_problem(compare(anonymous, asked), 400, "validation")
    assert problem["errors"][0]["field"].startswith("runs")


def test_a_run_is_not_compared_with_itself(anonymous: Api) -> None:
    run = make_published_run()
    problem = assert_problem(compare(anonymous, run, run), 400, "validation")
    assert problem["errors"][0]["code"] == "not_two"


def test_runs_that_measure_different_things_are_refused_with_the_reason() -> None:
    user = make_user()
    first = make_graded_run(user=user)
    second = make_graded_run(user=user, benchmarks=["mmbench_cn_dev"])
    problem = assert_problem(compare(Api(user), first, second), 400, "validation")
    assert [e["code"] for e in problem["errors"]] == ["other_benchmark"]
    assert problem["errors"][0]["message"]


def test_a_run_without_verdicts_cannot_be_compared() -> None:
    user = make_user()
    runs = make_graded_run(user=user), make_run(RunState.EVALUATING, user)
    problem = assert_problem(compare(Api(user), *runs), 400, "validation")
    assert [e["code"] for e in problem["errors"]] == ["not_graded"]


def test_a_run_that_is_not_visible_is_not_found(anonymous: Api) -> None:
    public, hidden = make_published_run(), make_graded_run()
    assert_problem(compare(anonymous, public, hidden), 404, "not-found")
    assert_problem(compare(Api(make_user()), public, hidden), 404, "not-found")
    assert compare(Api(hidden.submission.submitter), public, hidden).status_code == 200
    assert_problem(compare(anonymous, public, str(uuid.uuid4())), 404, "not-found")


def test_a_comparison_costs_a_fixed_number_of_queries(
    anonymous: Api, django_assert_max_num_queries: Any
) -> None:
    runs = make_published_run(), make_published_run(knows_first(3))
    with django_assert_max_num_queries(5):
        compare(anonymous, *runs)


def test_scores_of_a_run_hold_what_the_pictures_are_worth() -> None:
    user = make_user()
    sighted, blind = (
        make_submission(user, blind="none")
        .runs.select_related("submission", "benchmark")
        .order_by("id")
    )
    start(sighted)
    ingest(sighted, **deliver(sighted, knows_first(5)).arguments())
    ingest(blind, **deliver(blind, knows_first(1)).arguments())

    scores = Api(user).get(f"runs/{sighted.public_id}/scores").json()["scores"]

    found = {s["metric"]: s["value"] for s in scores if s["axis"] == "overall"}
    assert (found["blind"], found["visual_gain"]) == (1 / 8, 4 / 8)
