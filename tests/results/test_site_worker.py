"""A real Celery worker process of the site, fed over Valkey as workers feed it.

It runs with the connection pool that production has, so that the pool meets Celery's forks.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from evaluator.messages import REPORT_TASK, SITE_QUEUE, ReportKind
from leaderboard.celery import app
from leaderboard.core.locks import LockSpace, wait_for_lock
from leaderboard.core.redis import client
from leaderboard.results.models import Response
from leaderboard.runs.models import Run
from leaderboard.runs.reaper import SCORING_TIMEOUT
from leaderboard.runs.services import reap
from leaderboard.runs.states import RunState
from tests.factories import Delivery, deliver, make_run, report_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 60


def database_url() -> str:
    """Return the address of this session's own test database."""
    said = connection.settings_dict
    who = f"{quote(said['USER'])}:{quote(said['PASSWORD'])}"
    return f"postgres://{who}@{said['HOST']}:{said['PORT']}/{said['NAME']}"


@contextmanager
def site_worker(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a site worker; its log is ``site-worker.log``. It is ended with all its children."""
    environment = os.environ | {
        "VLMLB_ENV": "development",
        "DATABASE_URL": database_url(),
        "ARTIFACTS_URL": settings.ARTIFACTS_URL,
    }
    argv = [sys.executable, "-m", "celery", "-A", "leaderboard.celery", "worker"]
    with (tmp_path / "site-worker.log").open("ab") as log:
        worker = subprocess.Popen(
            [*argv, "-Q", SITE_QUEUE, "-c", "1", "-l", "INFO"],
            cwd=ROOT,
            env=environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        yield worker
    finally:
        kill(worker)


def kill(worker: subprocess.Popen[bytes]) -> None:
    """kill -9 the worker and its pool."""
    if worker.poll() is None:
        os.killpg(worker.pid, signal.SIGKILL)
    worker.wait(timeout=30)


@pytest.fixture(autouse=True)
def _own_queue() -> Iterator[None]:
    yield
    for key in (SITE_QUEUE, *(f"site.unacked{end}" for end in ("", "_index", "_mutex"))):
        client().delete(key)


def send(payload: object) -> None:
    app.send_task(REPORT_TASK, args=[payload], queue=SITE_QUEUE)


def wait_until(condition: Callable[[], bool], tmp_path: Path) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail((tmp_path / "site-worker.log").read_text()[-4000:])
        time.sleep(0.1)


def state_of(run: Run) -> str:
    return Run.objects.values_list("state", flat=True).get(pk=run.pk)


def test_reports_over_the_broker_take_a_run_to_review(tmp_path: Path) -> None:
    run = make_run()
    for nonsense in (None, [], {"kind": "dance"}, {"kind": "started"}, "x" * 1000):
        send(nonsense)
    send(report_of(run, ReportKind.STARTED, facts={"worker": "worker-1"}).to_json())
    sent: Delivery = deliver(run)
    send(sent.report().to_json())
    send(sent.report().to_json())

    with site_worker(tmp_path) as worker:
        wait_until(lambda: state_of(run) == RunState.REVIEW, tmp_path)
        wait_until(lambda: client().llen(SITE_QUEUE) == 0, tmp_path)
        assert worker.poll() is None

    assert Response.objects.of_run(run).count() == 32
    assert run.events.filter(to_state=RunState.REVIEW).count() == 1
    run.refresh_from_db()
    assert run.worker == "worker-1"


def test_a_delivery_survives_the_death_of_the_worker_that_scores_it(tmp_path: Path) -> None:
    run = make_run(RunState.EVALUATING)
    sent = deliver(run)

    with transaction.atomic():
        # Whoever takes in the items waits here, so that the worker is surely in the middle of it.
        wait_for_lock(LockSpace.DATASET, run.benchmark_id)
        send(sent.report().to_json())
        with site_worker(tmp_path) as worker:
            wait_until(lambda: state_of(run) == RunState.SCORING, tmp_path)
            kill(worker)
    assert state_of(run) == RunState.SCORING
    # The broker gives the message back after its visibility timeout; the reaper does not wait for that.
    # It leaves the run alone until PostgreSQL has noticed that the worker, and so its lock, is gone.
    much_later = timezone.now() + 2 * SCORING_TIMEOUT
    wait_until(lambda: reap(much_later).redelivered == (run,), tmp_path)

    with site_worker(tmp_path):
        wait_until(lambda: state_of(run) == RunState.REVIEW, tmp_path)
    assert Response.objects.of_run(run).count() == 32
