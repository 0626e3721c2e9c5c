"""The form that submits a model: the API's rules at their fields, and the same call beside it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from leaderboard.accounts.models import User
from leaderboard.api.serializers.requests import SubmissionRequestSerializer, to_request
from leaderboard.runs.models import Submission
from leaderboard.runs.submission import SubmissionInvalid, SubmissionRequest
from leaderboard.runs.validation import checked
from leaderboard.submitting.calls import KEY as PLACEHOLDER
from leaderboard.submitting.calls import body_of, calls
from leaderboard.submitting.forms import engine_args
from tests.factories import PUBLIC_URL, make_published_run, make_user
from tests.small_set import BENCHMARK
from tests.web.markup import Page

KEY = "sk-planted-0123456789"
QUERIES = 12
"""Of the form; four are the quota's, three the estimate's, two say whether to lead the reader to the review queue."""

ENDPOINT = {
    "kind": "endpoint",
    "base_url": PUBLIC_URL,
    "model": "tiny-vlm",
    "api_key": KEY,
    "benchmarks": [BENCHMARK],
    "concurrency": "8",
    "model_name": "Tiny VLM",
    "precision": "bf16",
    "visibility": "public",
}
CHECKPOINT = {
    **{k: v for k, v in ENDPOINT.items() if k not in ("base_url", "model", "api_key")},
    "kind": "checkpoint",
    "source": "acme/tiny-vlm",
    "engine": "vllm",
    "engine_args": "--max-num-seqs=8\n",
    "component_vision_encoder": "bf16",
}

site = pytest.mark.usefixtures("benchmarks")


@pytest.fixture
def rosa(client: Client, db: None) -> User:
    user = make_user("rosa")
    client.force_login(user)
    return user


@site
@pytest.mark.django_db
def test_without_an_account_the_page_says_how_to_submit_by_api(client: Client) -> None:
    html = client.get("/submit/").content.decode()
    assert '<form class="stack submission"' not in html
    assert "Sign in to use the form" in html
    assert client.post("/submit/", ENDPOINT).headers["Location"].startswith("/login/")
    assert not Submission.objects.exists()


@site
def test_an_endpoint_is_submitted_with_its_key_sealed(client: Client, rosa: User) -> None:
    response = client.post("/submit/", ENDPOINT)
    submission = Submission.objects.get()
    assert submission.submitter == rosa
    assert response.headers["Location"] == f"/runs/{submission.runs.get().public_id}/"
    assert submission.api_key_sealed
    assert KEY not in json.dumps(submission.spec) + submission.api_key_sealed


@site
def test_a_checkpoint_is_submitted_with_how_it_is_served(client: Client, rosa: User) -> None:
    client.post("/submit/", CHECKPOINT | {"base_url": "https://left.example/v1"})
    submission = Submission.objects.get()
    assert submission.variant.source == "acme/tiny-vlm"
    assert submission.spec["model"]["engine_args"] == {"max-num-seqs": "8"}
    assert submission.variant.components["vision_encoder"]["declared"] == "bf16"


@site
@pytest.mark.parametrize(
    ("changes", "field", "wish"),
    [
        ({"base_url": "http://127.0.0.1/v1"}, "base_url", {"base_url": "http://127.0.0.1/v1"}),
        ({"model": ""}, "model", {"served_name": ""}),
        ({"model_name": ""}, "model_name", {"model_name": ""}),
        ({"benchmarks": []}, "benchmarks", {"benchmarks": []}),
        ({"benchmarks": ["mmbench"]}, "benchmarks", {"benchmarks": ["mmbench"]}),
        ({"concurrency": "0"}, "concurrency", {"concurrency": 0}),
        ({"precision": "int3"}, "precision", {"precision": "int3"}),
        ({"parameters_b": "-1"}, "parameters_b", {"parameters_b": -1.0}),
        ({"api_key": "two words"}, "api_key", {"api_key": "two words"}),
        ({"blind": "dark"}, "blind", {"blind": "dark"}),
    ],
)
def test_errors_stand_at_their_fields_in_the_words_of_the_api(
    client: Client, rosa: User, changes: dict[str, Any], field: str, wish: dict[str, Any]
) -> None:
    usual: dict[str, Any] = {
        "kind": "endpoint",
        "base_url": PUBLIC_URL,
        "served_name": "tiny-vlm",
        "model_name": "Tiny VLM",
        "benchmarks": [BENCHMARK],
    }
    with pytest.raises(SubmissionInvalid) as refused:
        checked(SubmissionRequest(**usual | wish))
    response = client.post("/submit/", ENDPOINT | changes)
    assert response.status_code == 400
    Page(response.content.decode())
    assert response.context["form"].errors == {
        field: [error["message"] for error in refused.value.errors]
    }
    assert not Submission.objects.exists()


@site
def test_every_error_is_shown_at_once(client: Client, rosa: User) -> None:
    wrong = {"model_name": "", "limit": "x", "base_url": "", "model": ""}
    errors = client.post("/submit/", ENDPOINT | wrong).context["form"].errors
    assert errors.keys() == wrong.keys()


@site
def test_the_key_is_never_in_a_page(client: Client, rosa: User) -> None:
    pages = [
        client.post("/submit/", ENDPOINT | {"model_name": ""}),
        client.post("/submit/", ENDPOINT | {"check": "1"}),
        client.post("/submit/check/", ENDPOINT),
        client.post("/submit/test/", ENDPOINT | {"base_url": "http://127.0.0.1/"}),
        client.post("/submit/", ENDPOINT, follow=True),
    ]
    for response in pages:
        assert KEY not in response.content.decode()


@site
def test_checking_stores_nothing(client: Client, rosa: User) -> None:
    html = client.post("/submit/", ENDPOINT | {"check": "1"}).content.decode()
    assert "Nothing is wrong with it" in html
    wrong = client.post("/submit/", ENDPOINT | {"check": "1", "model_name": ""})
    assert "Nothing is wrong with it" not in wrong.content.decode()
    assert not Submission.objects.exists()


@site
def test_while_typing_only_what_is_wrong_is_told_not_what_is_missing(
    client: Client, rosa: User
) -> None:
    empty = client.post("/submit/check/", {"kind": "endpoint"}).json()
    assert empty["errors"] == {}
    found = client.post("/submit/check/", {"base_url": "ftp://x", "limit": "many"}).json()
    assert found["errors"].keys() == {"base_url", "limit"}


@site
def test_the_calls_follow_the_form(client: Client, rosa: User) -> None:
    found = client.post("/submit/check/", ENDPOINT).json()
    assert f'"base_url": "{PUBLIC_URL}"' in found["curl"]
    assert PLACEHOLDER in found["curl"]
    assert f"'base_url': '{PUBLIC_URL}'" in found["python"]
    compile(found["python"], "call.py", "exec")


@site
def test_forms_without_a_token_are_refused(rosa: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(rosa)
    for url in ("/submit/", "/submit/check/", "/submit/test/"):
        assert strict.post(url, ENDPOINT).status_code == 403


@site
def test_a_used_up_quota_is_said(client: Client, rosa: User) -> None:
    rosa.submissions_per_day = 0
    rosa.save()
    assert "0 of 0 left" in client.get("/submit/").content.decode()
    response = client.post("/submit/", ENDPOINT)
    assert response.status_code == 429
    assert "Your quota is used up" in response.content.decode()


@site
def test_the_time_is_estimated_from_finished_runs(client: Client, rosa: User) -> None:
    assert "about" not in client.post("/submit/check/", ENDPOINT).json()["plan"]
    run = make_published_run()
    plan = client.post("/submit/check/", ENDPOINT).json()["plan"]
    assert plan.startswith(f"{run.dataset.rows} requests, about")  # type: ignore[union-attr]
    twice = client.post("/submit/check/", ENDPOINT | {"blind": "none"}).json()["plan"]
    assert twice.startswith(f"{2 * run.dataset.rows} requests")  # type: ignore[union-attr]
    less = client.post("/submit/check/", ENDPOINT | {"limit": "5"}).json()["plan"]
    assert less.startswith("5 requests")


@site
def test_the_form_costs_a_fixed_number_of_queries(
    client: Client, rosa: User, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(QUERIES):
        client.get("/submit/")


texts = st.text(
    st.characters(min_codepoint=33, max_codepoint=0x2FFF, exclude_categories=["C", "Z"]),
    min_size=1,
    max_size=12,
)
models = {
    "model_name": texts,
    "organization": texts | st.just(""),
    "parameters_b": st.none() | st.floats(0.1, 1000),
    "open_weights": st.none() | st.booleans(),
    "precision": st.sampled_from(["unknown", "bf16", "fp8"]),
    "components": st.dictionaries(st.sampled_from(["connector", "vision_encoder"]), texts),
    "benchmarks": st.lists(texts, min_size=1, max_size=3),
    "limit": st.none() | st.integers(1, 1000),
    "concurrency": st.integers(1, 64),
    "blind": st.sampled_from(["", "none", "grey"]),
    "frugal": st.booleans(),
    "probe": st.none() | st.booleans(),
    "note": texts | st.just(""),
    "served_name": texts,
}
endpoints = st.builds(
    SubmissionRequest,
    kind=st.just("endpoint"),
    base_url=texts,
    api_key=st.sampled_from([None, PLACEHOLDER]),
    **models,
)
checkpoints = st.builds(
    SubmissionRequest,
    kind=st.just("checkpoint"),
    source=texts,
    engine=texts,
    revision=texts | st.just(""),
    tensor_parallel_size=st.none() | st.integers(1, 8),
    max_model_len=st.none() | st.integers(256, 9999),
    kv_cache_dtype=st.just("auto") | texts,
    engine_args=st.dictionaries(texts, texts, max_size=2),
    **models,
)


@given(endpoints | checkpoints)
def test_the_body_asks_the_api_for_the_same(wish: SubmissionRequest) -> None:
    body = SubmissionRequestSerializer(data=json.loads(json.dumps(body_of(wish))))
    assert body.is_valid(), body.errors
    assert to_request(body.validated_data) == wish


@given(endpoints | checkpoints)
def test_both_calls_hold_the_body(wish: SubmissionRequest) -> None:
    found = calls(wish, "https://board.example/api/v1")
    compile(found.python, "call.py", "exec")
    quoted = found.curl.partition("-d '")[2].removesuffix("'").replace("'\\''", "'")
    assert json.loads(quoted) == json.loads(json.dumps(body_of(wish)))


@given(st.text())
def test_any_text_of_flags_is_read(text: str) -> None:
    assert engine_args(text) == engine_args(text)


def test_flags_are_read_with_and_without_dashes() -> None:
    assert engine_args("--a=1\n b = 2=3 \n\nc") == {"a": "1", "b": "2=3", "c": ""}
