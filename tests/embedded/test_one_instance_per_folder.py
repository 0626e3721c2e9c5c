"""A runtime folder is used by one instance at a time."""

from __future__ import annotations

import contextlib
from pathlib import Path

import psutil
import pytest

from leaderboard.core.embedded.errors import AlreadyRunning
from leaderboard.core.embedded.lock import instance_lock, is_held
from leaderboard.core.embedded.servers import embedded_servers
from tests.embedded.running import WAIT_S, StartStack, assert_gone


def test_second_instance_is_refused_and_told_who_holds_the_folder(start_stack: StartStack) -> None:
    first = start_stack()

    second = start_stack(ready=False)

    assert second.process.wait(WAIT_S) == AlreadyRunning.exit_code == 3
    said = second.said()
    assert f"{first.var} is in use by process {first.supervisor} (standin, since " in said
    assert "Ctrl-C" in said
    assert first.is_ready()
    assert psutil.pid_exists(first.pid("postgres"))


def test_servers_for_another_program_are_refused_too(
    start_stack: StartStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack = start_stack()
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("REDIS_URL", raising=False)
    with (
        pytest.raises(AlreadyRunning, match=str(stack.supervisor)),
        embedded_servers(stack.var),
    ):
        pass


def test_lock_is_free_again_after_use(tmp_path: Path) -> None:
    lock = tmp_path / "run" / "lock"
    assert not is_held(lock)
    with instance_lock(lock):
        assert is_held(lock)
    assert not is_held(lock)


def test_lock_is_free_after_its_holder_was_killed(start_stack: StartStack) -> None:
    stack = start_stack()
    tree = stack.tree()
    for process in tree:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    stack.process.wait(WAIT_S)
    assert_gone(tree)

    assert start_stack().is_ready()
