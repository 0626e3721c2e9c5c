"""Who sees which run, on every address that shows one."""

from __future__ import annotations

import pytest

from leaderboard.accounts.models import User
from leaderboard.runs.models import Run
from leaderboard.runs.states import PUBLIC, RunState
from tests.api.conftest import Api, assert_problem
from tests.factories import make_reviewer, make_run, make_user

pytestmark = pytest.mark.django_db

ADDRESSES = (
    "submissions/{submission}",
    "runs/{run}",
    "runs/{run}/scores",
    "runs/{run}/responses",
)


def caller(role: str, owner: User) -> Api:
    if role == "anonymous":
        return Api()
    if role == "owner":
        return Api(owner)
    return Api(make_reviewer() if role == "reviewer" else make_user(is_staff=role == "staff"))


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("state", list(RunState))
def test_only_published_runs_are_seen_by_others(state: RunState, address: str) -> None:
    owner = make_user()
    run = make_run(state, owner)
    path = address.format(run=run.public_id, submission=run.submission.public_id)
    for role in ("owner", "reviewer"):
        assert caller(role, owner).get(path).status_code == 200, role
    for role in ("anonymous", "other", "staff"):
        response = caller(role, owner).get(path)
        if state in PUBLIC:
            assert response.status_code == 200, role
        else:
            assert_problem(response, 404, "not-found")


def test_a_withdrawn_run_disappears_with_its_submission(anonymous: Api) -> None:
    run = make_run(RunState.PUBLISHED)
    Run.objects.transition(run, RunState.REVIEW, reason="withdrawn")
    for address in ADDRESSES:
        path = address.format(run=run.public_id, submission=run.submission.public_id)
        assert_problem(anonymous.get(path), 404, "not-found")


def test_of_a_submission_strangers_see_the_published_runs_only(anonymous: Api) -> None:
    owner = make_user()
    run = make_run(RunState.PUBLISHED, owner)
    other_benchmark = type(run.benchmark).objects.exclude(pk=run.benchmark_id).first()
    assert other_benchmark is not None
    hidden = Run.objects.create(submission=run.submission, benchmark=other_benchmark)
    path = f"submissions/{run.submission.public_id}"
    assert [r["id"] for r in anonymous.get(path).json()["runs"]] == [str(run.public_id)]
    assert len(Api(owner).get(path).json()["runs"]) == 2
    assert_problem(anonymous.get(f"runs/{hidden.public_id}"), 404, "not-found")


def test_other_peoples_lists_do_not_show_it() -> None:
    make_run(RunState.PUBLISHED)
    assert Api(make_user()).get("submissions").json()["results"] == []
