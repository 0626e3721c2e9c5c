"""The stand-in stack while it runs, and what to look at afterwards."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import psycopg
import redis

from leaderboard.core.embedded.layout import ROOT, Layout
from leaderboard.core.embedded.postgres import Postgres
from leaderboard.core.embedded.state import read_state
from leaderboard.core.embedded.valkey import Valkey

STAND_IN = Path(__file__).with_name("standin.py")
WAIT_S = 30


def wait_for(condition: Callable[[], Any], what: str, seconds: float = WAIT_S) -> Any:
    """Return the first true value of ``condition``; fail after ``seconds``."""
    until = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < until, f"not within {seconds} s: {what}"
        time.sleep(0.05)
    return value


def plain_environment(**more: str) -> dict[str, str]:
    """Return this environment without the servers of the test session."""
    left_out = {"DATABASE_URL", "REDIS_URL"}
    env = {key: value for key, value in os.environ.items() if key not in left_out}
    return env | {"PYTHONPATH": str(ROOT)} | more


@dataclass
class RunningStack:
    """The stand-in stack, as a person at a terminal has it."""

    var: Path
    process: subprocess.Popen[str]

    @property
    def state(self) -> dict[str, Any]:
        """The state file."""
        state = read_state(Layout.of(self.var).state)
        assert state is not None, self.said()
        return state

    def pid(self, name: str) -> int:
        """Process id of a service or server."""
        return next(p["pid"] for p in self.state["processes"] if p["name"] == name)

    @property
    def guard(self) -> int:
        """The process that was started."""
        return self.process.pid

    @property
    def supervisor(self) -> int:
        """Its child that does the work."""
        return self.state["supervisor_pid"]

    def is_ready(self) -> bool:
        """Say whether everything is ready."""
        state = read_state(Layout.of(self.var).state)
        if state is None or state["guard_pid"] != self.guard:
            return False
        names = {p["name"] for p in state["processes"] if p["state"] == "ready"}
        return {"worker", "web"} <= names

    def tree(self) -> list[psutil.Process]:
        """All processes of the stack."""
        root = psutil.Process(self.guard)
        return [root, *root.children(recursive=True)]

    def said(self) -> str:
        """All it wrote."""
        return (self.var / "console").read_text()

    def grandchild(self) -> int:
        """The process that the worker stand-in started in a session of its own."""
        return int((self.var / "grandchild").read_text())

    def postgres(self) -> psycopg.Connection[Any]:
        """A connection to the database."""
        port = int(self.state["database"].rpartition(":")[2].partition("/")[0])
        url = Postgres(Layout.of(self.var), port=port).url
        return psycopg.connect(url, autocommit=True, connect_timeout=5)

    def valkey(self) -> redis.Redis:
        """A client of Valkey."""
        port = int(self.state["redis"].rpartition(":")[2].partition("/")[0])
        return redis.Redis.from_url(Valkey(Layout.of(self.var), port=port).url)

    def write_data(self) -> None:
        """Write something that must survive."""
        with self.postgres() as connection:
            connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
        self.valkey().set("kept", "42")

    def assert_data_intact(self) -> None:
        """Read it back."""
        with self.postgres() as connection:
            assert connection.execute("SELECT answer FROM kept").fetchall() == [(42,)]
        assert self.valkey().get("kept") == b"42"

    def interrupt(self, number: signal.Signals = signal.SIGINT) -> int:
        """Do what a terminal does: signal the whole foreground group; return the exit status."""
        os.killpg(self.guard, number)
        return self.process.wait(WAIT_S)


def assert_gone(processes: list[psutil.Process], seconds: float = 15) -> None:
    """Fail if one of these processes is still there after ``seconds``."""
    _, left = psutil.wait_procs(processes, timeout=seconds)
    left = [p for p in left if p.is_running() and p.status() != psutil.STATUS_ZOMBIE]
    assert not left


def quick_disk() -> str | None:
    """Return a folder in memory if there is a large one: these tests write real data, with every fsync."""
    memory = Path("/dev/shm")
    roomy = memory.is_dir() and shutil.disk_usage(memory).free > 2_000_000_000
    return str(memory) if roomy else None


StartStack = Callable[..., RunningStack]
