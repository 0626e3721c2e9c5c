"""Make PostgreSQL's data folder: all of it or nothing."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
from pathlib import Path
from signal import Signals

from .errors import EmbeddedError
from .identity import Identity, hand_over, tied_argv
from .secret_files import kept_secret, write_private

ROLE = "vlmlb"
_TIMEOUT_S = 120


def server_environment() -> dict[str, str]:
    """A small environment: PGDATA, PGPORT and the like of the caller must not reach the server's programs."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def make_data(
    programs: Path, data: Path, password_file: Path, identity: Identity, *, sync: bool
) -> None:
    """Make the folder ``data`` with the superuser ``vlmlb`` and the password kept in ``password_file``.

    The folder appears once it is complete. The caller holds the lock of the runtime folder. EmbeddedError if initdb
    fails.
    """
    password = kept_secret(password_file)
    new = _clean_place(data)
    _initdb(programs, new, password, identity, sync=sync)
    (new / "data").rename(data)
    new.rmdir()


def copy_template(
    programs: Path, major: int, templates: Path, data: Path, password_file: Path, identity: Identity
) -> None:
    """Make ``data`` and ``password_file`` as copies of a template, which is made first if there is none.

    Several sessions may make the template at the same time; the first to finish keeps it.
    """
    template = templates / f"postgres-{major}-{os.geteuid()}"
    if not template.exists():
        templates.mkdir(parents=True, exist_ok=True)
        new = templates / f"new-{os.getpid()}"
        password = secrets.token_urlsafe(32)
        _initdb(programs, new, password, identity, sync=False)
        write_private(new / "password", password)
        try:
            new.rename(template)
        except OSError:
            shutil.rmtree(new)
    write_private(password_file, (template / "password").read_text(encoding="ascii"))
    new = _clean_place(data)
    shutil.copytree(template / "data", new)
    hand_over(new, identity)
    new.rename(data)


def _clean_place(data: Path) -> Path:
    """Throw away what killed processes left unfinished beside ``data``; return where to make it anew."""
    for unfinished in data.parent.glob("new-*"):
        shutil.rmtree(unfinished)
    return data.with_name(f"new-{os.getpid()}")


def _initdb(programs: Path, folder: Path, password: str, identity: Identity, *, sync: bool) -> None:
    """Make ``folder`` with ``data`` in it; the password goes through a file that exists only meanwhile."""
    data, password_file = folder / "data", folder / "initdb-password"
    shutil.rmtree(folder, ignore_errors=True)
    try:
        data.mkdir(parents=True, mode=0o700)
        write_private(password_file, password + "\n")
        for path in (data, password_file):
            hand_over(path, identity)
        _run_initdb(programs, data, password_file, identity, sync=sync)
        password_file.unlink()
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _run_initdb(
    programs: Path, data: Path, password_file: Path, identity: Identity, *, sync: bool
) -> None:
    argv: list[str | Path] = [
        programs / "initdb", "-D", data, "-U", ROLE, "-E", "UTF8", "--locale=C.UTF-8",
        "-A", "scram-sha-256", f"--pwfile={password_file}", "--no-instructions",
    ]  # fmt: skip
    if not sync:
        argv.append("--no-sync")
    done = subprocess.run(
        tied_argv(argv, identity, Signals.SIGTERM),
        env=server_environment(),
        cwd="/",
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=_TIMEOUT_S,
    )
    if done.returncode != 0:
        raise EmbeddedError(f"initdb failed: {done.stderr.strip() or done.stdout.strip()}")
