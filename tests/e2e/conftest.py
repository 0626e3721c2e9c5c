"""The whole system for a test: the site over HTTP, a real site worker and a real evaluator worker as processes."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.conf import settings as django_settings
from django.db import connection
from pytest_django.live_server_helper import LiveServer
from redis import Redis

from demo.server.http import BaselineServer
from leaderboard.accounts.models import ApiToken, User
from tests.factories import ensure_benchmarks
from tests.support.vllm import VLLM_COMMAND, skip_without_vllm

ROOT = Path(__file__).resolve().parents[2]
HARNESS_PYTHON = Path(os.environ.get("HARNESS_PYTHON") or ROOT / ".venv-harness" / "bin" / "python")
SLUG = "mmbench_en_dev"
QUESTIONS = 12
KEY = "sk-planted-e2e-0123456789"
"""What the baselines' endpoint wants of who asks it."""
TIMEOUT_S = 240


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "e2e" not in Path(str(item.fspath)).parts:
            continue
        item.add_marker(pytest.mark.harness)
        item.add_marker(pytest.mark.timeout(600))
        # One at a time: each starts two workers, an engine and lmms-eval.
        item.add_marker(pytest.mark.xdist_group("e2e"))
        if not HARNESS_PYTHON.exists():
            item.add_marker(pytest.mark.skip(reason="lmms-eval is missing; run `make harness`"))
    skip_without_vllm(items)


@pytest.fixture(scope="session")
def demo_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first questions of the drawn demo set, with all their passes."""
    folder = tmp_path_factory.mktemp("data")
    argv = [sys.executable, "-m", "demo.datasets", "--out", str(folder)]
    subprocess.run(argv, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    path = folder / SLUG / "dev.parquet"
    table = pq.read_table(path)
    keys = [i % 1_000_000 for i in table.column("index").to_pylist()]
    wanted = set(sorted(set(keys))[:QUESTIONS])
    pq.write_table(table.filter(pa.array([key in wanted for key in keys])), path)
    return folder


@dataclass
class System:
    """The running system. ``env`` is what the evaluator worker gets; a test may change it before starting one."""

    url: str
    token: str
    user: User
    env: dict[str, str]
    site_env: dict[str, str]
    folder: Path
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start_site_worker(self) -> subprocess.Popen[bytes]:
        return self._celery(
            "leaderboard", self.site_env, "-Q", "site", "-B", "--concurrency", "1",
            "-s", str(self.folder / "beat"),
        )  # fmt: skip

    def start_evaluator(self) -> subprocess.Popen[bytes]:
        return self._celery("evaluator", self.env, "-Q", "endpoint,gpu.1", "--concurrency", "1")

    def _celery(self, name: str, env: dict[str, str], *options: str) -> subprocess.Popen[bytes]:
        log = (self.folder / f"{name}.log").open("ab")
        process = subprocess.Popen(
            [sys.executable, "-m", "celery", "-q", "-A", f"{name}.celery", "worker",
             "--without-gossip", "--without-mingle", "--loglevel", "INFO", *options],
            env=env, cwd=ROOT, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
        log.close()
        self.processes.append(process)
        return process

    def log(self, name: str) -> str:
        path = self.folder / f"{name}.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token}"}
        url = path if path.startswith("http") else f"{self.url}/api/v1{path}"
        return httpx.request(method, url, headers=headers, timeout=30, trust_env=False, **options)

    def submit(self, **body: Any) -> dict[str, Any]:
        response = self.request(
            "POST", "/submissions", json={"model": {"name": "M"}, "benchmarks": [SLUG], **body}
        )
        assert response.status_code == 202, response.text
        return self.request("GET", response.headers["location"]).json()

    def run_of(self, submission: dict[str, Any]) -> dict[str, Any]:
        found = self.request("GET", f"/submissions/{submission['id']}").json()
        assert len(found["runs"]) == 1
        return found["runs"][0]

    def wait(
        self, submission: dict[str, Any], until: Callable[[dict[str, Any]], bool]
    ) -> dict[str, Any]:
        """Poll the submission's one run, as a program would, until ``until`` holds."""
        deadline = time.monotonic() + TIMEOUT_S
        while not until(run := self.run_of(submission)):
            if time.monotonic() > deadline:
                pytest.fail(f"still {run}\n{self.log('evaluator')}\n{self.log('leaderboard')}")
            time.sleep(0.3)
        return run

    def wait_state(self, submission: dict[str, Any], *states: str) -> dict[str, Any]:
        """Wait for one of these states."""
        return self.wait(submission, lambda run: run["state"] in states)


def eventually(holds: Callable[[], bool], timeout_s: float = 60) -> bool:
    """Wait until it holds; return whether it came to."""
    deadline = time.monotonic() + timeout_s
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.1)
    return holds()


@pytest.fixture
def system(
    transactional_db: None, live_server: LiveServer, demo_data: Path, tmp_path: Path
) -> Iterator[System]:
    """The site and both workers. Everything is ended after the test."""
    Redis.from_url(django_settings.REDIS_URL).flushdb()
    ensure_benchmarks()
    user = User.objects.create_user("submitter", trusted_submitter=True)
    folder = tmp_path / "system"
    folder.mkdir()
    common = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "REDIS_URL": django_settings.REDIS_URL,
        "ARTIFACTS_URL": django_settings.ARTIFACTS_URL,
        "VLMLB_VAR": str(folder),
        "CHECKPOINT_ROOTS": f"{ROOT / 'demo'}:{tmp_path / 'checkpoints'}",
        "ENDPOINT_ALLOWED_NETWORKS": "127.0.0.0/8",
    }
    database = os.environ["DATABASE_URL"].rsplit("/", 1)[0]
    system = System(
        url=live_server.url,
        token=ApiToken.issue(user, "test")[1],
        user=user,
        env=common
        | {
            "BENCHMARK_DATA_DIR": str(demo_data),
            "HARNESS_PYTHON": str(HARNESS_PYTHON),
            "EVALUATOR_PRIVATE_KEY": os.environ["EVALUATOR_PRIVATE_KEY"],
            "VLLM_COMMAND": shlex.join(VLLM_COMMAND),
            "PROBE_LEVELS": "1,2",
            "PROBE_LEVEL_S": "2",
        },
        site_env=common
        | {
            "VLMLB_ENV": "test",
            "DATABASE_URL": f"{database}/{connection.settings_dict['NAME']}",
            "EVALUATOR_PUBLIC_KEY": os.environ["EVALUATOR_PUBLIC_KEY"],
        },
        folder=folder,
    )
    try:
        system.start_site_worker()
        system.start_evaluator()
        yield system
    finally:
        end_all(system.processes)


@pytest.fixture
def baseline() -> Iterator[BaselineServer]:
    """An endpoint that answers without a model."""
    with BaselineServer(("127.0.0.1", 0), KEY) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def _loopback_is_allowed(settings: Any, tmp_path: Path) -> None:
    """The test's endpoints and checkpoints are on this machine."""
    settings.ENDPOINT_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    settings.CHECKPOINT_ROOTS = [str(ROOT / "demo"), str(tmp_path / "checkpoints")]
    settings.HEARTBEAT_TIMEOUT_S = 60


def end_all(processes: list[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
