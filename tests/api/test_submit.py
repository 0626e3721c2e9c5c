"""POST /submissions."""

from __future__ import annotations

from typing import Any

import pytest
from pytest_django import Settings

from evaluator.spec import EvaluationSpec
from leaderboard.runs.models import Submission
from leaderboard.runs.specs import message_for
from tests.api.conftest import Api, assert_problem
from tests.factories import PUBLIC_URL, make_user
from tests.small_set import BENCHMARK

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("benchmarks")]


def endpoint_body(**changes: Any) -> dict[str, Any]:
    body: dict[str, Any] = {
        "model": {
            "name": "Tiny VLM",
            "organization": "Acme",
            "homepage": "https://example.org/tiny",
            "parameters_b": 0.5,
            "open_weights": True,
        },
        "endpoint": {"base_url": PUBLIC_URL, "model": "tiny-vlm", "api_key": "sk-1"},
        "benchmarks": [BENCHMARK],
        "limit": 16,
        "concurrency": 4,
        "note": "first try",
    }
    return body | changes


def checkpoint_body(**checkpoint: Any) -> dict[str, Any]:
    plain = {"source": "acme/tiny-vlm", "engine": "transformers"}
    return {
        "model": {"name": "Tiny VLM"},
        "checkpoint": plain | checkpoint,
        "benchmarks": [BENCHMARK],
    }


def errors_of(body: Any) -> dict[str, str]:
    """Post the body; return the code of each wrong field. Nothing may have been stored."""
    problem = assert_problem(Api(make_user()).post("submissions", body), 400, "validation")
    assert all(error["message"] for error in problem["errors"])
    assert not Submission.objects.exists()
    return {error["field"]: error["code"] for error in problem["errors"]}


def test_an_endpoint_is_queued_and_the_answer_says_where_to_watch() -> None:
    user = make_user()
    response = Api(user).post("submissions", endpoint_body())
    assert response.status_code == 202, response.content
    submission = Submission.objects.get()
    assert response["Location"] == f"http://testserver/api/v1/submissions/{submission.public_id}"
    answer = response.json()
    assert answer["id"] == str(submission.public_id)
    assert answer["submitter"] == user.username
    assert answer["queue_position"] == 0
    assert [(r["benchmark"], r["state"]) for r in answer["runs"]] == [(BENCHMARK, "queued")]


def test_every_field_of_an_endpoint_arrives() -> None:
    user = make_user()
    Api(user).post("submissions", endpoint_body())
    submission = Submission.objects.get()
    variant, model = submission.variant, submission.variant.model
    assert submission.submitter == user
    assert submission.note == "first try"
    assert submission.spec["generation"]["concurrency"] == 4
    assert (variant.kind, variant.source, variant.served_name) == (
        "endpoint",
        PUBLIC_URL,
        "tiny-vlm",
    )
    assert (model.name, model.organization, model.homepage) == (
        "Tiny VLM",
        "Acme",
        "https://example.org/tiny",
    )
    assert (model.parameters_b, model.open_weights, model.is_baseline) == (0.5, True, False)
    assert submission.runs.get().limit == 16
    assert submission.api_key_sealed
    assert "sk-1" not in submission.api_key_sealed


def test_every_field_of_a_checkpoint_arrives() -> None:
    body = checkpoint_body(
        revision="main", precision="fp8", tensor_parallel_size=2, max_model_len=2048
    )
    response = Api(make_user()).post("submissions", body)
    assert response.status_code == 202, response.content
    submission = Submission.objects.get()
    variant, spec = submission.variant, submission.spec["model"]
    assert (variant.kind, variant.engine, variant.precision) == (
        "checkpoint",
        "transformers",
        "fp8",
    )
    assert (variant.source, variant.revision) == ("acme/tiny-vlm", "main")
    assert (spec["tensor_parallel_size"], spec["max_model_len"]) == (2, 2048)
    assert submission.queue == "gpu.2"


def test_the_location_can_be_followed() -> None:
    api = Api(make_user())
    location = api.post("submissions", endpoint_body())["Location"]
    assert api.client.get(location).json()["model"]["name"] == "Tiny VLM"


def test_an_empty_body_names_every_required_field() -> None:
    assert errors_of({}) == {
        "model": "required",
        "benchmarks": "required",
        "": "one_of",
    }


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (endpoint_body(bencmarks=[]), "bencmarks"),
        (endpoint_body(model={"name": "x", "is_baseline": True}), "model.is_baseline"),
        (endpoint_body(model={"name": "x", "trusted": True}), "model.trusted"),
        (
            endpoint_body(endpoint={"base_url": PUBLIC_URL, "model": "m", "url": "x"}),
            "endpoint.url",
        ),
        (checkpoint_body(trust_remote_code=True), "checkpoint.trust_remote_code"),
    ],
)
def test_an_unknown_field_is_an_error(body: Any, field: str) -> None:
    assert errors_of(body) == {field: "unknown_field"}


def test_a_near_miss_is_suggested() -> None:
    response = Api(make_user()).post("submissions", endpoint_body(benchmark=["x"]))
    assert "benchmarks" in response.json()["errors"][0]["message"]


@pytest.mark.parametrize("both", [True, False])
def test_exactly_one_of_endpoint_and_checkpoint_is_needed(both: bool) -> None:
    body = endpoint_body() | checkpoint_body()
    if not both:
        del body["endpoint"], body["checkpoint"]
    assert errors_of(body) == {"": "one_of"}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"model": "Tiny VLM"}, "model"),
        ({"model": {"name": ["x"]}}, "model.name"),
        ({"model": {"name": "x", "parameters_b": "many"}}, "model.parameters_b"),
        ({"benchmarks": BENCHMARK}, "benchmarks"),
        ({"benchmarks": [{}]}, "benchmarks.0"),
        ({"limit": "all"}, "limit"),
        ({"concurrency": 1.5}, "concurrency"),
        ({"note": {}}, "note"),
        ({"note": "\ud800"}, "note"),
        ({"endpoint": []}, "endpoint"),
    ],
)
def test_a_value_of_a_wrong_type_is_named(change: dict[str, Any], field: str) -> None:
    assert list(errors_of(endpoint_body(**change))) == [field]


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        (endpoint_body(benchmarks=["mmbench_en_dv"]), "benchmarks", "benchmark_unknown"),
        (endpoint_body(benchmarks=[]), "benchmarks", "required"),
        (endpoint_body(limit=0), "limit", "out_of_range"),
        (endpoint_body(concurrency=100_000), "concurrency", "out_of_range"),
        (endpoint_body(model={"name": "x" * 500}), "model.name", "too_long"),
        (endpoint_body(model={"name": "x", "homepage": "nowhere"}), "model.homepage", "invalid"),
        (
            endpoint_body(model={"name": "x", "parameters_b": -1}),
            "model.parameters_b",
            "out_of_range",
        ),
        (
            endpoint_body(endpoint={"base_url": "http://127.0.0.1/v1", "model": "m"}),
            "endpoint.base_url",
            "address_forbidden",
        ),
        (
            endpoint_body(endpoint={"base_url": PUBLIC_URL, "model": "m", "api_key": "with space"}),
            "endpoint.api_key",
            "invalid",
        ),
        (
            endpoint_body(endpoint={"base_url": PUBLIC_URL, "model": "m" * 500}),
            "endpoint.model",
            "too_long",
        ),
        (checkpoint_body(engine="warp"), "checkpoint.engine", "engine_unknown"),
        (
            checkpoint_body(kv_cache_dtype="fp8"),
            "checkpoint.kv_cache_dtype",
            "invalid",
        ),
        (
            checkpoint_body(components={"wheels": "bf16"}),
            "checkpoint.components",
            "invalid",
        ),
        (checkpoint_body(source="/etc"), "checkpoint.source", "checkpoint_not_allowed"),
        (
            checkpoint_body(tensor_parallel_size=64),
            "checkpoint.tensor_parallel_size",
            "out_of_range",
        ),
    ],
)
def test_what_the_service_refuses_is_named_by_its_place_in_the_body(
    body: Any, field: str, code: str
) -> None:
    assert errors_of(body) == {field: code}


def test_all_errors_come_at_once() -> None:
    body = endpoint_body(
        benchmarks=["nope"],
        limit=0,
        endpoint={"base_url": "http://10.0.0.1/v1", "model": "m"},
    )
    assert set(errors_of(body)) == {"benchmarks", "limit", "endpoint.base_url"}


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (
            endpoint_body(benchmarks=["nope"], endpoint={"model": "m"}),
            {"benchmarks", "endpoint.base_url"},
        ),
        (
            checkpoint_body(revision=[]) | {"benchmarks": []},
            {"benchmarks", "checkpoint.revision"},
        ),
        (
            checkpoint_body(engine="warp", source="/etc") | {"benchmarks": "all", "limit": 0},
            {"benchmarks", "limit", "checkpoint.engine", "checkpoint.source"},
        ),
        (
            checkpoint_body() | endpoint_body(benchmarks=["nope"]),
            {"", "benchmarks"},
        ),
        (endpoint_body(extra=1, concurrency=0), {"extra", "concurrency"}),
    ],
)
def test_wrong_shapes_and_wrong_values_come_at_once(body: Any, found: set[str]) -> None:
    assert set(errors_of(body)) == found


@pytest.mark.parametrize("body", [{}, [], endpoint_body() | checkpoint_body()])
def test_a_validation_problem_always_says_something(body: Any) -> None:
    response = Api(make_user()).post("submissions", body)
    assert assert_problem(response, 400, "validation")["detail"]


def test_the_allowed_folders_are_named(settings: Settings) -> None:
    settings.CHECKPOINT_ROOTS = ["/models", "/more"]
    response = Api(make_user()).post("submissions", checkpoint_body(source="/etc"))
    assert "/models, /more" in response.json()["errors"][0]["message"]


def test_the_quota_is_told_in_numbers() -> None:
    user = make_user(submissions_per_day=1)
    api = Api(user)
    assert api.post("submissions", endpoint_body()).status_code == 202
    response = api.post("submissions", endpoint_body())
    problem = assert_problem(response, 429, "quota-exceeded")
    assert (problem["used"], problem["limit"]) == (1, 1)
    assert 0 < problem["retry_after_s"] <= 24 * 3600
    assert response["Retry-After"] == str(problem["retry_after_s"])
    assert user.submissions.count() == 1


def test_without_a_token_nothing_is_taken(anonymous: Api) -> None:
    assert_problem(anonymous.post("submissions", endpoint_body()), 401, "not-authenticated")
    assert not Submission.objects.exists()


def test_looking_changes_nothing() -> None:
    api = Api(make_user())
    submission = api.post("submissions", endpoint_body()).json()["id"]
    for action in ("cancel", "retry"):
        assert_problem(api.get(f"submissions/{submission}/{action}"), 405, "method-not-allowed")
    assert Submission.objects.get().runs.get().state == "queued"


def test_a_submission_with_and_without_pictures_shows_both_runs() -> None:
    api = Api(make_user())
    answer = api.post("submissions", endpoint_body(blind="grey", frugal=True)).json()
    assert [(r["benchmark"], r["pictures"], r["frugal"]) for r in answer["runs"]] == [
        (BENCHMARK, "shown", True),
        (BENCHMARK, "grey", True),
    ]
    listed = api.get("submissions").json()["results"][0]
    assert [(r["pictures"], r["frugal"]) for r in listed["runs"]] == [
        ("shown", True),
        ("grey", True),
    ]


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"blind": "black"}, "invalid_choice"), ({"frugal": "perhaps"}, "invalid")],
)
def test_a_mode_that_does_not_exist_is_refused(changes: dict[str, Any], code: str) -> None:
    assert errors_of(endpoint_body(**changes)) == {next(iter(changes)): code}


@pytest.mark.parametrize("probe", [True, False, None])
@pytest.mark.parametrize("body", [endpoint_body(), checkpoint_body()])
def test_whether_to_measure_under_load_reaches_the_worker(body: Any, probe: bool | None) -> None:
    user = make_user()
    response = Api(user).post("submissions", body | {"probe": probe})
    assert response.status_code == 202, response.content
    submission = Submission.objects.get()
    message = EvaluationSpec.from_json(message_for(submission, submission.runs.all()))
    assert message.probe is probe
    usual = "checkpoint" in body
    assert message.probe_wanted is (usual if probe is None else probe)


def test_measuring_under_load_is_left_to_the_kind_where_nothing_is_said() -> None:
    Api(make_user()).post("submissions", endpoint_body())
    assert EvaluationSpec.from_json(Submission.objects.get().spec).probe is None


@pytest.mark.parametrize("probe", ["often", 7, [], {}])
def test_measuring_under_load_is_a_yes_or_no(probe: Any) -> None:
    assert set(errors_of(endpoint_body(probe=probe))) == {"probe"}
