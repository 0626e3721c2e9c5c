"""A running stack to kill, and a folder for it."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import psutil
import pytest

from leaderboard.core.embedded.layout import ROOT
from tests.embedded.running import (
    STAND_IN,
    WAIT_S,
    RunningStack,
    StartStack,
    plain_environment,
    quick_disk,
    wait_for,
)


@pytest.fixture(scope="session")
def template(request: pytest.FixtureRequest) -> Path:
    """A ready data folder is copied, so that a start takes a fraction of a second."""
    return request.config.rootpath / ".pytest_cache" / "vlmlb-postgres"


@pytest.fixture
def var() -> Iterator[Path]:
    """A runtime folder that any user can reach (pytest's own is closed to others)."""
    folder = Path(tempfile.mkdtemp(prefix="vlmlb-embedded-", dir=quick_disk()))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def start_stack(var: Path, template: Path) -> Iterator[StartStack]:
    """Start the stand-in stack; at the end of the test it is stopped, and what is left of it is killed."""
    started: list[RunningStack] = []
    seen: list[psutil.Process] = []

    def start(
        *arguments: str,
        prefix: tuple[str, ...] = (),
        env: Mapping[str, str] | None = None,
        ready: bool = True,
    ) -> RunningStack:
        command = [sys.executable, str(STAND_IN), str(var), "--template", str(template)]
        with (var / "console").open("w") as console:
            process = subprocess.Popen(
                [*prefix, *command, *arguments],
                env=dict(env or plain_environment()),
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
            )
        stack = RunningStack(var, process)
        started.append(stack)
        if ready:
            wait_for(lambda: stack.is_ready() or process.poll() is not None, "the stack is ready")
            assert process.poll() is None, stack.said()
            seen.extend(stack.tree())
        return stack

    yield start
    for stack in started:
        if stack.process.poll() is None:
            # Gently first: a killed PostgreSQL would leave its shared memory to the machine.
            stack.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                stack.process.wait(WAIT_S)
    for process in seen:
        if process.is_running():
            process.kill()
    for stack in started:
        stack.process.wait()
