"""Live progress as a worker writes it into Redis; whatever else stands there is no progress."""

from __future__ import annotations

import json

import pytest
from pytest_django import Settings

from evaluator.messages import Progress, RunProgress, Stage, progress_key
from leaderboard.core.redis import client
from leaderboard.runs.models import Submission
from leaderboard.runs.progress import live, live_by_run
from leaderboard.runs.services import cancel, retry
from leaderboard.runs.states import RunState
from tests.factories import make_run, make_submission, start

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


def test_progress_is_of_the_newest_attempt() -> None:
    submission = make_submission()
    write(submission, json.dumps(PROGRESS.to_json()), attempt=1)
    submission.attempt = 2

    assert live(submission) is None
    submission.attempt = 1
    assert live(submission) == PROGRESS


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"at": 1}', '{"stage": "dancing"}'])
def test_what_cannot_be_read_is_no_progress(text: str) -> None:
    submission = make_submission()
    write(submission, text)

    assert live(submission) is None


def test_runs_of_different_attempts_each_have_the_progress_of_their_own() -> None:
    submission = make_submission(benchmarks=["mmbench_en_dev", "mmbench_cn_dev"])
    retried, running = submission.runs.select_related("submission").order_by("id")
    start(running)
    write(submission, json.dumps(PROGRESS.to_json()), attempt=1)
    cancel(retried, submission.submitter)
    retry(submission, submission.submitter)
    waiting, running = submission.runs.select_related("submission").order_by("id")

    assert (waiting.attempt, running.attempt) == (2, 1)
    assert live_by_run([waiting, running]) == {running.pk: PROGRESS}


def test_only_runs_under_way_have_live_progress() -> None:
    run = make_run(RunState.FAILED)
    write(run.submission, json.dumps(PROGRESS.to_json()))

    assert live_by_run([run]) == {}


def test_a_page_does_not_fail_for_a_redis_that_is_away(settings: Settings) -> None:
    run = make_run(RunState.EVALUATING)
    settings.REDIS_URL = "redis://127.0.0.1:1/0"

    assert live(run.submission) is None
    assert live_by_run([run]) == {}
