"""Importing results through the API."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from pytest_django import Settings

from leaderboard.accounts.models import User
from leaderboard.core.artifacts import store
from leaderboard.results.tasks import handle_report
from leaderboard.review.services import approve
from leaderboard.runs.models import Run, Submission
from leaderboard.runs.states import RunState
from tests.api.conftest import ROOT, Api, assert_problem
from tests.factories import ensure_benchmarks, make_graded_run, make_reviewer, make_user
from tests.results.result_files import DATE, jsonl, lmms_folder
from tests.small_set import BENCHMARK, right, small_set

pytestmark = pytest.mark.django_db


@pytest.fixture
def user() -> User:
    ensure_benchmarks()
    return make_user()


def send(api: Api, data: bytes, name: str = "answers.jsonl", **fields: Any) -> Any:
    """Post a results file."""
    form = {"benchmark": BENCHMARK, "model": "Elsewhere VLM", **fields}
    form["file"] = SimpleUploadedFile(name, data)
    return api.client.post(ROOT + "imports", {k: v for k, v in form.items() if v is not None})


@pytest.fixture
def answers(tmp_path: Path) -> bytes:
    return jsonl(tmp_path, right).read_bytes()


def zipped(folder: Path) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in folder.rglob("*"):
            archive.write(path, path.relative_to(folder))
    return target.getvalue()


def test_an_import_is_answered_with_its_run_graded_and_awaiting_review(
    user: User, answers: bytes
) -> None:
    make_graded_run()
    api = Api(user)
    response = send(api, answers, precision="bf16", engine="vLLM 0.11", organization="Acme")
    assert response.status_code == 201, response.content
    run = response.json()
    assert response["Location"].endswith(f"/runs/{run['id']}")
    assert run["state"] == "review"
    assert run["headline"]["value"] == 1.0
    assert run["variant"]["kind"] == "imported"
    assert (run["variant"]["engine"], run["variant"]["precision"]) == ("vLLM 0.11", "bf16")
    imported = run["provenance"]["imported"]
    assert imported["file"] == "answers.jsonl"
    assert imported["by"] == user.username
    assert api.get(f"runs/{run['id']}").json()["provenance"]["imported"] == imported


def test_an_evaluated_run_has_no_import_in_its_provenance(user: User) -> None:
    run = make_graded_run(user=user)
    assert Api(user).get(f"runs/{run.public_id}").json()["provenance"]["imported"] is None


def test_a_zip_file_of_lmms_evals_folder_is_taken(user: User, tmp_path: Path) -> None:
    make_graded_run()
    response = send(Api(user), zipped(lmms_folder(tmp_path, right)), "output.zip")
    assert response.json()["counts"]["correct"] == 32


def test_the_name_that_a_file_is_sent_with_says_its_task(user: User, tmp_path: Path) -> None:
    samples = next(lmms_folder(tmp_path).rglob("*_samples_*")).read_bytes()
    response = send(Api(user), samples, f"{DATE}_samples_mme.jsonl")
    problem = assert_problem(response, 422, "results-unreadable")
    assert "samples of the task 'mme'" in problem["detail"]


def test_a_name_that_no_file_system_takes_is_kept_in_the_provenance(
    user: User, answers: bytes
) -> None:
    name = f"{'测' * 100}.jsonl"
    response = send(Api(user), answers, name)
    assert response.status_code == 201, response.content
    run = Run.objects.get(public_id=response.json()["id"])
    assert run.manifest["imported"]["file"] == name


def test_without_a_token_nothing_is_taken(anonymous: Api, answers: bytes) -> None:
    assert_problem(send(anonymous, answers), 401, "not-authenticated")
    assert not Run.objects.exists()


def test_an_import_is_seen_by_its_owner_only_until_it_is_published(
    user: User, answers: bytes, anonymous: Api
) -> None:
    make_graded_run()
    run = send(Api(user), answers).json()
    address = f"runs/{run['id']}"
    assert_problem(anonymous.get(address), 404, "not-found")
    assert Api(user).get(address).status_code == 200
    approve(Run.objects.get(public_id=run["id"]), make_reviewer(), "a test")
    shown = anonymous.get(address).json()["provenance"]["imported"]
    assert shown == {**run["provenance"]["imported"], "file": None}


def test_a_bad_line_is_named_and_nothing_is_stored(user: User, answers: bytes) -> None:
    response = send(Api(user), answers[:-40] + b"\n")
    problem = assert_problem(response, 422, "results-unreadable")
    assert "line 32: not JSON" in problem["detail"]
    assert "Nothing was stored" in problem["detail"]
    assert not Submission.objects.exists()


def test_a_refusal_is_in_the_language_of_the_request(user: User) -> None:
    response = send(Api(user, **{"Accept-Language": "zh-hans"}), b"\0")
    problem = assert_problem(response, 422, "results-unreadable")
    assert problem["title"] == "无法读取结果文件"


def test_other_items_are_named(user: User, answers: bytes) -> None:
    make_graded_run()
    other = answers.replace(b"Question 3:", b"Another question 3:", 1)
    problem = assert_problem(send(Api(user), other), 422, "results-other-items")
    assert "item '3' has another question" in problem["detail"]
    assert send(Api(user), other, own_items="true").status_code == 201


def test_a_second_import_is_refused_with_the_first_run(user: User, answers: bytes) -> None:
    first = send(Api(user), answers).json()
    problem = assert_problem(send(Api(user), answers), 409, "imported-before")
    assert problem["run"] == first["id"]


def test_an_import_that_one_may_not_see_is_neither_told_of_nor_in_the_way(
    user: User, answers: bytes
) -> None:
    hidden = send(Api(make_user()), answers, visibility="private")
    assert hidden.status_code == 201
    response = send(Api(user), answers)
    assert response.status_code == 201
    assert response.json()["id"] != hidden.json()["id"]


def test_every_wrong_field_is_named_as_in_the_form(user: User, answers: bytes) -> None:
    response = send(Api(user), answers, model="x" * 121, benchmark="mmbench")
    problem = assert_problem(response, 400, "validation")
    assert {e["field"] for e in problem["errors"]} == {"model", "benchmark"}
    problem = assert_problem(send(Api(user), answers, modle="x"), 400, "validation")
    assert [e["field"] for e in problem["errors"]] == ["modle"]


def test_a_form_without_a_file_is_refused(user: User) -> None:
    response = Api(user).client.post(ROOT + "imports", {"benchmark": BENCHMARK, "model": "X"})
    problem = assert_problem(response, 400, "validation")
    assert [e["field"] for e in problem["errors"]] == ["file"]


def test_json_is_not_taken(user: User) -> None:
    response = Api(user).post("imports", {"benchmark": BENCHMARK})
    assert_problem(response, 415, "unsupported-media-type")


def test_a_body_that_is_no_form_is_refused(user: User) -> None:
    response = Api(user).client.post(
        ROOT + "imports", b"nonsense", content_type="multipart/form-data; boundary=x"
    )
    assert response.status_code == 400


@pytest.mark.parametrize("session", [False, True], ids=["token", "session"])
def test_a_file_that_is_too_large_is_refused_before_it_is_read(
    user: User, settings: Settings, session: bool
) -> None:
    settings.IMPORT_MAX_MB = 1
    api = Api(None if session else user)
    if session:
        api.client.force_login(user)
    problem = assert_problem(send(api, b" " * 3 * 2**20), 413, "body-too-large")
    assert "manage.py import_results" in problem["detail"]


def test_the_daily_quota_holds_for_imports(answers: bytes) -> None:
    ensure_benchmarks()
    user = make_user(submissions_per_day=0)
    assert_problem(send(Api(user), answers), 429, "quota-exceeded")
    assert not Run.objects.exists()


def test_an_imported_run_cannot_be_retried(user: User, answers: bytes) -> None:
    run = send(Api(user), answers).json()
    problem = assert_problem(
        Api(user).post(f"submissions/{run['submission']}/retry"), 409, "transition-refused"
    )
    assert "imported" in problem["detail"]


@pytest.mark.parametrize(
    ("name", "value"),
    [("waits_for_a_judge", lambda _slug: True), ("SCORED_AT_ONCE_BYTES", 10)],
    ids=["judged", "large"],
)
def test_what_takes_long_is_scored_by_the_sites_worker(
    user: User,
    answers: bytes,
    name: str,
    value: Any,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    sent: list[dict[str, Any]] = []
    monkeypatch.setattr(f"leaderboard.api.views.imports.{name}", value)
    monkeypatch.setattr(
        "leaderboard.runs.dispatch.app.send_task",
        lambda name, args, queue: sent.append({"task": name, "report": args[0], "queue": queue}),
    )
    with django_capture_on_commit_callbacks(execute=True):
        answer = send(Api(user), answers).json()
    assert answer["state"] == "scoring"
    assert [message["queue"] for message in sent] == ["site"]
    handle_report(sent[0]["report"])
    run = Run.objects.get(public_id=answer["id"])
    assert run.state == RunState.REVIEW
    assert run.dataset is not None
    assert run.dataset.rows == len(small_set().items)


def test_a_store_that_is_away_stores_nothing(
    user: User, answers: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_args: Any, **_options: Any) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(store()._fs, "put_file", away)
    assert_problem(send(Api(user), answers), 503, "artifacts-unavailable")
    assert not Submission.objects.exists()
