"""kill -9 of a server or a service: it is started again, and nothing is lost."""

from __future__ import annotations

import os
import signal

import psutil
import psycopg
import pytest
import redis

from tests.embedded.running import RunningStack, StartStack, assert_gone, wait_for


def restarted(stack: RunningStack, name: str, killed: int) -> bool:
    """Say whether ``name`` runs again under another process id, ready."""
    entry = next(p for p in stack.state["processes"] if p["name"] == name)
    return (
        entry["pid"] not in (None, killed) and entry["state"] == "ready" and entry["restarts"] == 1
    )


def test_killed_postgres_comes_back_on_the_same_port_with_its_data(start_stack: StartStack) -> None:
    stack = start_stack()
    stack.write_data()
    address, killed = stack.state["database"], stack.pid("postgres")
    connection = stack.postgres()

    os.kill(killed, signal.SIGKILL)

    wait_for(lambda: restarted(stack, "postgres", killed), "postgres runs again")
    assert stack.state["database"] == address
    stack.assert_data_intact()
    with pytest.raises(psycopg.OperationalError):
        connection.execute("SELECT 1")


def test_killed_valkey_comes_back_on_the_same_port_with_its_data(start_stack: StartStack) -> None:
    stack = start_stack()
    stack.write_data()
    address, killed = stack.state["redis"], stack.pid("valkey")

    os.kill(killed, signal.SIGKILL)

    wait_for(lambda: restarted(stack, "valkey", killed), "valkey runs again")
    assert stack.state["redis"] == address
    stack.assert_data_intact()


@pytest.mark.parametrize("which", ["warden", "program"])
def test_killed_worker_comes_back_and_its_own_children_are_ended(
    which: str, start_stack: StartStack
) -> None:
    stack = start_stack()
    warden = stack.pid("worker")
    program = psutil.Process(stack.grandchild()).ppid()
    family = [psutil.Process(pid) for pid in (warden, program, stack.grandchild())]

    os.kill({"warden": warden, "program": program}[which], signal.SIGKILL)

    assert_gone(family)
    wait_for(lambda: restarted(stack, "worker", warden), "the worker runs again")
    wait_for(lambda: stack.grandchild() != family[-1].pid, "the new worker has a child of its own")
    assert psutil.pid_exists(stack.grandchild())
    assert "ended with signal SIGKILL; starting again" in stack.said()


def test_the_servers_refuse_whoever_has_no_password(start_stack: StartStack) -> None:
    stack = start_stack()
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(stack.state["database"], password="guessed")
    with pytest.raises(redis.AuthenticationError):
        redis.Redis.from_url(stack.state["redis"]).ping()
