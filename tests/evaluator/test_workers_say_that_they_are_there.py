"""A real worker process: it says that it is there, with its queues and slots, and takes the word back when it ends."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

from leaderboard.runs.workers import workers

QUEUES = ("endpoint", "gpu.1")


@pytest.mark.slow
def test_a_worker_is_there_from_its_start_to_its_end() -> None:
    command = [sys.executable, "-m", "celery", "-q", "-A", "evaluator.celery", "worker"]
    options = ["--concurrency", "2", "--queues", ",".join(QUEUES), "--hostname", "presence@%h"]
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    worker = subprocess.Popen(
        [*command, *options],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + 60
        while not (found := workers()) and time.monotonic() < deadline:
            time.sleep(0.2)
    finally:
        worker.terminate()
        worker.wait(timeout=30)
    assert found
    assert [(w.queues, w.slots) for w in found] == [(QUEUES, 2)]
    assert found[0].host_class
    assert workers() == []
