"""Submitting: what is stored, what is refused, and that everything wrong is told at once."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pytest_django import Settings

from evaluator.keys import open_sealed
from evaluator.messages import ENDPOINT_QUEUE
from evaluator.spec import EvaluationSpec
from leaderboard.catalog.models import Benchmark, Variant, VlmModel
from leaderboard.runs.models import RunEvent, Submission
from leaderboard.runs.services import SubmissionInvalid, submit
from leaderboard.runs.specs import message_for
from leaderboard.runs.states import RunState
from tests.factories import (
    PUBLIC_URL,
    make_checkpoint_request,
    make_request,
    make_submission,
    make_user,
)

pytestmark = pytest.mark.usefixtures("benchmarks")

BOTH = ["mmbench_en_dev", "mmbench_cn_dev"]


def errors_of(request: Any) -> dict[str, str]:
    """Return the code of each field's error."""
    with pytest.raises(SubmissionInvalid) as invalid:
        submit(make_user(), request)
    assert Submission.objects.count() == 0
    return {error["field"]: error["code"] for error in invalid.value.errors}


def test_a_submission_has_one_queued_run_per_benchmark() -> None:
    user = make_user()

    submission = submit(user, make_request(benchmarks=BOTH, limit=20, note="first try"))

    runs = submission.runs.order_by("id")
    assert [run.benchmark.slug for run in runs] == BOTH
    assert {(run.state, run.attempt, run.limit) for run in runs} == {(RunState.QUEUED, 1, 20)}
    assert submission.submitter == user
    assert submission.queue == ENDPOINT_QUEUE
    events = RunEvent.objects.filter(run__in=runs)
    assert {(e.to_state, e.actor_id) for e in events} == {(RunState.QUEUED, user.pk)}
    assert events.count() == 2


def test_the_stored_spec_is_what_a_worker_reads() -> None:
    submission = make_submission(benchmarks=BOTH, limit=20, concurrency=3)

    spec = EvaluationSpec.from_json(message_for(submission, submission.runs.all()))

    assert spec.submission == str(submission.public_id)
    assert spec.attempt == 1
    assert {b.slug: b.run for b in spec.benchmarks} == {
        run.benchmark.slug: str(run.public_id) for run in submission.runs.all()
    }
    assert {b.limit for b in spec.benchmarks} == {20}
    assert (spec.model.kind, spec.model.base_url) == ("endpoint", PUBLIC_URL)
    assert spec.generation.concurrency == 3
    assert spec.identity() == submission.identity


def test_a_checkpoint_goes_to_the_gpu_queue_that_fits() -> None:
    request = make_checkpoint_request(precision="awq_int4", tensor_parallel_size=3)

    submission = submit(make_user(), request)

    assert submission.queue == "gpu.4"
    model = EvaluationSpec.from_json(submission.spec).model
    assert (model.engine, model.source, model.name) == (
        "transformers",
        "acme/tiny-vlm",
        "tiny-vlm",
    )
    assert (model.dtype, model.quantization) == ("auto", "awq")
    assert model.trust_remote_code is False


def test_the_same_model_submitted_twice_is_one_model_and_one_variant() -> None:
    first, second = make_submission(), make_submission()
    other = make_submission(precision="fp16")

    assert first.variant == second.variant
    assert first.variant.model == other.variant.model
    assert VlmModel.objects.count() == 1
    assert Variant.objects.count() == 2


def test_models_of_the_same_name_from_two_organisations_are_two() -> None:
    assert make_submission(organization="A").variant.model != (
        make_submission(organization="B").variant.model
    )


def test_names_in_other_scripts_are_told_apart() -> None:
    slugs = {
        make_submission(organization="", model_name=name).variant.model.slug
        for name in ("书生", "通义", "书生 2")
    }
    assert len(slugs) == 3


def test_what_is_known_of_a_model_is_not_overwritten() -> None:
    make_submission(homepage="https://acme.example", parameters_b=7.0)
    model = make_submission(homepage="https://evil.example", is_baseline=True).variant.model

    assert (model.homepage, model.parameters_b, model.is_baseline) == (
        "https://acme.example",
        7.0,
        False,
    )


def test_everything_that_is_wrong_is_told_at_once() -> None:
    found = errors_of(
        make_request(
            model_name=" ",
            base_url="https://user:secret@8.8.8.8/v1",
            served_name="",
            benchmarks=["mmbench_en_dve"],
            precision="fp3",
            limit=0,
            concurrency=100_000,
            parameters_b=float("nan"),
            homepage="javascript:alert(1)",
        )
    )

    assert found == {
        "model_name": "required",
        "base_url": "address_forbidden",
        "served_name": "required",
        "benchmarks": "benchmark_unknown",
        "precision": "invalid",
        "limit": "out_of_range",
        "concurrency": "out_of_range",
        "parameters_b": "out_of_range",
        "homepage": "invalid",
    }


def test_an_unknown_benchmark_is_refused_with_a_suggestion() -> None:
    with pytest.raises(SubmissionInvalid) as invalid:
        submit(make_user(), make_request(benchmarks=["mmbench_en_dve"]))

    assert "mmbench_en_dev" in invalid.value.errors[0]["message"]


def test_a_benchmark_that_was_put_out_of_use_takes_no_submission() -> None:
    Benchmark.objects.filter(slug="mmbench_cn_dev").update(active=False)

    assert errors_of(make_request(benchmarks=BOTH)) == {"benchmarks": "benchmark_unknown"}


@pytest.mark.parametrize(
    "url",
    [
        "ftp://8.8.8.8/v1",
        "file:///etc/passwd",
        "8.8.8.8/v1",
        "http://127.0.0.1:8000/v1",
        "http://169.254.169.254/latest",
        "http://2130706433/v1",
        "https://8.8.8.8/v1?key=x",
    ],
)
def test_an_address_that_may_not_be_asked_is_refused(url: str) -> None:
    assert errors_of(make_request(base_url=url)) == {"base_url": "address_forbidden"}


def test_a_network_that_the_operator_allows_is_taken(settings: Settings) -> None:
    settings.ENDPOINT_ALLOWED_NETWORKS = ["127.0.0.0/8"]

    submission = make_submission(base_url="http://127.0.0.1:8000/v1/")

    assert submission.spec["model"]["base_url"] == "http://127.0.0.1:8000/v1"


def test_a_name_that_does_not_resolve_here_is_left_to_the_worker() -> None:
    submission = make_submission(base_url="https://endpoint.invalid/v1")

    assert submission.runs.get().state == RunState.QUEUED


@pytest.mark.parametrize(
    "source", ["/models/../etc", "/etc/model", "../model", "./model", "a/b/c", "/models-other/x"]
)
def test_a_checkpoint_outside_the_roots_is_refused(source: str, settings: Settings) -> None:
    settings.CHECKPOINT_ROOTS = ["/models"]

    assert errors_of(make_checkpoint_request(source=source)) == {"source": "checkpoint_not_allowed"}


def test_a_name_that_engines_would_take_for_an_option_is_refused() -> None:
    assert errors_of(make_checkpoint_request(served_name="--trust-remote-code")) == {
        "served_name": "invalid"
    }


def test_a_checkpoint_inside_a_root_is_taken(settings: Settings) -> None:
    settings.CHECKPOINT_ROOTS = ["/models"]

    submission = submit(make_user(), make_checkpoint_request(source="/models/tiny"))

    assert submission.variant.source == "/models/tiny"
    assert submission.variant.served_name == "tiny"


@pytest.mark.parametrize("engine", ["", "endpoint", "llama_cpp"])
def test_a_checkpoint_needs_an_engine_that_exists(engine: str) -> None:
    assert set(errors_of(make_checkpoint_request(engine=engine))) == {"engine"}


def test_control_characters_are_refused_before_the_database_refuses_them() -> None:
    assert errors_of(make_request(model_name="a\x00b", served_name="x\ny")) == {
        "model_name": "invalid",
        "served_name": "invalid",
    }


def test_the_api_key_is_stored_and_sent_sealed_only() -> None:
    import os

    key = "sk-planted-0123456789"

    submission = make_submission(api_key=key)

    row = json.dumps(Submission.objects.filter(pk=submission.pk).values().get(), default=str)
    assert key not in row
    message = message_for(submission, submission.runs.all())
    assert key not in json.dumps(message)
    sealed = message["model"]["api_key_sealed"]
    assert open_sealed(sealed, os.environ["EVALUATOR_PRIVATE_KEY"]) == key
    assert key not in repr(make_request(api_key=key))


def test_a_key_is_refused_where_it_cannot_be_sealed(settings: Settings) -> None:
    settings.EVALUATOR_PUBLIC_KEY = ""

    assert errors_of(make_request(api_key="sk-1")) == {"api_key": "sealing_unavailable"}


@pytest.mark.parametrize("key", ["sk-planted\r\nHost: x", "sk-planted\n"])
def test_a_key_with_a_line_break_is_refused_and_not_repeated(key: str) -> None:
    with pytest.raises(SubmissionInvalid) as invalid:
        submit(make_user(), make_request(api_key=key))

    assert "sk-planted" not in str(invalid.value)
