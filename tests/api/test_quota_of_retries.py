"""What a retry uses of a quota, and what refuses it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.utils import timezone

from evaluator.errors import FailureCode
from leaderboard.accounts.models import Membership, Organization, User
from leaderboard.runs.models import Run, RunEvent, Submission
from leaderboard.runs.quota import QuotaKind, quota_of
from leaderboard.runs.services import cancel, retry, submit
from leaderboard.runs.states import RunState
from tests.api.conftest import Api, assert_problem
from tests.factories import (
    break_down,
    ensure_benchmarks,
    make_checkpoint_request,
    make_reviewer,
    make_run,
    make_submission,
    make_user,
    start,
)
from tests.results.result_files import jsonl
from tests.small_set import BENCHMARK, right

HOUR = timedelta(hours=1)


def used(user: User, kind: QuotaKind) -> float:
    return next(use.used for use in quota_of(user) if use.kind is kind)


def age(submission: Submission) -> None:
    """Put a submission and its history so far two days back."""
    before = timezone.now() - timedelta(days=2)
    Submission.objects.filter(pk=submission.pk).update(created_at=before)
    RunEvent.objects.filter(run__submission=submission).update(at=before)


def refuse(user: User, submission: Submission) -> dict[str, Any]:
    response = Api(user).post(f"submissions/{submission.public_id}/retry")
    problem = assert_problem(response, 429, "quota-exceeded")
    assert int(response["Retry-After"]) == problem["retry_after_s"] > 0
    assert not submission.runs.filter(state=RunState.QUEUED).exists()
    return problem


def on_gpus(user: User, **fields: Any) -> Run:
    """Return the run of a checkpoint on one GPU."""
    ensure_benchmarks()
    return submit(user, make_checkpoint_request(tensor_parallel_size=1, **fields)).runs.get()


def tried(run: Run, code: FailureCode, begun: datetime, lasted: timedelta) -> None:
    """Let the run's attempt begin and fail at these times."""
    start(run)
    break_down(run, code)
    run.refresh_from_db()
    Run.objects.filter(pk=run.pk).update(started_at=begun, finished_at=begun + lasted)
    events = run.events.filter(attempt=run.attempt)
    events.filter(to_state=RunState.STARTING).update(at=begun)
    events.filter(to_state=RunState.FAILED).update(at=begun + lasted)


@pytest.mark.django_db
def test_gpu_hours_of_every_attempt_are_counted() -> None:
    user = make_user()
    run = on_gpus(user)
    day = timezone.now() - timedelta(days=1)
    tried(run, FailureCode.DOES_NOT_FIT, day, 2 * HOUR)
    assert used(user, QuotaKind.GPU_HOURS) == pytest.approx(2)
    retry(run.submission, user)
    assert used(user, QuotaKind.GPU_HOURS) == pytest.approx(2)
    run.refresh_from_db()
    tried(run, FailureCode.ENGINE_OUT_OF_MEMORY, day + 4 * HOUR, 3 * HOUR)
    assert used(user, QuotaKind.GPU_HOURS) == pytest.approx(5)


@pytest.mark.django_db
def test_hours_of_an_attempt_that_we_broke_stay_given_back_after_a_retry() -> None:
    user = make_user()
    run = on_gpus(user)
    tried(run, FailureCode.WORKER_LOST, timezone.now() - timedelta(days=1), 2 * HOUR)
    assert used(user, QuotaKind.GPU_HOURS) == 0
    retry(run.submission, user)
    assert used(user, QuotaKind.GPU_HOURS) == 0


@pytest.mark.django_db
def test_runs_that_shared_an_attempt_are_counted_once_though_one_was_retried() -> None:
    user = make_user()
    ensure_benchmarks()
    wish = make_checkpoint_request(
        tensor_parallel_size=1, benchmarks=["mmbench_en_dev", "mmmu_val"]
    )
    submission = submit(user, wish)
    begun = timezone.now() - timedelta(days=1)
    for run in submission.runs.order_by("id"):
        tried(run, FailureCode.ENDPOINT_ERROR, begun, 2 * HOUR)
    # The second is at its second attempt now, as after a retry that left the first alone.
    second = submission.runs.order_by("id")[1]
    Run.objects.transition(
        second, RunState.QUEUED, begin_attempt=2, started_at=None, finished_at=None
    )
    assert used(user, QuotaKind.GPU_HOURS) == pytest.approx(2)


@pytest.mark.django_db
def test_attempts_older_than_30_days_are_not_counted() -> None:
    user = make_user()
    run = on_gpus(user)
    tried(run, FailureCode.DOES_NOT_FIT, timezone.now() - timedelta(days=31), 2 * HOUR)
    retry(run.submission, user)
    assert used(user, QuotaKind.GPU_HOURS) == 0


@pytest.mark.django_db
def test_a_retry_beyond_the_gpu_hours_is_refused_in_numbers() -> None:
    user = make_user(gpu_hours=2)
    run = on_gpus(user)
    tried(run, FailureCode.DOES_NOT_FIT, timezone.now() - timedelta(days=1), 2 * HOUR)
    problem = refuse(user, run.submission)
    assert (problem["quota"], problem["limit"]) == ("gpu_hours", 2)
    assert problem["used"] == pytest.approx(2)


@pytest.mark.django_db
def test_a_retry_beyond_those_at_once_is_refused_until_one_has_ended() -> None:
    user = make_user(active_submissions=1)
    failed = make_run(RunState.FAILED, user).submission
    other = make_submission(user)
    problem = refuse(user, failed)
    assert (problem["quota"], problem["used"], problem["limit"]) == ("active_submissions", 1, 1)
    cancel(other, user)
    assert Api(user).post(f"submissions/{failed.public_id}/retry").status_code == 200


@pytest.mark.django_db
def test_a_submission_of_today_does_not_stand_in_its_own_way() -> None:
    user = make_user(submissions_per_day=1, active_submissions=1)
    run = make_run(RunState.FAILED, user)
    retry(run.submission, user)
    assert used(user, QuotaKind.PER_DAY) == 1


@pytest.mark.django_db
def test_what_was_given_back_and_used_again_cannot_be_used_by_a_retry_too() -> None:
    user = make_user(submissions_per_day=1)
    broken = make_submission(user)
    break_down(broken.runs.get(), FailureCode.WORKER_LOST)
    make_submission(user)
    assert refuse(user, broken)["quota"] == "submissions_per_day"


@pytest.mark.django_db
def test_an_older_submission_counts_for_the_day_of_its_retry() -> None:
    user = make_user(submissions_per_day=1)
    run = make_run(RunState.FAILED, user)
    age(run.submission)
    assert used(user, QuotaKind.PER_DAY) == 0
    retry(run.submission, user)
    assert used(user, QuotaKind.PER_DAY) == 1
    response = Api(user).post(
        "submissions",
        {
            "model": {"name": "M"},
            "checkpoint": {"source": "a/b", "engine": "transformers"},
            "benchmarks": ["mmbench_en_dev"],
        },
    )
    problem = assert_problem(response, 429, "quota-exceeded")
    assert 86_000 < problem["retry_after_s"] <= 86_400


@pytest.mark.django_db
def test_what_the_clock_retries_uses_no_day() -> None:
    user = make_user()
    run = make_run(RunState.FAILED, user)
    age(run.submission)
    retry(run.submission, None)
    assert used(user, QuotaKind.PER_DAY) == 0


@pytest.mark.django_db
def test_a_reviewer_retries_whatever_the_submitters_quota() -> None:
    user = make_user(active_submissions=1)
    failed = make_run(RunState.FAILED, user).submission
    make_submission(user)
    response = Api(make_reviewer()).post(f"submissions/{failed.public_id}/retry")
    assert response.status_code == 200


@pytest.mark.django_db
def test_a_reviewers_own_submission_is_within_the_quota_too() -> None:
    reviewer = make_reviewer(active_submissions=1)
    failed = make_run(RunState.FAILED, reviewer).submission
    make_submission(reviewer)
    refuse(reviewer, failed)


@pytest.mark.django_db(transaction=True)
def test_a_retry_and_a_submission_at_once_do_not_exceed_the_limit() -> None:
    user = make_user(active_submissions=1)
    failed = make_run(RunState.FAILED, user).submission
    together = Barrier(2)

    def try_it(number: int) -> int:
        api = Api(user)
        try:
            together.wait(timeout=20)
            if number:
                return int(api.post(f"submissions/{failed.public_id}/retry").status_code)
            body = {
                "model": {"name": "M"},
                "checkpoint": {"source": "a/b", "engine": "transformers"},
                "benchmarks": ["mmbench_en_dev"],
            }
            return int(api.post("submissions", body).status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        codes = sorted(threads.map(try_it, range(2)))
    assert codes in ([200, 429], [202, 429])
    assert used(user, QuotaKind.ACTIVE) == 1


@pytest.mark.django_db
def test_the_page_says_that_a_retry_is_beyond_the_quota() -> None:
    user = make_user(active_submissions=1)
    failed = make_run(RunState.FAILED, user)
    make_submission(user)
    browser = Client()
    browser.force_login(user)
    page = browser.post(f"/runs/{failed.public_id}/retry/", follow=True)
    assert "Your quota is used up" in page.content.decode()
    failed.refresh_from_db()
    assert failed.state == RunState.FAILED


@pytest.mark.django_db
def test_an_import_beyond_the_organisations_quota_is_refused_in_numbers(tmp_path: Path) -> None:
    user = make_user()
    lab = Organization.objects.create(slug="lab", name="Lab", submissions_per_day=1)
    Membership.objects.create(organization=lab, user=user)
    make_run(RunState.REVIEW, user, owner="lab")
    upload = SimpleUploadedFile("answers.jsonl", jsonl(tmp_path, right).read_bytes())
    form = {"benchmark": BENCHMARK, "model": "Elsewhere", "owner": "lab", "file": upload}
    response = Api(user).client.post("/api/v1/imports", form)
    problem = assert_problem(response, 429, "quota-exceeded")
    assert (problem["organization"], problem["used"], problem["limit"]) == ("lab", 1, 1)
    assert int(response["Retry-After"]) == problem["retry_after_s"] > 0
