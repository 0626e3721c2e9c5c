"""POST /submissions/{id}/cancel and /retry."""

from __future__ import annotations

import pytest

from leaderboard.runs.states import ACTIVE, RETRYABLE, RunState
from tests.api.conftest import Api, assert_problem
from tests.factories import make_published_run, make_reviewer, make_run, make_user

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("state", sorted(ACTIVE))
def test_an_unfinished_submission_is_cancelled(state: RunState) -> None:
    user = make_user()
    run = make_run(state, user)
    response = Api(user).post(
        f"submissions/{run.submission.public_id}/cancel", {"reason": "wrong model"}
    )
    assert response.status_code == 200
    assert response.json()["runs"][0]["state"] == "cancelled"
    event = run.events.last()
    assert event is not None
    assert (event.to_state, event.actor, event.reason) == ("cancelled", user, "wrong model")


@pytest.mark.parametrize("state", sorted(set(RunState) - ACTIVE))
def test_a_finished_submission_cannot_be_cancelled(state: RunState) -> None:
    user = make_user()
    run = make_run(state, user)
    response = Api(user).post(f"submissions/{run.submission.public_id}/cancel")
    problem = assert_problem(response, 409, "transition-refused")
    assert (problem["run"], problem["state"], problem["wanted"]) == (
        str(run.public_id),
        state.value,
        "cancelled",
    )
    assert str(state.label) in problem["detail"]
    run.refresh_from_db()
    assert run.state == state


@pytest.mark.parametrize("state", sorted(RETRYABLE))
def test_a_failed_or_cancelled_submission_is_retried(state: RunState) -> None:
    user = make_user()
    run = make_run(state, user)
    response = Api(user).post(f"submissions/{run.submission.public_id}/retry")
    assert response.status_code == 200
    answer = response.json()
    assert answer["attempt"] == 2
    assert [(r["state"], r["attempt"]) for r in answer["runs"]] == [("queued", 2)]


@pytest.mark.parametrize("state", sorted(set(RunState) - RETRYABLE))
def test_any_other_submission_cannot_be_retried(state: RunState) -> None:
    user = make_user()
    run = make_run(state, user)
    response = Api(user).post(f"submissions/{run.submission.public_id}/retry")
    problem = assert_problem(response, 409, "transition-refused")
    assert (problem["state"], problem["wanted"]) == (state.value, "queued")


def test_staff_cancel_what_is_not_theirs() -> None:
    run = make_run(RunState.EVALUATING)
    response = Api(make_reviewer()).post(f"submissions/{run.submission.public_id}/cancel")
    assert response.status_code == 200


@pytest.mark.parametrize("action", ["cancel", "retry"])
def test_what_one_may_not_see_is_not_there(action: str) -> None:
    run = make_run(RunState.FAILED)
    response = Api(make_user()).post(f"submissions/{run.submission.public_id}/{action}")
    assert_problem(response, 404, "not-found")


@pytest.mark.parametrize("action", ["cancel", "retry"])
def test_what_one_only_sees_one_may_not_act_on(action: str) -> None:
    run = make_published_run()
    response = Api(make_user()).post(f"submissions/{run.submission.public_id}/{action}")
    assert_problem(response, 403, "forbidden")


@pytest.mark.parametrize("action", ["cancel", "retry"])
def test_without_a_token_nothing_is_done(action: str, anonymous: Api) -> None:
    run = make_run(RunState.FAILED)
    response = anonymous.post(f"submissions/{run.submission.public_id}/{action}")
    assert_problem(response, 401, "not-authenticated")


@pytest.mark.parametrize("action", ["cancel", "retry"])
def test_an_unknown_field_is_an_error(action: str) -> None:
    user = make_user()
    run = make_run(RunState.EVALUATING, user)
    response = Api(user).post(f"submissions/{run.submission.public_id}/{action}", {"why": "x"})
    assert_problem(response, 400, "validation")
    run.refresh_from_db()
    assert run.state == RunState.EVALUATING


def test_a_reason_that_cannot_be_stored_is_refused() -> None:
    user = make_user()
    run = make_run(RunState.EVALUATING, user)
    path = f"submissions/{run.submission.public_id}/cancel"
    response = Api(user).post(path, {"reason": "\x00"})
    assert_problem(response, 400, "validation")
