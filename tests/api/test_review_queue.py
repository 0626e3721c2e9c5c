"""GET /reviews and /runs/{id}/audit, and the corrections of a run's scores."""

from __future__ import annotations

from typing import Any

import pytest

from leaderboard.results.models import Score
from leaderboard.runs.models import Run
from leaderboard.runs.states import RunState
from tests.api.conftest import Api, assert_problem
from tests.api.test_review_decisions import tag
from tests.factories import (
    make_graded_run,
    make_published_run,
    make_reviewer,
    make_run,
    make_user,
)
from tests.small_set import knows_first

pytestmark = pytest.mark.django_db


@pytest.fixture
def api() -> Api:
    return Api(make_reviewer("rosa"))


def queue(api: Api, **query: Any) -> list[dict[str, Any]]:
    response = api.get("reviews", query)
    assert response.status_code == 200, response.content
    return list(response.json()["results"])


def test_the_queue_has_what_awaits_review_with_checks_and_decisions(api: Api) -> None:
    run = make_graded_run(user=make_user("ana"))
    make_published_run(model_name="Done")
    make_run(RunState.EVALUATING, model_name="Running")
    (row,) = queue(api)
    assert (row["id"], row["submitter"], row["state"]) == (str(run.public_id), "ana", "review")
    assert row["etag"] == tag(api, run)
    assert row["decisions"] == ["approve", "reject", "quarantine", "rerun"]
    assert "completeness" in {check["code"] for check in row["checks"]}
    assert row["headline"]["value"] == 1.0


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({"state": "published"}, {"Done"}),
        ({"state": ["published", "review"]}, {"Done", "Good", "Mumbler"}),
        ({"q": "mumb"}, {"Mumbler"}),
        ({"submitter": "ana"}, {"Good"}),
        ({"benchmark": "hallusionbench_image"}, set()),
        ({"check": "unparsed"}, {"Mumbler"}),
        ({"worst": "fail"}, {"Mumbler"}),
    ],
)
def test_the_queue_is_filtered(api: Api, query: dict[str, Any], names: set[str]) -> None:
    make_graded_run(model_name="Good", user=make_user("ana"))
    make_graded_run(lambda _item: "Hm.", model_name="Mumbler")
    make_published_run(model_name="Done")
    assert {row["model"]["name"] for row in queue(api, **query)} == names


def test_the_queue_comes_in_pages_and_costs_the_same_whatever_its_length(
    api: Api, django_assert_max_num_queries: Any
) -> None:
    runs = [make_graded_run(model_name=f"Model {n}") for n in range(3)]
    first = api.get("reviews", {"page_size": 2}).json()
    second = api.client.get(first["next"]).json()
    found = [row["id"] for row in first["results"] + second["results"]]
    assert found == [str(run.public_id) for run in reversed(runs)]
    assert second["next"] is None
    # The token, its user's permissions (three), the rows and their checks.
    with django_assert_max_num_queries(7):
        api.get("reviews")


@pytest.mark.parametrize(
    "query", [{"state": "queued"}, {"worst": "bad"}, {"check": "x"}, {"cursor": "x"}]
)
def test_what_no_run_can_have_is_refused(api: Api, query: dict[str, str]) -> None:
    assert_problem(api.get("reviews", query), 400, "validation")


def test_the_queue_is_for_reviewers() -> None:
    run = make_published_run()
    for path in (
        "reviews",
        f"runs/{run.public_id}/decisions",
        f"runs/{run.public_id}/corrections",
        f"runs/{run.public_id}/audit",
    ):
        assert_problem(Api().get(path), 401, "not-authenticated")
        assert_problem(Api(run.submission.submitter).get(path), 403, "forbidden")


def test_the_audit_tells_who_did_what_and_why(api: Api) -> None:
    run = make_run(RunState.QUARANTINED)
    told = api.get(f"runs/{run.public_id}/audit").json()["results"]
    newest = told[0]
    assert (newest["from_state"], newest["to_state"]) == ("review", "quarantined")
    assert newest["reason"] == "made by a test"
    assert newest["actor"]
    assert told[-1]["to_state"] == "queued"


# --- Corrections ----------------------------------------------------------------------------------


def headline(run: Run) -> Score:
    found = Score.objects.headline(run)
    assert found is not None
    return found


def correct(api: Api, run: Run, **fields: Any) -> Any:
    score = headline(run)
    body: dict[str, Any] = {
        "axis": score.axis,
        "dimension": score.dimension,
        "metric": score.metric,
        "value": 0.5,
        "reason": "A question was wrong.",
    }
    headers = {"If-Match": tag(api, run)}
    return api.post(f"runs/{run.public_id}/corrections", body | fields, **headers)


def test_a_score_is_corrected_and_both_values_are_told(api: Api) -> None:
    run = make_published_run(knows_first(6))
    before = tag(api, run)
    response = correct(api, run)
    assert response.status_code == 201
    made = response.json()
    assert (made["old_value"], made["computed_value"], made["new_value"]) == (0.75, 0.75, 0.5)
    assert (made["author"], made["reason"]) == ("rosa", "A question was wrong.")
    assert response["ETag"] == tag(api, run) != before
    scores = Api().get(f"runs/{run.public_id}/scores").json()["scores"]
    shown = [s for s in scores if s["computed_value"] is not None]
    assert [(s["value"], s["computed_value"], s["corrected"]) for s in shown] == [(0.5, 0.75, True)]
    board = Api().get(f"boards/{run.benchmark.slug}").json()
    assert board["rows"][0]["cells"][0]["computed"] == 0.75
    assert api.get(f"runs/{run.public_id}/corrections").json() == [made]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"value": 1.5}, "value"),
        ({"value": "NaN"}, "value"),
        ({"value": 0.75}, "value"),
        ({"value": None}, "value"),
        ({"metric": "nonsense"}, "metric"),
        ({"metric": "visual_gain"}, "metric"),
        ({"reason": " "}, "reason"),
        ({"vlaue": 1}, "vlaue"),
    ],
)
def test_a_correction_that_cannot_be_is_refused(
    api: Api, fields: dict[str, Any], field: str
) -> None:
    run = make_graded_run(knows_first(6))
    problem = assert_problem(correct(api, run, **fields), 400, "validation")
    assert [error["field"] for error in problem["errors"]] == [field]
    assert headline(run).value == 0.75


def test_a_correction_needs_the_version_that_was_seen(api: Api) -> None:
    run = make_graded_run(knows_first(6))
    path = f"runs/{run.public_id}/corrections"
    assert_problem(api.post(path, {}), 428, "precondition-required")
    seen = tag(api, run)
    correct(api, run)
    score = headline(run)
    body = {
        "axis": score.axis,
        "dimension": score.dimension,
        "metric": score.metric,
        "value": 0.25,
        "reason": "x",
    }
    assert_problem(api.post(path, body, **{"If-Match": seen}), 412, "precondition-failed")
    assert headline(run).value == 0.5
