"""As root with user namespaces, as root without them, and as a plain user."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import psutil
import pytest

from leaderboard.core.embedded.binaries import find_postgres
from leaderboard.core.embedded.errors import EmbeddedError
from leaderboard.core.embedded.identity import (
    Identity,
    check_nobody_reaches,
    hand_over,
    unprivileged,
)
from tests.embedded.running import StartStack, plain_environment

PLAIN_USER = ("unshare", "-U", "--map-user=1000", "--map-group=1000", "--")

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
with_namespaces = pytest.mark.skipif(
    os.geteuid() == 0
    and (
        shutil.which("unshare") is None
        or subprocess.run([*PLAIN_USER, "true"], capture_output=True).returncode != 0
    ),
    reason="user namespaces are blocked here: nothing can stand in for a plain user",
)


@as_root
@with_namespaces
def test_root_with_namespaces_works_in_a_closed_folder(start_stack: StartStack, var: Path) -> None:
    var.chmod(0o700)
    assert unprivileged() is Identity.NAMESPACE
    stack = start_stack()
    stack.write_data()
    stack.assert_data_intact()
    assert psutil.Process(stack.pid("postgres")).uids().real == 0


@as_root
def test_root_without_namespaces_runs_postgres_as_nobody(start_stack: StartStack) -> None:
    try:
        check_nobody_reaches(find_postgres())
    except EmbeddedError:
        pytest.skip(
            "the project lies in a folder that is closed to others: nobody cannot run its postgres"
        )
    # Without a PATH there is no unshare, as on a system that lacks it.
    stack = start_stack(env=plain_environment(PATH="/nonexistent"))
    stack.write_data()
    stack.assert_data_intact()
    postgres = psutil.Process(stack.pid("postgres"))
    assert postgres.username() == "nobody"
    assert postgres.gids().real != 0
    stack.interrupt()

    again = start_stack(env=plain_environment(PATH="/nonexistent"))
    again.assert_data_intact()


@with_namespaces
def test_a_plain_user_needs_no_help(start_stack: StartStack) -> None:
    # Root becomes user 1000 without any privilege; elsewhere the user is a plain one already.
    stack = start_stack(prefix=PLAIN_USER if os.geteuid() == 0 else ())
    stack.interrupt()
    assert "READY" in stack.said()
    assert "STOP Ctrl-C" in stack.said()


@as_root
def test_a_folder_closed_to_nobody_is_refused_in_words(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    (closed / "data").mkdir(parents=True)
    closed.chmod(0o700)
    with pytest.raises(EmbeddedError, match=r"may not pass .*Run this as a plain user"):
        hand_over(closed / "data", Identity.NOBODY)
