"""POST /submissions/validate: everything that is wrong, what it would amount to, and nothing done."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from leaderboard.accounts.models import Membership, Organization
from leaderboard.accounts.roles import Scope
from leaderboard.accounts.services import issue_token
from leaderboard.catalog.models import Variant, VlmModel
from leaderboard.core.redis import client
from leaderboard.runs.models import Submission
from leaderboard.runs.states import RunState
from tests.api.conftest import ROOT, Api, assert_problem
from tests.api.test_secrets_stay_secret import KEY, every_row_of_the_database
from tests.api.test_submit import checkpoint_body, endpoint_body
from tests.factories import make_checkpoint_request, make_run, make_submission, make_user
from tests.small_set import BENCHMARK

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("benchmarks")]


def validate(body: Any, api: Api | None = None) -> Any:
    response = (api or Api(make_user())).post("submissions/validate", body)
    assert response.status_code == 200, response.content
    return response.json()


def places(answer: Any) -> set[str]:
    return {error["field"] for error in answer["errors"]}


def test_a_sound_submission_is_valid_and_its_runs_are_told() -> None:
    answer = validate(endpoint_body(limit=16))
    assert (answer["valid"], answer["within_quota"], answer["errors"]) == (True, True, [])
    assert [(r["benchmark"], r["pictures"], r["requests"]) for r in answer["runs"]] == [
        (BENCHMARK, "shown", 16)
    ]
    assert (answer["requests"], answer["queue"], answer["gpus"]) == (16, "endpoint", 0)
    assert answer["fit"] is None


def test_nothing_is_stored_sent_or_kept() -> None:
    api = Api(make_user())
    api.get("account")  # notes the token's use
    before, keys = every_row_of_the_database(), sorted(client().keys("*"))
    body = endpoint_body()
    body["endpoint"]["api_key"] = KEY
    answer = validate(body, api)
    assert every_row_of_the_database() == before
    assert sorted(client().keys("*")) == keys
    assert KEY not in str(answer)


def test_all_errors_are_told_at_once_those_of_shape_too() -> None:
    body = endpoint_body(
        benchmarks=["nope"], limit=-1, frugel=True, owner="strangers", concurrency="many"
    )
    body["endpoint"]["base_url"] = "http://127.0.0.1:1/v1"
    answer = validate(body)
    assert not answer["valid"]
    assert places(answer) == {
        "benchmarks",
        "limit",
        "frugel",
        "owner",
        "concurrency",
        "endpoint.base_url",
    }
    assert answer["runs"] == []
    assert answer["queue"] is None


@pytest.mark.parametrize("body", [[], "text", 7, None])
def test_what_is_no_object_is_not_valid(body: Any) -> None:
    response = Api(make_user()).client.post(
        ROOT + "submissions/validate", body, content_type="application/json"
    )
    assert response.status_code in (200, 400)
    if response.status_code == 200:
        assert not response.json()["valid"]


def test_what_validates_is_taken_and_what_does_not_is_refused_for_the_same_fields() -> None:
    api = Api(make_user())
    for body in (endpoint_body(), endpoint_body(limit=0), checkpoint_body(engine="no-such")):
        answer, taken = validate(body, api), api.post("submissions", body)
        assert answer["valid"] == (taken.status_code == 202)
        assert answer["errors"] == taken.json().get("errors", [])


def test_runs_without_pictures_are_counted_too() -> None:
    answer = validate(endpoint_body(blind="none", limit=4))
    assert [run["pictures"] for run in answer["runs"]] == ["shown", "none"]
    assert answer["requests"] == 8


def test_time_is_estimated_from_finished_runs_and_null_without_any() -> None:
    assert validate(endpoint_body(limit=16))["seconds"] is None
    make_run(RunState.REVIEW)
    four, eight = (validate(endpoint_body(limit=limit))["seconds"] for limit in (4, 8))
    assert four > 0
    assert eight == pytest.approx(2 * four)


def test_the_weights_of_a_checkpoint_are_held_against_a_gpus_memory(settings: Settings) -> None:
    settings.GPU_MEMORY_GB = 80
    body = checkpoint_body(engine="vllm", precision="bf16", tensor_parallel_size=1)
    body["model"]["parameters_b"] = 7
    small = validate(body)["fit"]
    assert (small["fits"], small["read"], small["gpus"]) == (True, False, 1)
    assert small["weight_bytes"] == 14 * 10**9
    body["model"]["parameters_b"] = 70
    assert validate(body)["fit"]["fits"] is False
    del body["checkpoint"]["tensor_parallel_size"]
    split = validate(body)
    assert split["fit"]["fits"] is True
    assert split["gpus"] == split["fit"]["gpus"] > 1


def test_a_size_that_a_worker_has_read_wins_over_the_declared_one() -> None:
    wish = make_checkpoint_request(engine="vllm")
    made = make_submission(
        **{f: getattr(wish, f) for f in ("kind", "source", "engine")}
        | {"base_url": "", "served_name": ""}
    )
    Variant.objects.filter(pk=made.variant_id).update(size_bytes=10**9)
    VlmModel.objects.update(parameters_b=70)
    fit = validate(checkpoint_body(engine="vllm"))["fit"]
    assert (fit["read"], fit["weight_bytes"], fit["fits"]) == (True, 10**9, True)


def test_a_checkpoint_of_which_nothing_is_known_has_no_estimate() -> None:
    assert validate(checkpoint_body(engine="vllm"))["fit"] is None


def test_the_quota_is_told_in_numbers_and_does_not_make_it_invalid() -> None:
    user = make_user(submissions_per_day=1)
    make_submission(user)
    answer = validate(endpoint_body(), Api(user))
    assert (answer["valid"], answer["within_quota"]) == (True, False)
    day = answer["quota"][0]
    assert (day["quota"], day["used"], day["limit"], day["left"]) == (
        "submissions_per_day",
        1,
        1,
        0,
    )


def test_the_organisations_quota_is_told_to_its_members_only() -> None:
    user, stranger = make_user(), make_user()
    lab = Organization.objects.create(slug="lab", name="Lab", submissions_per_day=3)
    Membership.objects.create(organization=lab, user=user)
    mine = validate(endpoint_body(owner="lab"), Api(user))
    assert {quota["organization"] for quota in mine["quota"]} == {"", "lab"}
    foreign = validate(endpoint_body(owner="lab"), Api(stranger))
    assert {quota["organization"] for quota in foreign["quota"]} == {""}
    assert places(foreign) == {"owner"}


@pytest.mark.parametrize("owner", ["a\x00b", "\ud800", ["lab"], {"a": 1}, 7, None])
def test_an_owner_that_is_none_is_an_error_and_breaks_nothing(owner: Any) -> None:
    assert "owner" in places(validate(endpoint_body(owner=owner)))


def test_it_says_how_many_wait_before_it() -> None:
    make_submission()
    make_submission()
    assert validate(endpoint_body())["waiting"] == Submission.objects.count() == 2


def test_it_takes_the_scope_of_submitting() -> None:
    _token, text = issue_token(make_user(), "reader", scopes=[Scope.READ])
    reader = Client(headers={"Authorization": f"Bearer {text}"})
    answer = reader.post(ROOT + "submissions/validate", {}, content_type="application/json")
    assert_problem(answer, 403, "missing-scope")
    anonymous = Client().post(ROOT + "submissions/validate", {}, content_type="application/json")
    assert_problem(anonymous, 401, "not-authenticated")
