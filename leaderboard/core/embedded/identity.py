"""As whom PostgreSQL runs: it refuses root."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from signal import Signals

from .errors import EmbeddedError

NOBODY = "nobody"
_TIED = Path(__file__).with_name("tied.py")
_UNSHARE = ("unshare", "-U", "--map-user=65534", "--map-group=65534", "--")


class Identity(StrEnum):
    """The user that a program runs as."""

    SAME = "same"
    """The user of this process."""
    NAMESPACE = "namespace"
    """Still root for the file system, but somebody else inside a user namespace: works in a 0700 tree too."""
    NOBODY = "nobody"
    """The user ``nobody``, where user namespaces are blocked: every folder on the way must let others pass."""


def unprivileged() -> Identity:
    """Return how a program that refuses root can run here; EmbeddedError if it cannot."""
    if os.geteuid() != 0:
        return Identity.SAME
    if shutil.which(_UNSHARE[0]):
        tried = subprocess.run([*_UNSHARE, "true"], capture_output=True, check=False, timeout=10)
        if tried.returncode == 0:
            return Identity.NAMESPACE
    try:
        pwd.getpwnam(NOBODY)
    except KeyError:
        raise EmbeddedError(
            "PostgreSQL refuses to run as root, user namespaces are blocked, and there is no user "
            f"{NOBODY!r}. Run this as a plain user, or set DATABASE_URL."
        ) from None
    return Identity.NOBODY


def tied_argv(argv: Sequence[str | Path], identity: Identity, death_signal: Signals) -> list[str]:
    """Return the command line that runs ``argv`` as ``identity``, tied to the life of this process."""
    user = NOBODY if identity is Identity.NOBODY else "-"
    tie = [sys.executable, "-ISB", str(_TIED), str(int(death_signal)), str(os.getpid()), user, "--"]
    prefix = list(_UNSHARE) if identity is Identity.NAMESPACE else []
    return [*prefix, *tie, *(str(a) for a in argv)]


def hand_over(folder: Path, identity: Identity) -> None:
    """Make ``folder`` and all in it belong to ``identity``.

    EmbeddedError if ``nobody`` may not pass a folder on the way to it.
    """
    if identity is not Identity.NOBODY:
        return
    entry = pwd.getpwnam(NOBODY)
    check_nobody_reaches(folder.parent)
    for path in (folder, *folder.rglob("*")):
        os.chown(path, entry.pw_uid, entry.pw_gid, follow_symlinks=False)


def check_nobody_reaches(path: Path) -> None:
    """EmbeddedError if a folder on the way to ``path`` is closed to others."""
    for folder in (path, *path.parents):
        if folder.is_dir() and not folder.stat().st_mode & 0o001:
            raise EmbeddedError(
                "PostgreSQL refuses to run as root, user namespaces are blocked, and the user "
                f"{NOBODY!r} may not pass {folder}. Run this as a plain user, set VLMLB_VAR and "
                "VLMLB_POSTGRES_BIN to folders that others can pass, or set DATABASE_URL."
            )
