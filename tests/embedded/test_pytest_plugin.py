"""The plugin that gives a test session its servers, run in test sessions of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from leaderboard.core.embedded.layout import ROOT
from tests.embedded.running import WAIT_S, assert_gone, plain_environment
from tests.plugins.services import redis_database

TEST_FILE = """
import os, pathlib, time
import psycopg, pytest, redis

@pytest.mark.parametrize("number", range(8))
def test_servers(number):
    assert psycopg.connect(os.environ["DATABASE_URL"]).execute("SELECT 1").fetchone() == (1,)
    client = redis.Redis.from_url(os.environ["REDIS_URL"])
    client.incr("tests")
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    names = ("REDIS_URL", "DATABASE_URL", "VLMLB_VAR", "DJANGO_SETTINGS_MODULE", "VLMLB_ENV")
    said = [os.environ[name] for name in names]
    pathlib.Path("said", worker).write_text("\\n".join([client.get("tests").decode(), *said]))

def test_wait():
    if os.environ.get("WAIT"):
        print("waiting", flush=True)
        time.sleep(600)
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of one test file that tells what it was given."""
    (tmp_path / "said").mkdir()
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "test_given.py").write_text(TEST_FILE)
    return tmp_path


def command(*more: str) -> list[str]:
    plugins = ("-p", "no:valkey", "-p", "no:django", "-p", "tests.plugins.services")
    return [sys.executable, "-m", "pytest", "-q", *plugins, *more]


def environment(**more: str) -> dict[str, str]:
    """Return the environment of somebody who calls pytest, not that of this session."""
    ours = ("PYTEST_", "VLMLB_", "EVALUATOR_", "DJANGO_")
    return {k: v for k, v in plain_environment().items() if not k.startswith(ours)} | more


def run(project: Path, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments),
        env=environment(**env),
        cwd=project,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def said(project: Path) -> dict[str, list[str]]:
    return {p.name: p.read_text().splitlines() for p in (project / "said").iterdir()}


def test_a_session_gets_servers_and_a_folder_that_go_with_it(project: Path) -> None:
    done = run(project)
    assert done.returncode == 0, done.stdout + done.stderr
    count, redis_url, _, var, settings, kind = said(project)["main"]
    assert (count, settings, kind) == ("8", "leaderboard.settings", "test")
    assert redis_url.endswith("/0")
    assert not Path(var).parent.exists()


def test_xdist_workers_share_the_servers_but_neither_redis_database_nor_folder(
    project: Path,
) -> None:
    done = run(project, "-n", "2", "--dist", "each")
    assert done.returncode == 0, done.stdout + done.stderr
    told = said(project)
    assert set(told) == {"gw0", "gw1"}
    first, second = told["gw0"], told["gw1"]
    assert first[0] == second[0] == "8"
    assert (first[1].rpartition("/")[2], second[1].rpartition("/")[2]) == ("1", "2")
    assert first[2] == second[2]
    assert first[3] != second[3]


def test_nothing_is_left_when_the_session_is_killed(project: Path) -> None:
    with subprocess.Popen(
        command("-s", "-k", "wait"),
        env=environment(WAIT="1"),
        cwd=project,
        stdout=subprocess.PIPE,
    ) as session:
        assert session.stdout
        while session.stdout.readline().strip() != b"waiting":
            assert session.poll() is None
        servers = psutil.Process(session.pid).children(recursive=True)
        assert {"postgres", "valkey-server"} <= {p.name() for p in servers}
        os.kill(session.pid, signal.SIGKILL)
    assert_gone(servers, seconds=WAIT_S)


def test_given_servers_win(project: Path) -> None:
    database = os.environ["DATABASE_URL"]
    redis_url = redis_database(os.environ["REDIS_URL"], 20)
    done = run(project, DATABASE_URL=database, REDIS_URL=redis_url)
    assert done.returncode == 0, done.stdout + done.stderr
    assert said(project)["main"][1:3] == [redis_url, database]


def test_asking_for_help_starts_no_servers(project: Path) -> None:
    done = run(project, "--version", VLMLB_POSTGRES_BIN="/nonexistent")
    assert done.returncode == 0
    refused = run(project, VLMLB_POSTGRES_BIN="/nonexistent")
    assert refused.returncode == pytest.ExitCode.USAGE_ERROR
    assert "The servers for the tests did not start. VLMLB_POSTGRES_BIN" in refused.stderr


def test_the_plugin_does_not_import_django() -> None:
    code = "import sys, tests.plugins.services; sys.exit('django' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


@pytest.mark.parametrize(
    ("url", "raised"),
    [
        ("redis://host:6379", "redis://host:6379/3"),
        ("redis://:p@host:6379/0", "redis://:p@host:6379/3"),
        ("rediss://host/2?ssl_cert_reqs=none", "rediss://host/5?ssl_cert_reqs=none"),
    ],
)
def test_redis_database_number_is_raised(url: str, raised: str) -> None:
    assert redis_database(url, 3) == raised
