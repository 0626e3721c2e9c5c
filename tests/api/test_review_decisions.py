"""POST /runs/{id}/decisions and /reviews/decisions: with what one has seen, a reason, and a stable answer."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from leaderboard.accounts.roles import Scope
from leaderboard.accounts.services import issue_token
from leaderboard.boards.models import BoardVersion
from leaderboard.review.models import Decision
from leaderboard.review.services import quarantine
from leaderboard.runs.models import Run
from leaderboard.runs.states import RunState
from tests.api.conftest import Api, assert_problem
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


def tag(api: Api, run: Run) -> str:
    return str(api.get(f"runs/{run.public_id}/decisions")["ETag"])


def decide(api: Api, run: Run, action: str, reason: str = "looked at", **fields: Any) -> Any:
    body = {"action": action, "reason": reason} | fields
    return api.post(f"runs/{run.public_id}/decisions", body, **{"If-Match": tag(api, run)})


def test_a_decision_is_made_and_answered_with_the_new_version(api: Api) -> None:
    run = make_graded_run()
    before = tag(api, run)
    response = decide(api, run, "approve")
    assert response.status_code == 201
    made = response.json()
    assert (made["action"], made["reviewer"], made["reason"]) == ("approve", "rosa", "looked at")
    assert (made["from_state"], made["to_state"]) == ("review", "published")
    assert response["ETag"] not in ("", before)
    assert response["ETag"] == tag(api, run)
    assert BoardVersion.objects.count() == 1


def test_every_decision_can_be_made(api: Api) -> None:
    run = make_graded_run(knows_first(4))
    for action, state in (
        ("quarantine", "quarantined"),
        ("approve", "published"),
        ("reopen", "review"),
        ("reject", "rejected"),
        ("rerun", "rejected"),
    ):
        response = decide(api, run, action)
        assert response.status_code == 201, response.content
        assert response.json()["to_state"] == state
    again = Run.objects.get(public_id=response.json()["other"])
    assert (again.state, again.rerun_of) == ("queued", run)


def test_superseding_names_the_run_that_takes_its_place(api: Api) -> None:
    old = make_published_run(knows_first(4))
    newer = make_published_run(knows_first(6))
    response = decide(api, old, "supersede", successor=str(newer.public_id))
    assert response.json()["other"] == str(newer.public_id)
    older = decide(api, newer, "supersede")
    assert_problem(older, 409, "no-successor")


def test_without_if_match_nothing_is_decided(api: Api) -> None:
    run = make_graded_run()
    for headers in ({}, {"If-Match": "*"}):
        response = api.post(
            f"runs/{run.public_id}/decisions", {"action": "approve", "reason": "x"}, **headers
        )
        assert_problem(response, 428, "precondition-required")
    assert not Decision.objects.exists()


def test_what_has_changed_since_it_was_seen_is_not_decided_on(api: Api) -> None:
    run = make_graded_run()
    seen = tag(api, run)
    quarantine(run, make_reviewer(), "odd")
    response = api.post(
        f"runs/{run.public_id}/decisions",
        {"action": "approve", "reason": "x"},
        **{"If-Match": seen},
    )
    assert_problem(response, 412, "precondition-failed")
    assert response["ETag"] == tag(api, run)
    run.refresh_from_db()
    assert run.state == RunState.QUARANTINED


def test_a_tag_that_a_proxy_made_weak_is_the_same(api: Api) -> None:
    run = make_graded_run()
    response = api.post(
        f"runs/{run.public_id}/decisions",
        {"action": "approve", "reason": "x"},
        **{"If-Match": f"W/{tag(api, run)}"},
    )
    assert response.status_code == 201


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"action": "approve"}, "reason"),
        ({"action": "approve", "reason": "  "}, "reason"),
        ({"action": "approve", "reason": "a\0b"}, "reason"),
        ({"action": "approve", "reason": "x" * 2001}, "reason"),
        ({"action": "burn", "reason": "x"}, "action"),
        ({"action": "approve", "reason": "x", "succesor": "y"}, "succesor"),
        ({"action": "supersede", "reason": "x", "successor": str(uuid.uuid4())}, "successor"),
    ],
)
def test_a_body_that_is_not_valid_is_refused(api: Api, body: dict[str, Any], field: str) -> None:
    run = make_published_run()
    response = api.post(f"runs/{run.public_id}/decisions", body, **{"If-Match": tag(api, run)})
    problem = assert_problem(response, 400, "validation")
    assert [error["field"] for error in problem["errors"]] == [field]


def test_a_forbidden_transition_is_a_conflict(api: Api) -> None:
    run = make_published_run()
    problem = assert_problem(decide(api, run, "approve"), 409, "transition-refused")
    assert (problem["state"], problem["wanted"]) == ("published", "published")


def test_what_stands_against_publishing_is_named(api: Api) -> None:
    run = make_graded_run(limit=8)
    problem = assert_problem(decide(api, run, "approve"), 409, "not-publishable")
    assert [blocker["code"] for blocker in problem["blockers"]] == ["limited"]


def test_nobody_decides_on_their_own_run() -> None:
    reviewer = make_reviewer()
    run = make_graded_run(user=reviewer)
    assert_problem(decide(Api(reviewer), run, "approve"), 403, "own-run")


def test_only_reviewers_with_the_scope_decide() -> None:
    run, reviewer = make_graded_run(), make_reviewer()
    path, body = f"runs/{run.public_id}/decisions", {"action": "approve", "reason": "x"}
    assert_problem(Api().post(path, body), 401, "not-authenticated")
    assert_problem(Api(make_user()).post(path, body), 403, "missing-scope")
    narrow = Api()
    token = issue_token(reviewer, "narrow", scopes=[Scope.READ, Scope.SUBMIT])[1]
    header = {"Authorization": f"Bearer {token}"}
    assert_problem(narrow.post(path, body, **header), 403, "missing-scope")
    assert_problem(narrow.get("reviews", **header), 403, "forbidden")
    assert not Decision.objects.exists()


def test_the_decisions_of_a_run_are_told_oldest_first(api: Api) -> None:
    run = make_run(RunState.REJECTED)
    decide(api, run, "reopen", "a second look")
    told = api.get(f"runs/{run.public_id}/decisions").json()
    assert [(d["action"], d["reason"]) for d in told] == [
        ("reject", "made by a test"),
        ("reopen", "a second look"),
    ]


def test_many_are_decided_on_and_each_is_told_of(api: Api) -> None:
    good, limited = make_graded_run(model_name="Good"), make_graded_run(limit=8)
    stale, published = make_graded_run(model_name="Stale"), make_published_run(model_name="Done")
    runs = [
        {"id": str(r.public_id), "etag": tag(api, r)} for r in (good, limited, stale, published)
    ]
    quarantine(stale, make_reviewer(), "odd")
    response = api.post(
        "reviews/decisions", {"action": "approve", "reason": "all fine", "runs": runs}
    )
    assert response.status_code == 200
    results = response.json()["results"]
    assert [result["run"] for result in results] == [run["id"] for run in runs]
    assert [r["problem"] and r["problem"]["type"].rpartition(":")[2] for r in results] == [
        None,
        "not-publishable",
        "precondition-failed",
        "transition-refused",
    ]
    assert results[0]["decision"]["to_state"] == "published"
    assert results[0]["etag"] == tag(api, good)
    assert Decision.objects.filter(reason="all fine").count() == 1


@pytest.mark.parametrize(
    ("runs", "field"),
    [
        ([], "runs"),
        ([{"id": str(uuid.UUID(int=1)), "etag": '"1-1"'}], "runs.0.id"),
        ([{"id": str(uuid.UUID(int=1)), "etag": '"1-1"'}] * 2, "runs"),
        ([{"id": str(uuid.UUID(int=1))}], "runs.0.etag"),
        ("all", "runs"),
    ],
)
def test_a_list_of_runs_that_is_not_valid_decides_nothing(api: Api, runs: Any, field: str) -> None:
    response = api.post("reviews/decisions", {"action": "reject", "reason": "x", "runs": runs})
    problem = assert_problem(response, 400, "validation")
    assert field in {error["field"] for error in problem["errors"]}


@pytest.mark.django_db(transaction=True)
def test_of_reviewers_who_have_seen_the_same_one_decides() -> None:
    run = make_graded_run()
    reviewers = [Api(make_reviewer()) for _ in range(4)]
    seen = tag(reviewers[0], run)
    actions = ["approve", "reject", "quarantine", "rerun"]
    together = Barrier(len(reviewers))

    def act(index: int) -> int:
        try:
            together.wait(timeout=30)
            body = {"action": actions[index], "reason": "mine"}
            path = f"runs/{run.public_id}/decisions"
            return int(reviewers[index].post(path, body, **{"If-Match": seen}).status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(reviewers)) as pool:
        statuses = sorted(pool.map(act, range(len(reviewers))))
    assert statuses == [201, 412, 412, 412]
    assert run.decisions.count() == 1
