"""``embedded_servers``: servers for the time of a block, ended with the program that asked for them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from leaderboard.core.embedded.errors import EmbeddedError
from leaderboard.core.embedded.layout import ROOT
from leaderboard.core.embedded.servers import embedded_servers
from leaderboard.core.embedded.state import read_state
from tests.embedded.running import WAIT_S, assert_gone, plain_environment, wait_for


@pytest.fixture
def no_urls(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The environment of somebody who has no servers yet."""
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("REDIS_URL", raising=False)
    return monkeypatch


def test_servers_run_inside_the_block_only(
    var: Path, template: Path, no_urls: pytest.MonkeyPatch
) -> None:
    with embedded_servers(var, test=True, template=template) as urls:
        with psycopg.connect(urls.database_url) as connection:
            assert connection.execute("SHOW fsync").fetchone() == ("off",)
        assert redis.Redis.from_url(urls.redis_url).ping()
        state = read_state(var / "run" / "state.json")
        assert state
        running = [psutil.Process(p["pid"]) for p in state["processes"]]
    assert_gone(running, seconds=0)


def test_real_data_is_written_with_fsync_and_an_append_only_file(
    var: Path, template: Path, no_urls: pytest.MonkeyPatch
) -> None:
    with embedded_servers(var, template=template) as urls:
        with psycopg.connect(urls.database_url) as connection:
            assert connection.execute("SHOW fsync").fetchone() == ("on",)
            assert connection.execute("SHOW server_encoding").fetchone() == ("UTF8",)
        config = redis.Redis.from_url(urls.redis_url).config_get("appendonly")
        assert config == {"appendonly": "yes"}


def test_given_addresses_win_and_nothing_is_started(
    var: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://elsewhere/db")
    monkeypatch.setenv("REDIS_URL", "redis://elsewhere/3")
    with embedded_servers(var) as urls:
        assert urls.database_url == "postgresql://elsewhere/db"
        assert urls.redis_url == "redis://elsewhere/3"
        assert not list(var.iterdir())


def test_only_the_missing_server_is_started(var: Path, no_urls: pytest.MonkeyPatch) -> None:
    no_urls.setenv("DATABASE_URL", "postgresql://elsewhere/db")
    with embedded_servers(var, test=True) as urls:
        assert urls.database_url == "postgresql://elsewhere/db"
        assert redis.Redis.from_url(urls.redis_url).ping()
        state = read_state(var / "run" / "state.json")
        assert state
        assert [p["name"] for p in state["processes"]] == ["valkey"]


PROGRAM = """
import sys, time
from pathlib import Path
from leaderboard.core.embedded.servers import embedded_servers
with embedded_servers(sys.argv[1], test=True, template=Path(sys.argv[2]), remove=Path(sys.argv[1])):
    print("inside", flush=True)
    time.sleep(600)
"""


def test_servers_end_with_a_killed_program_and_the_folder_goes(var: Path, template: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(var), str(template)],
        env=plain_environment(),
        cwd=ROOT,
        stdout=subprocess.PIPE,
    ) as program:
        assert program.stdout
        assert program.stdout.readline() == b"inside\n"
        servers = psutil.Process(program.pid).children(recursive=True)
        assert {"postgres", "valkey-server"} <= {p.name() for p in servers}
        os.kill(program.pid, signal.SIGKILL)
    assert_gone(servers, seconds=WAIT_S)
    wait_for(lambda: not var.exists(), "the folder is removed")


def test_wrong_programs_are_refused_in_words(
    var: Path, tmp_path: Path, no_urls: pytest.MonkeyPatch
) -> None:
    no_urls.setenv("VLMLB_POSTGRES_BIN", str(tmp_path))
    with pytest.raises(EmbeddedError, match="VLMLB_POSTGRES_BIN"), embedded_servers(var):
        pass
    no_urls.delenv("VLMLB_POSTGRES_BIN")
    no_urls.setenv("VLMLB_VALKEY_BIN", str(tmp_path))
    with pytest.raises(EmbeddedError, match="VLMLB_VALKEY_BIN"), embedded_servers(var, test=True):
        pass
    left = [p for p in psutil.process_iter(["cmdline"]) if str(var) in (p.info["cmdline"] or [])]
    assert not left


def test_a_lost_password_is_named(var: Path, template: Path, no_urls: pytest.MonkeyPatch) -> None:
    with embedded_servers(var, template=template):
        pass
    (var / "secrets" / "postgres_password").write_text("another")
    with pytest.raises(EmbeddedError, match="postgres_password"), embedded_servers(var):
        pass
