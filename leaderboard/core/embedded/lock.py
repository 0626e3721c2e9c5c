"""One instance per runtime folder."""

from __future__ import annotations

import fcntl
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from .errors import AlreadyRunning


@contextmanager
def instance_lock(path: Path) -> Iterator[None]:
    """Hold the lock of a runtime folder; AlreadyRunning, saying who holds it, if somebody else does.

    The kernel lets go of it when this process ends, however it ends. Children do not inherit it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning(_refusal(path)) from None
        os.ftruncate(descriptor, 0)
        os.write(descriptor, _holder().encode())
        yield
        os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def is_held(path: Path) -> bool:
    """Say whether somebody holds the lock now."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _holder() -> str:
    program = Path(sys.argv[0]).stem if sys.argv and sys.argv[0] else "python"
    return f"process {os.getpid()} ({program}, since {datetime.now().astimezone():%Y-%m-%d %H:%M:%S %Z})"


def _refusal(path: Path) -> str:
    holder = (
        path.read_text(encoding="utf-8", errors="replace").strip()
        or "a process that is just starting"
    )
    var = path.parent.parent
    return (
        f"{var} is in use by {holder}. "
        "Stop that one first (Ctrl-C where it runs, or `make stop`), or set VLMLB_VAR to another folder."
    )
