"""Quotas of users and organisations beyond the day's: at once, GPU hours, and what the platform broke."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from evaluator.errors import FailureCode
from leaderboard.accounts.models import Membership, Organization, User
from leaderboard.runs.models import Run, Submission
from leaderboard.runs.quota import PLATFORM_FAILURES, QuotaKind, quota_of, quota_of_organization
from leaderboard.runs.services import cancel, submit
from leaderboard.runs.submission import QuotaExceeded
from tests.factories import (
    break_down,
    ensure_benchmarks,
    make_checkpoint_request,
    make_request,
    make_submission,
    make_user,
    start,
)


def used(user: User) -> dict[str, float]:
    return {use.kind.value: use.used for use in quota_of(user)}


def lab_of(*users: User, **limits: float) -> Organization:
    lab = Organization.objects.create(slug="lab", name="Lab", **limits)
    for user in users:
        Membership.objects.create(organization=lab, user=user)
    return lab


@pytest.mark.django_db
@pytest.mark.parametrize("code", sorted(PLATFORM_FAILURES))
def test_what_the_platform_broke_is_given_back(code: FailureCode) -> None:
    user = make_user(submissions_per_day=1)
    break_down(make_submission(user).runs.get(), code)
    assert used(user)["submissions_per_day"] == 0
    make_submission(user)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "code",
    [FailureCode.ENDPOINT_ERROR, FailureCode.DOES_NOT_FIT, FailureCode.ENGINE_OUT_OF_MEMORY],
)
def test_what_the_submitter_broke_is_not(code: FailureCode) -> None:
    user = make_user(submissions_per_day=1)
    break_down(make_submission(user).runs.get(), code)
    with pytest.raises(QuotaExceeded):
        make_submission(user)


@pytest.mark.django_db
def test_a_submission_is_counted_while_one_of_its_runs_is_not_broken_by_us() -> None:
    user = make_user()
    submission = make_submission(user, benchmarks=["mmbench_en_dev", "mmmu_val"])
    break_down(submission.runs.order_by("id")[0], FailureCode.WORKER_LOST)
    assert used(user)["submissions_per_day"] == 1


@pytest.mark.django_db
def test_one_more_fits_when_one_of_those_at_once_has_ended() -> None:
    user = make_user(active_submissions=1)
    first = make_submission(user)
    with pytest.raises(QuotaExceeded) as refused:
        make_submission(user)
    assert (refused.value.kind, refused.value.used, refused.value.limit) == (
        "active_submissions",
        1,
        1,
    )
    assert refused.value.retry_after_s > 0
    cancel(first, user)
    make_submission(user)


@pytest.mark.django_db
def test_gpu_hours_are_those_of_attempts_times_their_gpus() -> None:
    ensure_benchmarks()
    user = make_user(gpu_hours=5)
    wish = make_checkpoint_request(
        tensor_parallel_size=2, benchmarks=["mmbench_en_dev", "mmmu_val"]
    )
    submission = submit(user, wish)
    for run in submission.runs.order_by("id"):
        start(run)
    ended = timezone.now() - timedelta(days=1)
    submission.runs.update(started_at=ended - timedelta(hours=3), finished_at=ended)
    assert used(user)["gpu_hours"] == pytest.approx(6)
    with pytest.raises(QuotaExceeded) as refused:
        submit(user, wish)
    assert refused.value.kind == QuotaKind.GPU_HOURS
    assert refused.value.retry_after_s == pytest.approx(29 * 86_400, abs=60)

    submission.runs.update(finished_at=timezone.now() - timedelta(days=31))
    assert used(user)["gpu_hours"] == 0


@pytest.mark.django_db
def test_an_endpoint_uses_no_gpu_hours() -> None:
    user = make_user()
    run = make_submission(user).runs.get()
    start(run)
    Run.objects.filter(pk=run.pk).update(started_at=timezone.now() - timedelta(hours=3))
    assert used(user)["gpu_hours"] == 0


@pytest.mark.django_db
def test_gpu_hours_without_a_limit_are_still_told(settings: Settings) -> None:
    settings.GPU_HOURS = None
    use = quota_of(make_user())[-1]
    assert (use.kind, use.limit, use.left, use.exhausted) == ("gpu_hours", None, None, False)


@pytest.mark.django_db
def test_an_organisations_quota_counts_all_its_members() -> None:
    ann, bob = make_user(), make_user()
    lab = lab_of(ann, bob, submissions_per_day=1)
    make_submission(ann, owner="lab")
    with pytest.raises(QuotaExceeded) as refused:
        make_submission(bob, owner="lab")
    assert refused.value.organization == "lab"
    make_submission(bob)
    assert quota_of_organization(lab)[0].used == 1


@pytest.mark.django_db(transaction=True)
def test_two_members_at_once_do_not_exceed_their_organisations_quota() -> None:
    ensure_benchmarks()
    members = [make_user(), make_user()]
    lab_of(*members, submissions_per_day=1)
    together = Barrier(2)

    def try_it(user: User) -> str:
        try:
            together.wait(timeout=20)
            submit(user, make_request(owner="lab"))
        except QuotaExceeded:
            return "refused"
        finally:
            connection.close()
        return "taken"

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(try_it, members)) == ["refused", "taken"]
    assert Submission.objects.count() == 1
