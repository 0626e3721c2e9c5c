"""Requests with an Idempotency-Key: done once, answered alike."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.utils import timezone
from pytest_django import Settings

from leaderboard.accounts.models import User
from leaderboard.api.models import StoredAnswer
from leaderboard.api.tasks import forget_answers
from leaderboard.celery import app
from leaderboard.runs.models import Run, Submission
from leaderboard.runs.states import RunState
from tests.api.conftest import ROOT, Api, assert_problem
from tests.api.test_secrets_stay_secret import KEY as PLANTED
from tests.api.test_secrets_stay_secret import every_row_of_the_database
from tests.factories import ensure_benchmarks, make_run, make_user
from tests.results.result_files import jsonl
from tests.small_set import BENCHMARK, right

KEY = "0b7f4f3c-try-1"
once = pytest.mark.django_db
together = pytest.mark.django_db(transaction=True)
"""For tests whose requests must see each other's transactions."""

BODY: dict[str, Any] = {
    "model": {"name": "Tiny VLM"},
    "checkpoint": {"source": "acme/tiny-vlm", "engine": "transformers"},
    "benchmarks": [BENCHMARK],
}


@pytest.fixture
def user(db: None) -> User:
    ensure_benchmarks()
    return make_user()


def submit(user: User, body: Any = BODY, key: str = KEY, path: str = "submissions") -> Any:
    """Post with a key, as a program with a token of its own."""
    return Api(user, **{"Idempotency-Key": key}).post(path, body)


def same(first: Any, second: Any) -> None:
    """Check that the second answer is the first again, and says so."""
    assert first.status_code == second.status_code
    assert first.content == second.content
    assert first.get("Location") == second.get("Location")
    assert first.get("Content-Type") == second.get("Content-Type")
    assert "Idempotency-Replayed" not in first.headers
    assert second["Idempotency-Replayed"] == "true"


@once
def test_the_same_request_with_the_same_key_is_answered_alike_and_done_once(user: User) -> None:
    first, second = submit(user), submit(user)
    assert first.status_code == 202, first.content
    assert first["Location"]
    same(first, second)
    assert Submission.objects.count() == 1


@once
def test_the_order_of_fields_makes_no_other_request(user: User) -> None:
    same(submit(user), submit(user, dict(reversed(BODY.items()))))


@once
def test_without_a_key_each_request_is_done(user: User) -> None:
    Api(user).post("submissions", BODY)
    Api(user).post("submissions", BODY)
    assert Submission.objects.count() == 2
    assert not StoredAnswer.objects.exists()


@once
@pytest.mark.parametrize("change", [{"limit": 4}, {"note": "x"}, {"benchmarks": ["mmmu_val"]}])
def test_another_body_with_the_same_key_is_refused(user: User, change: dict[str, Any]) -> None:
    submit(user)
    assert_problem(submit(user, BODY | change), 422, "idempotency-key-reused")
    assert Submission.objects.count() == 1


@once
def test_another_address_with_the_same_key_is_refused(user: User) -> None:
    taken = submit(user).json()
    path = f"submissions/{taken['id']}/cancel"
    assert_problem(submit(user, {}, path=path), 422, "idempotency-key-reused")
    assert Run.objects.get().state == RunState.QUEUED


@once
def test_each_user_has_keys_of_their_own(user: User) -> None:
    first, second = submit(user), submit(make_user())
    assert second.status_code == 202
    assert first.json()["id"] != second.json()["id"]


@once
def test_a_refused_request_leaves_its_key_free(user: User) -> None:
    assert_problem(submit(user, BODY | {"benchmarks": ["nope"]}), 400, "validation")
    user.submissions_per_day = 0
    user.save()
    assert_problem(submit(user), 429, "quota-exceeded")
    user.submissions_per_day = None
    user.save()
    assert submit(user).status_code == 202


@once
def test_an_answer_is_kept_for_as_long_as_the_settings_say(user: User) -> None:
    first = submit(user)
    StoredAnswer.objects.update(created_at=timezone.now() - timedelta(hours=23, minutes=59))
    same(first, submit(user))
    StoredAnswer.objects.update(created_at=timezone.now() - timedelta(hours=24))
    assert submit(user).json()["id"] != first.json()["id"]


@once
def test_expired_answers_are_deleted(user: User) -> None:
    submit(user)
    submit(user, key="another")
    oldest = StoredAnswer.objects.earliest("id")
    StoredAnswer.objects.filter(pk=oldest.pk).update(
        created_at=timezone.now() - timedelta(hours=24)
    )
    forget_answers()
    assert not StoredAnswer.objects.filter(pk=oldest.pk).exists()
    assert StoredAnswer.objects.count() == 1


@once
@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 256, "schlüssel", "a\x00b"])
def test_a_key_that_is_none_is_refused(user: User, key: str) -> None:
    problem = assert_problem(submit(user, key=key), 400, "validation")
    assert [error["field"] for error in problem["errors"]] == ["Idempotency-Key"]
    assert not Submission.objects.exists()


@once
@pytest.mark.parametrize(
    ("action", "state"), [("cancel", RunState.QUEUED), ("retry", RunState.FAILED)]
)
def test_cancel_and_retry_are_done_once(user: User, action: str, state: RunState) -> None:
    run = make_run(state, user)
    path = f"submissions/{run.submission.public_id}/{action}"
    first = submit(user, {}, path=path)
    events = run.events.count()
    assert first.status_code == 200, first.content
    same(first, submit(user, {}, path=path))
    assert run.events.count() == events


@once
def test_an_import_is_done_once_though_each_upload_has_another_boundary(
    user: User, tmp_path: Path
) -> None:
    make_run(RunState.REVIEW)
    data = jsonl(tmp_path, right).read_bytes()
    api = Api(user, **{"Idempotency-Key": KEY})

    def send(content: bytes) -> Any:
        upload = SimpleUploadedFile("answers.jsonl", content)
        return api.client.post(
            ROOT + "imports", {"benchmark": BENCHMARK, "model": "Elsewhere", "file": upload}
        )

    first = send(data)
    assert first.status_code == 201, first.content
    same(first, send(data))
    assert_problem(send(data + b"\n"), 422, "idempotency-key-reused")


@once
def test_neither_body_nor_key_is_stored(user: User) -> None:
    endpoint = {"base_url": "https://8.8.8.8/v1", "model": "m", "api_key": PLANTED}
    body = {"model": {"name": "M"}, "endpoint": endpoint, "benchmarks": [BENCHMARK]}
    assert submit(user, body, key=f"{PLANTED}-as-key").status_code == 202
    assert StoredAnswer.objects.count() == 1
    assert PLANTED not in every_row_of_the_database()
    assert_problem(
        submit(user, body | {"limit": 3}, key=f"{PLANTED}-as-key"), 422, "idempotency-key-reused"
    )


@once
def test_without_a_token_a_key_changes_nothing(anonymous: Api) -> None:
    answer = anonymous.client.post(
        f"{ROOT}submissions", BODY, "application/json", headers={"Idempotency-Key": KEY}
    )
    assert_problem(answer, 401, "not-authenticated")


# --- Under concurrency ------------------------------------------------------------------------------


def in_thread(user: User, body: Any = BODY) -> Any:
    try:
        return submit(user, body)
    finally:
        connection.close()


@contextmanager
def held_up(user: User) -> Iterator[Future[Any]]:
    """Yield a request that has begun and waits for the user's row; it goes on after the block."""
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            User.objects.select_for_update(no_key=True).get(pk=user.pk)
            request = pool.submit(in_thread, user)
            while waiting_backend() is None and not request.done():
                time.sleep(0.01)
            yield request
        request.result(timeout=60)


def waiting_backend() -> int | None:
    """Return the process of PostgreSQL that waits for a row of ours."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_locks WHERE NOT granted"
            " AND pg_backend_pid() = ANY (pg_blocking_pids(pid))"
        )
        row = cursor.fetchone()
        return None if row is None else int(row[0])


@together
def test_while_a_request_is_under_way_its_repetition_is_a_conflict(user: User) -> None:
    with held_up(user) as request, ThreadPoolExecutor(1) as pool:
        refused = pool.submit(in_thread, user).result(timeout=60)
        assert_problem(refused, 409, "idempotency-key-in-flight")
        assert int(refused["Retry-After"]) >= 1
        assert not request.done()
    same(request.result(), submit(user))
    assert Submission.objects.count() == 1


@together
def test_of_many_at_once_one_is_done_and_the_others_say_so_or_wait(user: User) -> None:
    number = 6
    barrier = Barrier(number)

    def try_it(_number: int) -> Any:
        barrier.wait(timeout=60)
        return in_thread(user)

    with ThreadPoolExecutor(number) as pool:
        answers = list(pool.map(try_it, range(number)))
    assert {answer.status_code for answer in answers} <= {202, 409}
    taken = [answer for answer in answers if answer.status_code == 202]
    assert len({answer.json()["id"] for answer in taken}) == 1
    assert sum("Idempotency-Replayed" not in answer.headers for answer in taken) == 1
    assert Submission.objects.count() == 1


@together
def test_a_crash_in_the_middle_leaves_nothing_done_and_the_key_free(user: User) -> None:
    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        request = pool.submit(in_thread, user)
        while (backend := waiting_backend()) is None and not request.done():
            time.sleep(0.01)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", [backend])
        assert request.exception(timeout=60) is not None or request.result().status_code == 500
    assert not Submission.objects.exists()
    assert not StoredAnswer.objects.exists()
    assert submit(user).status_code == 202
    assert Submission.objects.count() == 1


def test_the_clock_knows_every_task_that_it_starts(settings: Settings) -> None:
    app.loader.import_default_modules()
    started = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert "leaderboard.api.tasks.forget_answers" in started
    assert started <= set(app.tasks)
