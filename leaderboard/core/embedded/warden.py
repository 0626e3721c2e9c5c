"""Stay the parent of one service and end its whole family. A script of its own, standard library only.

``python -ISB warden.py PARENT_PID GRACE_S -- PROGRAM ARGUMENT...``

Celery and gunicorn start processes of their own, which no parent-death signal reaches. On Linux the warden adopts all of
them, whatever session they open. When the program ends, it ends what the program left, and ends the same way. When
``PARENT_PID`` is no longer its parent, it stops the program, and after ``GRACE_S`` seconds kills the family. Stop
signals are passed on to the program. If the warden is killed, the program is killed with it.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import signal
import sys
from pathlib import Path
from signal import Signals
from time import monotonic, sleep

PR_SET_CHILD_SUBREAPER = 36
PASSED_ON = frozenset({Signals.SIGTERM, Signals.SIGQUIT, Signals.SIGINT})
WATCHED = PASSED_ON | {Signals.SIGCHLD, Signals.SIGHUP}
POLL_S = 0.5
LEFTOVER_GRACE_S = 2.0
TIED = Path(__file__).with_name("tied.py")


def main(arguments: list[str]) -> None:
    """Run the program to its end; does not return normally."""
    parent, grace, dashes, *program = arguments
    if dashes != "--" or not program:
        raise SystemExit(__doc__)
    wake = listen()
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    status = watch(start(program), int(parent), float(grace), wake)
    end_family(LEFTOVER_GRACE_S)
    end_like(status)


def listen() -> int:
    """Make signals wake :func:`watch` instead of ending this process; return a pipe that gives their numbers."""
    wake, write = os.pipe()
    os.set_blocking(write, False)
    signal.set_wakeup_fd(write, warn_on_full_buffer=False)
    for number in WATCHED:
        signal.signal(
            number, lambda *_: None
        )  # unlike SIG_IGN, this is not inherited by the program
    return wake


def start(program: list[str]) -> int:
    """Start the program, tied to this process; return its process id."""
    tie = [sys.executable, "-ISB", str(TIED), str(int(Signals.SIGKILL)), str(os.getpid()), "-"]
    return os.posix_spawn(sys.executable, [*tie, "--", *program], os.environ)


def watch(program: int, parent: int, grace: float, wake: int) -> int:
    """Wait until the program has ended; return its exit status, negative for a signal."""
    kill_at = float("inf")
    while (status := reap(program)) is None:
        ready, _, _ = select.select([wake], [], [], POLL_S)
        for number in os.read(wake, 512) if ready else b"":
            if number in PASSED_ON:
                os.kill(program, number)
        if os.getppid() != parent and kill_at == float("inf"):
            os.kill(program, Signals.SIGTERM)
            kill_at = monotonic() + grace
        if monotonic() > kill_at:
            os.kill(program, Signals.SIGKILL)
    return status


def reap(program: int) -> int | None:
    """Take away all ended children, adopted ones too; return the program's exit status if it is among them."""
    found: int | None = None
    with contextlib.suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            if ended[0] == program:
                found = os.waitstatus_to_exitcode(ended[1])
    return found


def end_family(grace: float) -> None:
    """End everything below this process: ask, wait ``grace`` seconds, then kill until nothing is left."""
    signal_all(Signals.SIGTERM)
    until = monotonic() + grace
    while descendants():
        if monotonic() > until:
            signal_all(Signals.SIGKILL)
        reap(0)
        sleep(0.02)


def signal_all(number: Signals) -> None:
    """Send a signal to everything below this process."""
    for pid in descendants():
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)


def descendants() -> list[int]:
    """Return everything below this process, from /proc; nothing where there is no /proc."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            # pid (name, which may hold anything) state parent ...
            parent = int(stat.read_text(errors="replace").rpartition(")")[2].split()[1])
            children.setdefault(parent, []).append(int(stat.parent.name))
    found: list[int] = []
    todo = [os.getpid()]
    while todo:
        below = children.get(todo.pop(), [])
        todo += below
        found += below
    return found


def end_like(status: int) -> None:
    """End with the program's exit status, or by the signal that ended it."""
    if status >= 0:
        raise SystemExit(status)
    with contextlib.suppress(OSError):  # SIGKILL has no handler to reset
        signal.signal(-status, signal.SIG_DFL)
    os.kill(os.getpid(), -status)


if __name__ == "__main__":
    main(sys.argv[1:])
