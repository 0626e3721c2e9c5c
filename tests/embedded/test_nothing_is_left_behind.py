"""However the stack ends, no process of it stays, and the next start has the data."""

from __future__ import annotations

import os
import signal
import time

import psutil
import pytest

from tests.embedded.running import RunningStack, StartStack, assert_gone

STOPPED_WITHIN_S = 10


def check_restart(stack: RunningStack, start_stack: StartStack) -> None:
    """Start on the same folder again and find the data."""
    start_stack().assert_data_intact()


@pytest.mark.parametrize("whom", ["supervisor", "guard", "both"])
def test_kill_9_leaves_nothing_and_loses_nothing(whom: str, start_stack: StartStack) -> None:
    stack = start_stack()
    stack.write_data()
    everything = [*stack.tree(), psutil.Process(stack.grandchild())]
    victims = {
        "supervisor": [stack.supervisor],
        "guard": [stack.guard],
        "both": [stack.guard, stack.supervisor],
    }[whom]
    if whom == "both":
        os.kill(stack.supervisor, signal.SIGSTOP)

    for pid in victims:
        os.kill(pid, signal.SIGKILL)

    stack.process.wait(30)
    assert_gone(everything)
    check_restart(stack, start_stack)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_stop_signal_ends_everything_in_order_and_in_time(
    number: signal.Signals, start_stack: StartStack
) -> None:
    stack = start_stack()
    stack.write_data()
    everything = [*stack.tree(), psutil.Process(stack.grandchild())]
    began = time.monotonic()

    assert stack.interrupt(number) == 0

    assert time.monotonic() - began < STOPPED_WITHIN_S
    assert_gone(everything, seconds=0)
    logs = {
        name: (stack.var / "log" / f"{name}.log").read_text() for name in ("postgres", "valkey")
    }
    assert "database system is shut down" in logs["postgres"]
    assert "ready to exit" in logs["valkey"]
    assert not (stack.var / "run" / "state.json").exists()


def test_a_clean_stop_and_a_new_start_keep_data_and_passwords(start_stack: StartStack) -> None:
    stack = start_stack()
    stack.write_data()
    kept = {p.name: p.read_text() for p in (stack.var / "secrets").iterdir()}
    stack.interrupt()

    again = start_stack()

    again.assert_data_intact()
    assert {p.name: p.read_text() for p in (again.var / "secrets").iterdir()} == kept


def test_a_stop_during_the_start_leaves_nothing(start_stack: StartStack) -> None:
    stack = start_stack(ready=False)
    log = stack.var / "log" / "postgres.log"
    while not log.exists():
        time.sleep(0.01)
    everything = stack.tree()

    assert stack.interrupt() == 0

    assert_gone(everything, seconds=0)
    assert "Traceback" not in stack.said()
