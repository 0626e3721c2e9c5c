"""Embedded servers for a program that is not the supervisor: a test session, a one-off command."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from .errors import AlreadyRunning, EmbeddedError
from .layout import ROOT

_STOP_TIMEOUT_S = 30


@dataclass(frozen=True)
class ServerUrls:
    """Where the servers are. The addresses hold passwords, so they are not shown in a ``repr``."""

    database_url: str = field(repr=False)
    redis_url: str = field(repr=False)


@contextmanager
def embedded_servers(
    var: Path | str, *, test: bool = False, template: Path | None = None, remove: Path | None = None
) -> Iterator[ServerUrls]:
    """Run the servers on the runtime folder ``var`` for the time of the block.

    ``DATABASE_URL`` and ``REDIS_URL`` in the environment win; with both set nothing is started. The servers belong to a
    process of their own that ends with this one, even if this one is killed. ``test``: data that may be lost, no fsync.
    ``template``: keep a ready database here and copy it. ``remove``: this folder is removed at the end, killed or not.
    Raises AlreadyRunning when the folder is in use, EmbeddedError when a server does not start.
    """
    given = ServerUrls(os.environ.get("DATABASE_URL", ""), os.environ.get("REDIS_URL", ""))
    if given.database_url and given.redis_url:
        yield given
        return
    keeper = _start_keeper(Path(var).resolve(), test, template, remove)
    assert keeper.stdin is not None and keeper.stdout is not None  # noqa: S101, PT018 - both are pipes
    try:
        yield _urls(keeper.stdout.readline())
    finally:
        keeper.stdin.close()
        try:
            keeper.wait(_STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            keeper.kill()
            keeper.wait()
        keeper.stdout.close()


def _start_keeper(
    var: Path, test: bool, template: Path | None, remove: Path | None
) -> subprocess.Popen[bytes]:
    argv = [sys.executable, "-m", f"{__package__}.keeper", str(var)]
    argv += ["--test"] if test else []
    argv += ["--template", str(template.resolve())] if template else []
    argv += ["--remove", str(remove.resolve())] if remove else []
    return subprocess.Popen(
        argv,
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,  # Ctrl-C is for the program; the servers stop after it
    )


def _urls(answer: bytes) -> ServerUrls:
    if not answer:
        raise EmbeddedError("The embedded servers did not start; see the lines above.")
    message = json.loads(answer)
    if "error" not in message:
        return ServerUrls(**message)
    kind = AlreadyRunning if message["exit_code"] == AlreadyRunning.exit_code else EmbeddedError
    raise kind(message["error"])
