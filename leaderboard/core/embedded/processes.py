"""Start, watch and end processes, so that nothing is left behind."""

from __future__ import annotations

import contextlib
import ctypes
import os
import subprocess
import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from signal import Signals
from time import monotonic, sleep
from typing import IO

import psutil

from .identity import Identity, tied_argv

_PR_SET_CHILD_SUBREAPER = 36
_POLL_S = 0.02
_WARDEN = Path(__file__).with_name("warden.py")
_ORPHAN_GRACE_S = 6.0


def start_tied(
    argv: Sequence[str | Path],
    *,
    env: Mapping[str, str],
    cwd: Path,
    output: int | IO[bytes],
    identity: Identity = Identity.SAME,
    death_signal: Signals = Signals.SIGTERM,
) -> subprocess.Popen[bytes]:
    """Start a program in a session of its own, with both outputs going to ``output``.

    It gets ``death_signal`` when the thread that calls this ends: call it from the main thread.
    """
    return _start(tied_argv(argv, identity, death_signal), env, cwd, output)


def start_warded(
    argv: Sequence[str | Path], *, env: Mapping[str, str], cwd: Path, output: int | IO[bytes]
) -> subprocess.Popen[bytes]:
    """Start a program that starts others, below a warden that ends them all with it, or when this process ends."""
    warden = [sys.executable, "-ISB", str(_WARDEN), str(os.getpid()), str(_ORPHAN_GRACE_S), "--"]
    return _start([*warden, *(str(a) for a in argv)], env, cwd, output)


def _start(
    argv: list[str], env: Mapping[str, str], cwd: Path, output: int | IO[bytes]
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        argv,
        env=dict(env),
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


def adopt_orphans() -> None:
    """Become the parent of every descendant whose own parent ends (Linux; elsewhere nothing happens)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def reap_unknown(known: Collection[int]) -> None:
    """Take away the adopted children that have ended; those in ``known`` are left to their owner."""
    while True:
        try:
            ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            return
        if ended is None or ended.si_pid in known:
            return
        with contextlib.suppress(ChildProcessError):
            os.waitpid(ended.si_pid, 0)


def adopted(known: Collection[int]) -> list[psutil.Process]:
    """Return the children that are not ``known``, and all their descendants."""
    found: list[psutil.Process] = []
    for child in psutil.Process().children():
        if child.pid not in known:
            found.append(child)
            with contextlib.suppress(psutil.NoSuchProcess):
                found.extend(child.children(recursive=True))
    return found


def descendants() -> list[psutil.Process]:
    """Return everything below this process."""
    return list(psutil.Process().children(recursive=True))


def processes_in(folder: Path, names: Collection[str]) -> list[psutil.Process]:
    """Return the programs called one of ``names`` that work in ``folder``, as a server works in its data folder."""
    return [
        process
        for process in psutil.process_iter(["name", "cwd"])
        if process.info["name"] in names and process.info["cwd"] == str(folder)
    ]


def end(
    processes: Iterable[psutil.Process],
    *,
    polite: Signals | None = Signals.SIGTERM,
    grace: float = 2.0,
) -> int:
    """End processes: ask with ``polite`` (None: they know already), wait ``grace`` seconds, then kill.

    Returns how many had to be killed. Children of this process are reaped.
    """
    alive = list(processes)
    if polite is not None:
        for process in alive:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(polite)
    alive = _still_alive(alive, grace)
    for process in alive:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    _still_alive(alive, grace)
    return len(alive)


def _still_alive(processes: list[psutil.Process], seconds: float) -> list[psutil.Process]:
    """Return those that have not ended within ``seconds``. A zombie has ended, whoever has yet to take it away."""
    until = monotonic() + seconds
    while True:
        processes = [process for process in processes if _is_alive(process)]
        if not processes or monotonic() > until:
            return processes
        sleep(_POLL_S)


def _is_alive(process: psutil.Process) -> bool:
    with contextlib.suppress(ChildProcessError):
        os.waitpid(process.pid, os.WNOHANG)
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def kill_group(leader: int) -> None:
    """Kill what is left of the process group that ``leader`` started."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, Signals.SIGKILL)


def last_lines(path: Path, count: int = 20) -> list[str]:
    """Return the last lines of a log; none if there is no log."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - 16_384))
            return file.read().decode("utf-8", "replace").splitlines()[-count:]
    except FileNotFoundError:
        return []
