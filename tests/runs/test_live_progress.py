"""Live progress as a worker writes it into Redis; whatever else stands there is no progress."""

from __future__ import annotations

import json

import pytest
from pytest_django import Settings

from evaluator.messages import Progress, RunProgress, Stage, progress_key
from leaderboard.core.redis import client
from leaderboard.runs.models import Submission
from leaderboard.runs.progress import live
from tests.factories import make_submission

pytestmark = pytest.mark.django_db

PROGRESS = Progress(
    at=1_790_000_000.0,
    worker="worker-1",
    stage=Stage.GENERATING,
    stage_since=1_789_999_000.0,
    current_run="run",
    runs={"run": RunProgress(done=12, total=32, rate=3.5, eta_s=5.7, ttft_ms_p50=41.0)},
    log_tail=("one", "two"),
)


def write(submission: Submission, text: str, attempt: int = 1) -> None:
    client().set(progress_key(str(submission.public_id), attempt), text)


def test_what_the_worker_wrote_is_read() -> None:
    submission = make_submission()
    write(submission, json.dumps(PROGRESS.to_json()))

    assert live(submission) == PROGRESS


def test_progress_is_of_the_newest_attempt_unless_one_is_named() -> None:
    submission = make_submission()
    write(submission, json.dumps(PROGRESS.to_json()), attempt=1)
    submission.attempt = 2

    assert live(submission) is None
    assert live(submission, attempt=1) == PROGRESS


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"at": 1}', '{"stage": "dancing"}'])
def test_what_cannot_be_read_is_no_progress(text: str) -> None:
    submission = make_submission()
    write(submission, text)

    assert live(submission) is None


def test_a_page_does_not_fail_for_a_redis_that_is_away(settings: Settings) -> None:
    submission = make_submission()
    settings.REDIS_URL = "redis://127.0.0.1:1/0"

    assert live(submission) is None
