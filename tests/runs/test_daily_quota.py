"""The daily quota, at its edge and under two submissions at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import count
from threading import Barrier
from types import SimpleNamespace

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from leaderboard.accounts.models import User
from leaderboard.runs.models import Submission
from leaderboard.runs.services import QuotaExceeded, submit
from tests.factories import ensure_benchmarks, make_request, make_submission, make_user


@pytest.mark.django_db
def test_the_submission_after_the_last_allowed_one_is_refused() -> None:
    user = make_user(submissions_per_day=2)
    make_submission(user)
    make_submission(user)

    with pytest.raises(QuotaExceeded) as exceeded:
        make_submission(user)

    assert (exceeded.value.used, exceeded.value.limit) == (2, 2)
    assert 86_300 < exceeded.value.retry_after_s <= 86_400
    assert Submission.objects.filter(submitter=user).count() == 2


@pytest.mark.django_db
def test_a_submission_counts_for_24_hours() -> None:
    user = make_user(submissions_per_day=1)
    old = make_submission(user)
    Submission.objects.filter(pk=old.pk).update(
        created_at=timezone.now() - timedelta(hours=23, minutes=59)
    )
    with pytest.raises(QuotaExceeded) as exceeded:
        make_submission(user)
    assert 0 < exceeded.value.retry_after_s <= 60

    Submission.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(hours=24))
    make_submission(user)


@pytest.mark.django_db
def test_a_submission_that_grows_too_old_between_two_looks_at_the_clock(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    user, start = make_user(submissions_per_day=1), timezone.now()
    old = make_submission(user)
    edge = start - timedelta(hours=24) + timedelta(milliseconds=1)
    Submission.objects.filter(pk=old.pk).update(created_at=edge)
    moments = (start + timedelta(seconds=n) for n in count())
    clock = SimpleNamespace(now=lambda: next(moments))
    monkeypatch.setattr("leaderboard.runs.quota.timezone", clock)

    with pytest.raises(QuotaExceeded) as exceeded:
        make_submission(user)

    assert exceeded.value.retry_after_s == 1


@pytest.mark.django_db
def test_the_sites_default_holds_where_the_user_has_no_quota(settings: Settings) -> None:
    settings.SUBMISSIONS_PER_DAY = 1
    user = make_user()
    make_submission(user)

    with pytest.raises(QuotaExceeded):
        make_submission(user)


@pytest.mark.django_db
def test_a_quota_of_nothing_takes_nothing() -> None:
    with pytest.raises(QuotaExceeded) as exceeded:
        make_submission(make_user(submissions_per_day=0))

    assert exceeded.value.retry_after_s == 86_400


@pytest.mark.django_db(transaction=True)
def test_of_two_submissions_at_the_edge_one_is_taken() -> None:
    ensure_benchmarks()
    user = make_user(submissions_per_day=1)
    together = Barrier(2)

    def try_it(_number: int) -> str:
        try:
            together.wait(timeout=20)
            submit(User.objects.get(pk=user.pk), make_request())
        except QuotaExceeded:
            return "refused"
        finally:
            connection.close()
        return "taken"

    with ThreadPoolExecutor(2) as threads:
        outcomes = sorted(threads.map(try_it, range(2)))

    assert outcomes == ["refused", "taken"]
    assert Submission.objects.filter(submitter=user).count() == 1
