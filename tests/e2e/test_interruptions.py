"""Killed, cancelled, or failing in the middle: nothing is asked twice, nothing is left, the reason is told.

The endpoint is a stand-in that speaks the protocol (tests/support/openai_server.py); everything else is real.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.e2e.conftest import SLUG, System, eventually
from tests.support.openai_server import OpenAIServer, openai_server

PREFLIGHT_MARK = 1
"""Every attempt asks one question of its own before the benchmark."""


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with openai_server(delay_s=0.3) as server:
        yield server


def harness_processes(folder: Path) -> list[int]:
    """The lmms-eval children that work below this folder."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            argv = (entry / "cmdline").read_bytes()
            where = (entry / "cwd").readlink()
        except OSError:
            continue
        if b"evaluator.harness" in argv and where.is_relative_to(folder):
            found.append(int(entry.name))
    return found


def test_a_killed_worker_loses_no_answer(
    system: System, server: OpenAIServer, demo_data: Path
) -> None:
    rows = pq.read_table(demo_data / SLUG / "dev.parquet").num_rows
    submission = system.submit(
        endpoint={"base_url": server.base_url, "model": server.model}, concurrency=2
    )
    assert eventually(lambda: len(server.received) > 10, timeout_s=120), system.log("evaluator")
    os.killpg(system.processes[-1].pid, signal.SIGKILL)
    assert eventually(lambda: not harness_processes(system.folder), timeout_s=20)
    answered = len(server.received)
    assert answered < rows, "it was to be killed in the middle"
    server.delay_s = 0
    system.start_evaluator()
    run = system.wait_state(submission, "published", "review", "failed")
    assert run["state"] == "published", run
    assert run["attempt"] == 1, (
        "the broker delivered the message again; the reaper had nothing to do"
    )
    # The question before the benchmark is asked by both attempts; those in flight at the kill are asked again.
    repeated = sum(count - 1 for count in server.asked.values())
    assert repeated <= PREFLIGHT_MARK + 2
    assert len(server.received) - repeated == rows + PREFLIGHT_MARK


def test_a_cancelled_run_really_ends(system: System, server: OpenAIServer) -> None:
    submission = system.submit(
        endpoint={"base_url": server.base_url, "model": server.model}, concurrency=1
    )
    assert eventually(lambda: len(server.received) > 3, timeout_s=120), system.log("evaluator")
    response = system.request("POST", f"/submissions/{submission['id']}/cancel")
    assert response.status_code == 200, response.text
    assert system.run_of(submission)["state"] == "cancelled"
    assert eventually(lambda: not harness_processes(system.folder), timeout_s=30)
    asked = len(server.received)
    again = system.request("POST", f"/submissions/{submission['id']}/cancel")
    assert again.status_code == 409
    time.sleep(1.5)
    assert len(server.received) == asked

    server.delay_s = 0
    assert system.request("POST", f"/submissions/{submission['id']}/retry").status_code == 200
    run = system.wait_state(submission, "published", "review", "failed")
    assert run["state"] == "published", run
    assert run["attempt"] == 2


@pytest.mark.parametrize(
    ("mode", "code"),
    [
        ("html", "endpoint_not_openai"),
        ("error_500", "endpoint_error"),
        ("model_404", "endpoint_model_unknown"),
        ("auth_401", "endpoint_auth"),
        ("no_images", "endpoint_no_images"),
    ],
)
def test_a_bad_endpoint_fails_with_a_reason_that_says_what_to_do(
    system: System, server: OpenAIServer, mode: str, code: str
) -> None:
    server.mode = mode
    server.delay_s = 0
    submission = system.submit(endpoint={"base_url": server.base_url, "model": server.model})
    run = system.wait_state(submission, "published", "review", "failed")
    assert run["state"] == "failed"
    assert run["failure"]["code"] == code
    assert run["failure"]["advice"]
    assert run["failure"]["detail"]


def test_an_endpoint_that_is_not_there_is_unreachable_and_can_be_retried(system: System) -> None:
    with openai_server() as gone:
        url, port = gone.base_url, int(gone.base_url.split(":")[2].split("/")[0])
    submission = system.submit(endpoint={"base_url": url, "model": "test-model"})
    run = system.wait_state(submission, "failed", "published")
    assert run["failure"]["code"] == "endpoint_unreachable"
    with openai_server(port=port):
        assert system.request("POST", f"/submissions/{submission['id']}/retry").status_code == 200
        run = system.wait_state(submission, "failed", "published")
    assert run["state"] == "published", run
