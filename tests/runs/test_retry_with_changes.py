"""A checkpoint's run that had too little memory, and what a retry may change of it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from evaluator.errors import FailureCode
from evaluator.messages import ReportKind
from evaluator.spec import EvaluationSpec
from leaderboard.accounts.models import User
from leaderboard.runs.models import Run
from leaderboard.runs.services import apply_report, retry, submit
from leaderboard.runs.specs import message_for
from leaderboard.runs.states import RunState
from leaderboard.runs.submission import SubmissionInvalid
from tests.api.conftest import Api
from tests.factories import (
    ensure_benchmarks,
    make_checkpoint_request,
    make_run,
    make_user,
    report_of,
    start,
)

pytestmark = pytest.mark.django_db

FACTS: dict[str, Any] = {
    "fit": {"total": 90_000_000_000, "available": 79_000_000_000, "gpus": 1},
    "suggestions": [
        {
            "kind": "more_gpus",
            "changes": {"tensor_parallel_size": 2},
            "memory_bytes": 46_000_000_000,
            "available_bytes": 79_000_000_000,
            "needs": [],
        },
        {
            "kind": "int4_checkpoint",
            "changes": {"precision": "awq_int4"},
            "memory_bytes": 30_000_000_000,
            "available_bytes": 79_000_000_000,
            "needs": ["source"],
        },
    ],
}


def run_without_memory(user: User | None = None, **fields: Any) -> Run:
    """Return a failed run of a checkpoint whose worker made two suggestions."""
    ensure_benchmarks()
    request = make_checkpoint_request(**{"engine": "vllm", **fields})
    run = submit(user or make_user(), request).runs.get()
    start(run)
    apply_report(
        report_of(
            run,
            ReportKind.FAILED,
            code=FailureCode.DOES_NOT_FIT,
            detail="It needs more.",
            facts=FACTS,
        )
    )
    run.refresh_from_db()
    return run


def served(run: Run) -> Any:
    submission = run.submission
    submission.refresh_from_db()
    return EvaluationSpec.from_json(message_for(submission, submission.runs.all())).model


def test_suggestions_are_kept_with_the_run_and_told_by_the_api() -> None:
    user = make_user()
    run = run_without_memory(user)
    failure = Api(user).get(f"submissions/{run.submission.public_id}").json()["runs"][0]["failure"]
    assert failure["code"] == "does_not_fit"
    assert (failure["fit"], failure["suggestions"]) == (FACTS["fit"], FACTS["suggestions"])


def test_retry_with_more_gpus_goes_to_another_queue() -> None:
    user = make_user()
    run = run_without_memory(user)
    before = run.submission.identity
    response = Api(user).post(
        f"submissions/{run.submission.public_id}/retry",
        {"changes": {"tensor_parallel_size": 2, "max_model_len": 4096, "kv_cache_dtype": "fp8"}},
    )
    assert response.status_code == 200, response.content
    model = served(run)
    assert (model.tensor_parallel_size, model.max_model_len, model.kv_cache_dtype) == (
        2,
        4096,
        "fp8",
    )
    assert run.submission.queue == "gpu.2"
    assert run.submission.identity != before
    run.refresh_from_db()
    assert (run.state, run.failure_facts) == (RunState.QUEUED, {})
    event = run.events.order_by("-id").first()
    assert event is not None
    assert event.reason == "kv_cache_dtype=fp8, max_model_len=4096, tensor_parallel_size=2"


def test_retry_with_a_quantized_checkpoint_is_another_variant() -> None:
    run = run_without_memory(precision="bf16")
    old = run.submission.variant
    retry(
        run.submission,
        run.submission.submitter,
        changes={"precision": "awq_int4", "source": "acme/tiny-vlm-awq", "revision": ""},
    )
    model = served(run)
    assert (model.source, model.quantization, model.dtype) == ("acme/tiny-vlm-awq", "awq", "auto")
    assert run.submission.variant != old
    assert run.submission.variant.model == old.model


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"tensor_parallel_size": 64}, "tensor_parallel_size"),
        ({"tensor_parallel_size": "2"}, "tensor_parallel_size"),
        ({"max_model_len": 1}, "max_model_len"),
        ({"kv_cache_dtype": "int3"}, "kv_cache_dtype"),
        ({"precision": "int2.5"}, "precision"),
        ({"source": "/etc"}, "source"),
        ({"served_name": "other"}, "served_name"),
        ({"note": "x"}, "note"),
    ],
)
def test_changes_that_cannot_be_made_are_named_and_nothing_is_changed(
    changes: dict[str, Any], field: str
) -> None:
    run = run_without_memory()
    spec = run.submission.spec
    with pytest.raises(SubmissionInvalid) as caught:
        retry(run.submission, run.submission.submitter, changes=changes)
    assert [error["field"] for error in caught.value.errors] == [field]
    run.refresh_from_db()
    run.submission.refresh_from_db()
    assert (run.state, run.submission.spec) == (RunState.FAILED, spec)


def test_api_names_the_change_that_is_wrong() -> None:
    user = make_user()
    run = run_without_memory(user)
    path = f"submissions/{run.submission.public_id}/retry"
    for changes, field in (
        ({"max_model_len": 1}, "changes.max_model_len"),
        ({"max_model_lenn": 4096}, "changes.max_model_lenn"),
    ):
        response = Api(user).post(path, {"changes": changes})
        assert response.status_code == 400
        assert [error["field"] for error in response.json()["errors"]] == [field]


def test_other_variant_is_refused_while_a_run_has_results() -> None:
    ensure_benchmarks()
    request = make_checkpoint_request(
        engine="vllm", benchmarks=["mmbench_en_dev", "mmbench_cn_dev"]
    )
    first, second = submit(make_user(), request).runs.order_by("id")
    start(first)
    apply_report(
        report_of(first, ReportKind.FAILED, run=str(first.public_id), code=FailureCode.INTERNAL)
    )
    assert Run.objects.get(pk=second.pk).state == RunState.STARTING
    with pytest.raises(SubmissionInvalid):
        retry(first.submission, first.submission.submitter, changes={"precision": "fp8"})


def test_endpoint_has_nothing_to_change() -> None:
    run = make_run(RunState.FAILED)
    with pytest.raises(SubmissionInvalid):
        retry(run.submission, run.submission.submitter, changes={"max_model_len": 4096})


def page(user: User, run: Run) -> str:
    client = Client()
    client.force_login(user)
    return client.get(reverse("runs:detail", args=[run.public_id])).content.decode()


def press(user: User, run: Run, **form: str) -> None:
    client = Client()
    client.force_login(user)
    response = client.post(reverse("runs:retry", args=[run.public_id]), form)
    assert response.status_code == 302
    run.refresh_from_db()


def test_page_offers_the_changes_with_their_memory_to_the_submitter() -> None:
    user = make_user()
    text = page(user, run_without_memory(user))
    assert "Use 2 GPUs" in text
    assert "about 42.8 GiB of 73.6 GiB on each GPU" in text


def test_button_applies_its_suggestion() -> None:
    user = make_user()
    run = run_without_memory(user)
    press(user, run, suggestion="0")
    assert run.state == RunState.QUEUED
    assert served(run).tensor_parallel_size == 2


def test_button_that_needs_a_checkpoint_takes_the_one_filled_in() -> None:
    user = make_user()
    run = run_without_memory(user)
    press(user, run, suggestion="1", source=" acme/awq ", revision="")
    assert (served(run).source, served(run).quantization) == ("acme/awq", "awq")


@pytest.mark.parametrize("form", [{"suggestion": "1"}, {"suggestion": "7"}, {"suggestion": "x"}])
def test_button_without_what_it_needs_changes_nothing(form: dict[str, str]) -> None:
    user = make_user()
    run = run_without_memory(user)
    press(user, run, **form)
    assert run.state == RunState.FAILED
