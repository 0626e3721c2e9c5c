"""The page of the queue: workers by their own word, what each does, and how long others wait."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from evaluator.messages import (
    WORKERS_PATTERN,
    Progress,
    RunProgress,
    Stage,
    WorkerPresence,
    progress_key,
    worker_key,
)
from evaluator.presence import Presence
from leaderboard.core.redis import client as redis
from leaderboard.runs.models import Run
from leaderboard.runs.states import RunState
from leaderboard.runs.workers import workers
from tests.factories import make_published_run, make_reviewer, make_run, make_user
from tests.web.conftest import Read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("benchmarks")]

QUERIES = 6
"""Of a visitor's page."""


@pytest.fixture(autouse=True)
def _nobody_there() -> Iterator[None]:
    for key in redis().scan_iter(WORKERS_PATTERN):
        redis().delete(key)
    yield
    for key in redis().scan_iter(WORKERS_PATTERN):
        redis().delete(key)


def up(name: str = "gpu-1", queues: tuple[str, ...] = ("endpoint",), slots: int = 1) -> None:
    word = WorkerPresence(
        name=name,
        queues=queues,
        slots=slots,
        host_class="2x Card",
        since=time.time() - 60,
        at=time.time(),
    )
    redis().set(worker_key(name, 1), json.dumps(word.to_json()))


def beat(run: Run, worker: str = "gpu-1", eta_s: float = 600.0) -> None:
    told = Progress(
        at=time.time(),
        worker=worker,
        stage=Stage.GENERATING,
        stage_since=time.time(),
        runs={str(run.public_id): RunProgress(done=8, total=32, eta_s=eta_s)},
    )
    key = progress_key(str(run.submission.public_id), run.attempt)
    redis().set(key, json.dumps(told.to_json()))


def test_without_workers_the_page_says_so(read: Read) -> None:
    html = read("/queue/")
    assert "No worker is up" in html
    assert "Nobody waits" in html


def test_an_idle_worker_is_there(read: Read) -> None:
    up()
    html = read("/queue/")
    assert "idle" in html
    assert "2x Card" in html


def test_a_worker_is_shown_with_what_it_does(client: Client) -> None:
    up()
    run = make_run(RunState.EVALUATING, make_user("rosa"), model_name="Marlin VLM")
    beat(run)
    client.force_login(run.submission.submitter)
    html = client.get("/queue/").content.decode()
    assert "Marlin VLM" in html
    assert "8 / 32" in html
    assert 'aria-valuenow="25"' in html
    assert "idle" not in html


def test_what_a_reader_may_not_see_is_counted_and_not_named(read: Read) -> None:
    up()
    beat(make_run(RunState.EVALUATING, model_name="Secret VLM"))
    make_run(RunState.QUEUED, model_name="Secret too")
    html = read("/queue/")
    assert "Secret" not in html
    assert html.count("another submission") == 2


def test_only_reviewers_see_workers_names(client: Client) -> None:
    up("gpu-in-the-cellar")
    assert "gpu-in-the-cellar" not in client.get("/queue/").content.decode()
    client.force_login(make_reviewer())
    assert "gpu-in-the-cellar" in client.get("/queue/").content.decode()


def test_a_run_whose_worker_is_silent_is_still_shown(read: Read) -> None:
    make_run(RunState.EVALUATING)
    assert "not heard of" in read("/queue/")


def waits(client: Client) -> list[tuple[int, str]]:
    return [(row.place, row.wait) for row in client.get("/queue/").context["waiting"]]


def test_the_wait_is_the_work_ahead_shared_by_the_workers(client: Client) -> None:
    make_published_run()
    up()
    beat(make_run(RunState.EVALUATING), eta_s=600)
    make_run(RunState.QUEUED)
    assert waits(client) == [(1, "10 min 0 s")]
    up("gpu-2")
    assert waits(client) == [(1, "0 s")]


def test_without_a_worker_for_the_queue_no_wait_is_told(client: Client) -> None:
    up(queues=("gpu.8",))
    make_run(RunState.QUEUED)
    make_run(RunState.QUEUED)
    assert waits(client) == [(1, ""), (2, "")]


def test_the_part_is_asked_for_again(read: Read) -> None:
    html = read("/queue/", part=True)
    assert 'hx-trigger="every 3s"' in html


@pytest.mark.parametrize(
    "text", ["", "[]", "{", "null", '{"name": 1}', '{"queues": 3, "slots": 1}']
)
def test_what_is_no_workers_word_is_passed_over(text: str) -> None:
    redis().set(worker_key("odd", 1), text)
    assert workers() == []


def test_a_worker_speaks_while_it_is_up_and_is_gone_afterwards(settings: Any) -> None:
    presence = Presence(settings.REDIS_URL, every_s=0.05)
    presence.begin(["endpoint", "gpu.1"], 2)
    deadline = time.monotonic() + 20
    while not (found := workers()) and time.monotonic() < deadline:
        time.sleep(0.05)
    presence.end()
    assert found
    assert (found[0].queues, found[0].slots) == (("endpoint", "gpu.1"), 2)
    assert workers() == []


def test_more_submissions_need_no_more_queries(
    client: Client, django_assert_num_queries: Any
) -> None:
    up()
    for _ in range(2):
        beat(make_run(RunState.EVALUATING))
        make_run(RunState.QUEUED)
        with django_assert_num_queries(QUERIES):
            client.get("/queue/")


def test_runs_are_filtered_and_have_their_headline(read: Read) -> None:
    good = make_published_run(model_name="Good VLM", organization="Acme")
    make_published_run(model_name="Other VLM", benchmarks=["mmbench_cn_dev"], organization="Bolt")
    html = read("/runs/")
    assert "100.0" in html
    assert "Other VLM" not in read("/runs/", q="acme")
    assert "Good VLM" not in read("/runs/", benchmark="mmbench_cn_dev")
    assert "No such run" in read("/runs/", q="acme", benchmark="mmbench_cn_dev")
    assert str(good.public_id) in read("/runs/", q="GOOD")
