"""The site on a real port, and the client's command as a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from pytest_django.live_server_helper import LiveServer

from leaderboard.accounts.models import User
from leaderboard.accounts.roles import scopes_open_to
from leaderboard.accounts.services import issue_token
from tests.factories import ensure_benchmarks, make_user
from vlm_leaderboard import Client, Pace, Retries

AT_ONCE = Retries(first_s=0.01)
OFTEN = Pace(first_s=0.02, longest_s=0.1)
TIMEOUT_S = 120
COMMAND = [sys.executable, "-m", "vlm_leaderboard"]

Run = Callable[..., "subprocess.CompletedProcess[str]"]


def token_of(user: User) -> str:
    return issue_token(user, "tests", scopes=scopes_open_to(user))[1]


@pytest.fixture
def user(transactional_db: None) -> User:
    ensure_benchmarks()
    return make_user("ana")


@pytest.fixture
def token(user: User) -> str:
    return token_of(user)


@pytest.fixture
def site(live_server: LiveServer, user: User) -> str:
    """The address of the site, which has the benchmarks and the user."""
    return str(live_server.url)


@pytest.fixture
def client(site: str, token: str) -> Iterator[Client]:
    with Client(site, token, retries=AT_ONCE, pace=OFTEN) as client:
        yield client


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The user's configuration folder, and where the command runs."""
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture
def environment(home: Path) -> dict[str, str]:
    """What the command's process knows: nothing of this one's settings."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / "config"),
        "COLUMNS": "120",
    }


@pytest.fixture
def run(environment: dict[str, str], home: Path) -> Run:
    """Run the command to its end."""

    def run(
        *argv: str, given: str = "", variables: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*COMMAND, *argv],
            input=given,
            env=environment | dict(variables or {}),
            cwd=home,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )

    return run


@pytest.fixture
def signed_in(run: Run, site: str, token: str) -> Run:
    """The command after a login."""
    done = run("login", "--url", site, given=f"{token}\n")
    assert done.returncode == 0, done.stderr
    return run
