"""``login``, ``logout``, ``whoami``: where the token is kept, and where it never appears."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import termios
import time
from pathlib import Path

from leaderboard.accounts.models import ApiToken
from tests.client.conftest import COMMAND, TIMEOUT_S, Run


def stored(home: Path) -> Path:
    return home / "config" / "vlm-leaderboard" / "login.json"


def test_a_login_is_stored_for_its_user_only(run: Run, site: str, token: str, home: Path) -> None:
    done = run("login", "--url", f"{site}/api/v1/", given=f"{token}\n")
    assert done.returncode == 0, done.stderr
    assert "as ana" in done.stdout
    assert token not in done.stdout + done.stderr
    assert json.loads(stored(home).read_text()) == {"url": site, "token": token}
    assert stored(home).stat().st_mode & 0o777 == 0o600
    assert list(stored(home).parent.iterdir()) == [stored(home)]
    assert "ana" in run("whoami").stdout


def test_on_a_terminal_the_token_is_asked_for_without_showing_it(
    environment: dict[str, str], site: str, token: str, home: Path
) -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, "login", "--url", site],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=environment,
        start_new_session=True,
    )
    os.close(theirs)
    seen = b""
    while b"Token" not in seen:
        seen += os.read(ours, 1024)
    # What is typed before the terminal's echo is off would be thrown away.
    while termios.tcgetattr(ours)[3] & termios.ECHO:
        time.sleep(0.01)
    os.write(ours, token.encode() + b"\n")
    try:
        while piece := os.read(ours, 1024):
            seen += piece
    except OSError:
        pass  # Linux ends a terminal that has no more writers with an error.
    os.close(ours)
    assert process.wait(TIMEOUT_S) == 0, seen
    assert token.encode() not in seen
    assert json.loads(stored(home).read_text())["token"] == token


def test_a_token_that_the_site_refuses_is_not_stored(run: Run, site: str, home: Path) -> None:
    done = run("login", "--url", site, given="vlmlb_wrong\n")
    assert done.returncode == 3
    assert "unknown, revoked or expired" in done.stderr
    assert "vlmlb_wrong" not in done.stdout + done.stderr
    assert not stored(home).exists()


def test_a_token_with_a_space_in_it_is_refused_without_telling_it(run: Run, site: str) -> None:
    done = run("login", "--url", site, given="vlmlb_se cret\n")
    assert done.returncode == 3
    assert "not a token" in done.stderr
    assert "cret" not in done.stderr


def test_an_empty_token_is_refused(run: Run, site: str, home: Path) -> None:
    assert run("login", "--url", site).returncode == 2
    assert not stored(home).exists()


def test_the_environment_goes_before_the_file(signed_in: Run, site: str) -> None:
    done = signed_in("whoami", variables={"VLM_LEADERBOARD_TOKEN": "vlmlb_other"})
    assert done.returncode == 3


def test_the_stored_token_is_sent_to_no_other_site(signed_in: Run, site: str) -> None:
    other = site.replace("localhost", "127.0.0.1")
    assert other != site
    done = signed_in("whoami", variables={"VLM_LEADERBOARD_URL": other})
    assert done.returncode == 3
    assert "Sign in or send a token" in done.stderr


def test_without_a_login_the_command_says_what_to_do(run: Run) -> None:
    done = run("benchmarks")
    assert done.returncode == 3
    assert "vlm-leaderboard login" in done.stderr


def test_logging_out_forgets_the_token(signed_in: Run, home: Path) -> None:
    assert json.loads(signed_in("logout", "--json").stdout) == {"forgotten": True}
    assert "Nothing was stored" in signed_in("logout").stdout
    assert not stored(home).exists()
    assert signed_in("whoami").returncode == 3
    assert ApiToken.objects.live().exists()


def test_a_broken_file_is_named(signed_in: Run, home: Path) -> None:
    stored(home).write_text('{"url": 3')
    done = signed_in("whoami")
    assert done.returncode == 3
    assert "login.json cannot be read" in done.stderr


def test_a_site_that_is_not_there_is_said_to_be_away(run: Run) -> None:
    done = run("login", "--url", "http://127.0.0.1:9", given="vlmlb_x\n")
    assert done.returncode == 7
    assert "cannot be reached" in done.stderr
    assert "Traceback" not in done.stderr
