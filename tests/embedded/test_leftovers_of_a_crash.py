"""What an earlier crash left in the data folder does not keep the next start from working."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from signal import SIGINT

import psutil

from leaderboard.core.embedded.binaries import find_postgres
from leaderboard.core.embedded.identity import tied_argv, unprivileged
from leaderboard.core.embedded.layout import Layout
from leaderboard.core.embedded.ports import accepts_connections, random_free_port
from tests.embedded.running import StartStack, assert_gone, plain_environment, wait_for


def stopped_stack(start_stack: StartStack) -> Path:
    """Make a data folder with data in it; return the runtime folder."""
    stack = start_stack()
    stack.write_data()
    stack.interrupt()
    return stack.var


def test_pid_file_that_names_somebody_elses_process_is_removed(start_stack: StartStack) -> None:
    data = Layout.of(stopped_stack(start_stack)).postgres / "data"
    bystander = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    try:
        (data / "postmaster.pid").write_text(f"{bystander.pid}\n{data}\n1\n5432\n\n127.0.0.1\n")
        start_stack().assert_data_intact()
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def test_server_that_lost_its_supervisor_is_ended_first(start_stack: StartStack) -> None:
    data = Layout.of(stopped_stack(start_stack)).postgres / "data"
    port = random_free_port()
    argv = [
        find_postgres() / "postgres",
        "-D",
        data,
        "-c",
        f"port={port}",
        "-c",
        "unix_socket_directories=",
    ]
    with subprocess.Popen(
        tied_argv(argv, unprivileged(), SIGINT),
        env=plain_environment(),
        cwd="/",
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as lost:
        wait_for(lambda: accepts_connections(port), "the lost server answers")
        server = psutil.Process(lost.pid)
        everything = [server, *server.children(recursive=True)]

        stack = start_stack()

        lost.wait(10)
        assert_gone(everything)
        stack.assert_data_intact()


def test_unfinished_initdb_is_thrown_away(start_stack: StartStack, var: Path) -> None:
    unfinished = var / "postgres" / "new-123" / "data"
    unfinished.mkdir(parents=True)
    (unfinished / "PG_VERSION").write_text("1")

    start_stack().write_data()

    assert [p.name for p in (var / "postgres").iterdir()] == ["data"]


def test_data_of_another_major_version_is_refused_in_words(
    start_stack: StartStack, var: Path
) -> None:
    data = Layout.of(stopped_stack(start_stack)).postgres / "data"
    (data / "PG_VERSION").write_text("9\n")

    stack = start_stack(ready=False)

    assert stack.process.wait(30) == 1
    assert "was made by PostgreSQL 9" in stack.said()
    assert (data / "base").is_dir()
