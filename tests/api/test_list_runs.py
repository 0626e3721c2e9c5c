"""GET /runs: which runs, in pages."""

from __future__ import annotations

from typing import Any

import pytest

from leaderboard.runs.states import RunState
from tests.api.conftest import Api, assert_problem
from tests.factories import make_published_run, make_run, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("benchmarks")]


def ids(api: Api, **query: Any) -> list[str]:
    answer = api.get("runs", query)
    assert answer.status_code == 200, answer.content
    return [run["id"] for run in answer.json()["results"]]


def test_everybody_sees_published_runs_and_their_submitter_the_others(anonymous: Api) -> None:
    user = make_user()
    shown, hidden = make_published_run(), make_run(user=user)
    assert ids(anonymous) == [str(shown.public_id)]
    assert ids(Api(user)) == [str(hidden.public_id), str(shown.public_id)]
    assert ids(Api(user), mine=True) == [str(hidden.public_id)]
    assert ids(anonymous, mine=True) == []


def test_runs_are_filtered_by_state_model_benchmark_and_text() -> None:
    user = make_user()
    api = Api(user)
    failed = make_run(RunState.FAILED, user, model_name="Red Panda", organization="Zoo")
    queued = make_run(user=user, model_name="Okapi", organization="Zoo")
    assert ids(api, state="failed") == [str(failed.public_id)]
    assert set(ids(api, state=["failed", "queued"])) == {
        str(failed.public_id),
        str(queued.public_id),
    }
    assert ids(api, model="zoo-okapi") == [str(queued.public_id)]
    assert ids(api, q="panda") == [str(failed.public_id)]
    assert ids(api, q="zoo", benchmark="mmbench_en_dev", state="queued") == [str(queued.public_id)]
    assert ids(api, benchmark="hallusion_bench") == []


@pytest.mark.parametrize(
    ("name", "value"),
    [("state", "perhaps"), ("pictures", "blue"), ("benchmark", "no slug"), ("q", "x" * 201)],
)
def test_a_value_that_there_is_not_is_named(anonymous: Api, name: str, value: str) -> None:
    problem = assert_problem(anonymous.get("runs", {name: value}), 400, "validation")
    assert [error["field"] for error in problem["errors"]] == [name]


def test_pages_are_walked_while_runs_come_in() -> None:
    user = make_user()
    api = Api(user)
    made = [str(make_run(user=user, model_name=f"Model {n}").public_id) for n in range(5)]
    page = api.get("runs", {"page_size": 2}).json()
    found = [run["id"] for run in page["results"]]
    make_run(user=user, model_name="Late")
    while page["next"]:
        page = api.client.get(page["next"]).json()
        found += [run["id"] for run in page["results"]]
    assert found == made[::-1]


def test_a_page_costs_the_same_whatever_its_size(django_assert_num_queries: Any) -> None:
    user = make_user()
    api = Api(user)
    for number in range(3):
        make_run(user=user, model_name=f"Model {number}", owner="")
    for size in (1, 3):
        api.get("runs", {"page_size": size})
        with django_assert_num_queries(2):  # the token and its user; the runs
            api.get("runs", {"page_size": size})


def test_where_a_model_is_served_from_is_not_in_the_list() -> None:
    user = make_user()
    run = make_run(user=user)
    answer = Api(user).get("runs")
    assert run.submission.variant.source not in answer.content.decode()
