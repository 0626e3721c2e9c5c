"""``submit``: what arrives at the site, and where the endpoint's key never appears."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from leaderboard.api.serializers.requests import (
    CheckpointRequestSerializer,
    EndpointRequestSerializer,
    ModelRequestSerializer,
    SubmissionRequestSerializer,
)
from leaderboard.runs.models import Submission
from tests.client.conftest import Run
from tests.factories import PUBLIC_URL
from tests.small_set import BENCHMARK
from vlm_leaderboard import Checkpoint, Client, Endpoint, NewModel
from vlm_leaderboard.cli.submission_options import MODEL, WHOLE
from vlm_leaderboard.errors import RequestInvalid

ENDPOINT = ("--name", "Mine", "--base-url", PUBLIC_URL, "--model", "tiny", "-b", BENCHMARK)
KEY = "sk-planted-key"


def test_an_endpoint_is_submitted(signed_in: Run) -> None:
    done = signed_in(
        *("submit", "endpoint", *ENDPOINT, "--precision", "fp8", "--limit", "4", "--blind", "grey"),
        *("--component", "connector=bf16", "--visibility", "private", "--no-open-weights"),
    )
    assert done.returncode == 0, done.stderr
    made = Submission.objects.select_related("variant__model").get()
    assert str(made.public_id) in done.stdout
    assert f"watch {made.public_id}" in done.stdout
    assert made.variant.model.name == "Mine"
    assert made.variant.model.open_weights is False
    assert (made.variant.precision, made.visibility) == ("fp8", "private")
    assert {run.limit for run in made.runs.all()} == {4}
    assert {run.pictures for run in made.runs.all()} == {"shown", "grey"}


def test_a_checkpoint_is_submitted(signed_in: Run) -> None:
    done = signed_in(
        *("submit", "checkpoint", "--name", "Mine", "--source", "acme/tiny-vlm"),
        *("--engine", "transformers", "--precision", "bf16", "-b", BENCHMARK, "--json"),
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["id"] == str(Submission.objects.get().public_id)
    assert told["variant"]["source"] == "acme/tiny-vlm"


@pytest.mark.parametrize("variable", ["VLM_LEADERBOARD_ENDPOINT_KEY", "THEIR_KEY"])
def test_the_endpoints_key_comes_from_the_environment_and_is_never_shown(
    signed_in: Run, variable: str
) -> None:
    named = () if variable.startswith("VLM") else ("--key-env", variable)
    done = signed_in("submit", "endpoint", *ENDPOINT, *named, "--json", variables={variable: KEY})
    assert done.returncode == 0, done.stderr
    assert Submission.objects.get().api_key_sealed
    assert KEY not in done.stdout + done.stderr


def test_a_variable_that_is_not_set_is_an_error(signed_in: Run) -> None:
    done = signed_in("submit", "endpoint", *ENDPOINT, "--key-env", "NOT_THERE")
    assert done.returncode == 2
    assert "NOT_THERE is not set" in " ".join(done.stderr.split())


def test_options_replace_what_a_file_says(signed_in: Run, home: Path) -> None:
    body = {
        "model": {"name": "From the file", "organization": "Acme"},
        "endpoint": {"base_url": PUBLIC_URL, "model": "tiny"},
        "benchmarks": [BENCHMARK],
        "limit": 8,
    }
    (home / "body.json").write_text(json.dumps(body))
    done = signed_in("submit", "endpoint", "--from", "body.json", "--limit", "4")
    assert done.returncode == 0, done.stderr
    made = Submission.objects.select_related("variant__model").get()
    assert (made.variant.model.name, made.runs.get().limit) == ("From the file", 4)
    done = signed_in("submit", "endpoint", "--from", "-", given=json.dumps(body))
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"api_key": "sk-planted-key" oops', "not JSON (line 1)"),
        ("[]", "no JSON object"),
        ('{"checkpoint": {}}', "submit it with that command"),
        ('{"endpoint": 3}', "is no object"),
    ],
)
def test_a_bad_file_is_refused_without_quoting_it(
    signed_in: Run, home: Path, text: str, told: str
) -> None:
    (home / "body.json").write_text(text)
    done = signed_in("submit", "endpoint", "--from", "body.json")
    assert done.returncode == 2
    assert told in done.stderr
    assert KEY not in done.stderr


def test_everything_that_is_wrong_is_named_at_once(signed_in: Run) -> None:
    argv = ("submit", "endpoint", "--name", "Mine", "--base-url", "ftp://x")
    done = signed_in(*argv, "--model", "tiny", "-b", "nothing", "--limit", "0")
    assert done.returncode == 2
    assert "endpoint.base_url:" in done.stderr
    assert "benchmarks:" in done.stderr
    assert "limit:" in done.stderr
    problem = json.loads(signed_in(*argv, "--json").stderr)["problem"]
    assert problem["type"].endswith(":validation")
    assert not Submission.objects.exists()


def test_the_same_key_submits_once(signed_in: Run) -> None:
    argv = ("submit", "endpoint", *ENDPOINT, "--idempotency-key", "nightly-7", "--json")
    first, second = (json.loads(signed_in(*argv).stdout)["id"] for _ in range(2))
    assert first == second
    assert Submission.objects.count() == 1


def test_python_submits_with_types(client: Client) -> None:
    job = client.submit(
        NewModel("Mine", organization="Acme", parameters_b=7),
        Endpoint(PUBLIC_URL, "tiny", api_key=KEY),
        [BENCHMARK],
        limit=4,
        note="from Python",
    )
    made = Submission.objects.get()
    assert job.id == str(made.public_id)
    assert (job.submission.model.parameters_b, job.submission.note) == (7.0, "from Python")
    assert job.submission.runs[0].limit == 4
    assert KEY not in repr((job, job.submission, Endpoint(PUBLIC_URL, "tiny", api_key=KEY)))


def test_python_gets_problems_as_exceptions(client: Client) -> None:
    with pytest.raises(RequestInvalid) as caught:
        client.submit("Mine", Checkpoint("acme/x", "no-such-engine"), ["nothing"])
    problem = caught.value.problem
    assert (problem.name, problem.status) == ("validation", 400)
    assert {e.field for e in problem.errors} >= {"checkpoint.engine"}
    assert problem.errors[0].message in str(caught.value)


def test_every_field_that_the_site_takes_can_be_given() -> None:
    def names(kind: Any) -> set[str]:
        return set(kind.__dataclass_fields__)

    assert names(NewModel) == set(MODEL) == set(ModelRequestSerializer().fields)
    assert names(Endpoint) == set(EndpointRequestSerializer().fields)
    assert names(Checkpoint) == set(CheckpointRequestSerializer().fields)
    whole = {"model", "endpoint", "checkpoint", "benchmarks", *WHOLE}
    assert whole == set(SubmissionRequestSerializer().fields)
