"""``VAR/run/state.json``: what runs now, for people, tests and ``make stop``."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from .secret_files import write_private


@dataclass(frozen=True)
class ProcessState:
    """One service. ``state`` is ``waiting``, ``starting`` or ``ready``."""

    name: str
    pid: int | None
    state: str
    restarts: int


@dataclass(frozen=True)
class StackState:
    """All that runs on one runtime folder. Addresses carry no passwords."""

    supervisor_pid: int
    guard_pid: int
    started_at: str
    database: str
    redis: str
    web: str
    processes: tuple[ProcessState, ...]


def write_state(path: Path, state: StackState) -> None:
    """Replace the state file at once."""
    write_private(path, json.dumps(asdict(state), indent=2) + "\n")


def read_state(path: Path) -> dict[str, Any] | None:
    """Return the state file's content, or None when nothing runs (or it was killed before it could say so)."""
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return content


def without_password(url: str) -> str:
    """Return ``url`` without its password: ``postgresql://vlmlb@127.0.0.1:5432/vlmlb``."""
    parts = urlsplit(url)
    user, _, host = parts.netloc.rpartition("@")
    name = user.partition(":")[0]
    return urlunsplit(parts._replace(netloc=f"{name}@{host}" if name else host, query=""))
