"""The small process between a worker and the program that it runs. Standard library only; run as a script:

    python -I -S guard.py PARENT_PID REPORT_FD MEMORY_MB GRACE_S -- PROGRAM ARG...

It is the program's parent and, on Linux, the reaper of everything the program starts, also of what daemonises or
opens a session of its own. It ends the whole tree when

- the program ends (what it left behind is ended too),
- it gets SIGTERM,
- the tree uses more than MEMORY_MB (0: no limit),
- PARENT_PID is no longer its parent: the worker is gone, even by ``kill -9``.

It keeps the log, which is its own and the program's standard output, below LOG_MAX_BYTES by cutting off the beginning
(Linux; what is written while it cuts may be lost).

It writes JSON lines to REPORT_FD: ``started`` {pid} or ``failed`` {errno, message}; ``out_of_memory`` {used_mb};
``ended`` {status, peak_mb, left}, where ``status`` is the program's exit code or minus its signal.

If the guard itself is killed, the program dies by PR_SET_PDEATHSIG; programs that it had started may then survive
until the worker notices and ends the program's process group. Elsewhere than on Linux there is no /proc and no
subreaper: the program's process group is ended, memory is not limited.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import resource
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
LINUX = sys.platform.startswith("linux")
POLL_S = 0.5
LEFTOVER_GRACE_S = 2.0
KILL_TIMEOUT_S = 5.0
LOG_MAX_BYTES = 32 << 20
LOG_KEPT_BYTES = 8 << 20


def main(argv: list[str]) -> int:
    parent, report = int(argv[0]), int(argv[1])
    Guard(parent, report, memory_mb=int(argv[2]), grace_s=float(argv[3])).run(argv[5:])
    return 0


class Guard:
    """One program, watched from its start until nothing of it is left."""

    def __init__(self, parent: int, report: int, *, memory_mb: int, grace_s: float) -> None:
        self._parent = parent
        self._report = report
        self._memory_mb = memory_mb
        self._grace_s = grace_s
        self._peak_mb = 0
        self._child = 0
        self._status: int | None = None
        self._stopping = False

    def run(self, program: list[str]) -> None:
        wake = self._listen()
        if not self._start(program):
            return
        while self._status is None and not self._stopping:
            ready, _, _ = select.select([wake], [], [], POLL_S)
            if ready:
                os.read(wake, 512)
            self._reap()
            bound_log(1)
            if os.getppid() != self._parent:
                break
            if self._over_memory():
                self._end_tree(0.0)
        self._end_tree(self._grace_s if self._status is None else LEFTOVER_GRACE_S)
        bound_log(1)
        self._say("ended", status=self._status, peak_mb=self._peak_mb, left=len(self._tree()))

    def _listen(self) -> int:
        """Make signals wake the loop; return the descriptor to watch."""
        read, write = os.pipe()
        os.set_blocking(write, False)
        signal.set_wakeup_fd(write, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGTERM, self._on_term)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        return read

    def _on_term(self, *_: object) -> None:
        self._stopping = True

    def _start(self, program: list[str]) -> bool:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        prctl = _prctl()
        prctl(PR_SET_CHILD_SUBREAPER, 1)
        guard = os.getpid()

        def in_child() -> None:
            prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != guard:
                os._exit(1)
            with contextlib.suppress(OSError):
                # When the machine runs out of memory, the kernel takes the program and not the worker.
                Path("/proc/self/oom_score_adj").write_text("500")

        try:
            # One thread here, so code between fork and exec is safe.
            child = subprocess.Popen(program, start_new_session=True, preexec_fn=in_child)
        except OSError as error:
            self._say("failed", errno=error.errno, message=error.strerror)
            return False
        self._child = child.pid
        # The program holds the only read end of its input now, so that the writer learns when it stops reading.
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)
        self._say("started", pid=child.pid)
        return True

    def _reap(self) -> None:
        """Collect every ended child, adopted ones too; note how the program ended."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if pid == self._child:
                self._status = os.waitstatus_to_exitcode(status)

    def _over_memory(self) -> bool:
        if not LINUX:
            return False
        used = memory_mb(self._tree())
        self._peak_mb = max(self._peak_mb, used)
        if not self._memory_mb or used <= self._memory_mb:
            return False
        self._say("out_of_memory", used_mb=used)
        return True

    def _tree(self) -> list[int]:
        return descendants(os.getpid()) if LINUX else self._group()

    def _group(self) -> list[int]:
        try:
            os.killpg(self._child, 0)
        except OSError:
            return []
        return [self._child]

    def _end_tree(self, grace_s: float) -> None:
        """SIGTERM everything, wait, SIGKILL what is left; return when nothing is left or nothing helps."""
        if grace_s:
            self._signal_tree(signal.SIGTERM)
            self._wait_gone(grace_s)
        deadline = time.monotonic() + KILL_TIMEOUT_S
        # Again and again: something may have forked between the look and the blow.
        while self._tree() and time.monotonic() < deadline:
            self._signal_tree(signal.SIGKILL)
            self._wait_gone(0.2)

    def _signal_tree(self, number: signal.Signals) -> None:
        for pid in self._tree():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                (os.kill if LINUX else os.killpg)(pid, number)

    def _wait_gone(self, timeout_s: float) -> None:
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            self._reap()
            if not self._tree():
                return
            time.sleep(0.02)

    def _say(self, event: str, **facts: Any) -> None:
        with contextlib.suppress(OSError):  # the worker may be gone
            os.write(self._report, json.dumps({"event": event} | facts).encode() + b"\n")


def bound_log(log: int, most: int = LOG_MAX_BYTES, kept: int = LOG_KEPT_BYTES) -> None:
    """Cut the open log down to its last ``kept`` bytes, from a line's beginning, once it has more than ``most``.

    Everybody who writes to it must append (O_APPEND): they go on at the new end.
    """
    size = os.fstat(log).st_size
    if not LINUX or size <= most:
        return
    # Opened anew, since the descriptor that programs write to cannot be read from.
    with contextlib.suppress(OSError), Path(f"/proc/self/fd/{log}").open("rb") as file:
        file.seek(size - kept)
        file.readline()
        tail = file.read()
        os.ftruncate(log, 0)
        os.write(log, b"[the log was too long: its beginning is cut off]\n" + tail)


def _prctl() -> Callable[[int, int], int]:
    """Return Linux's prctl, or a stand-in that does nothing elsewhere. Loaded before any fork."""
    if not LINUX:
        return lambda _option, _value: 0
    function = ctypes.CDLL(None, use_errno=True).prctl
    return lambda option, value: int(function(option, value, 0, 0, 0))


def descendants(root: int) -> list[int]:
    """Return every process below ``root``, from /proc.

    Zombies count: one whose other threads still end holds its memory, and a GPU's, until it can be reaped.
    """
    children: dict[int, list[int]] = {}
    for entry in os.scandir("/proc"):
        if not entry.name.isdigit():
            continue
        try:
            stat = Path(entry.path, "stat").read_text(errors="replace")
        except OSError:
            continue
        # pid (name, which may hold anything) state parent ...
        parent = int(stat.rpartition(")")[2].split()[1])
        children.setdefault(parent, []).append(int(entry.name))
    found, todo = [], [root]
    while todo:
        below = children.get(todo.pop(), [])
        todo += below
        found += below
    return found


def memory_mb(pids: list[int]) -> int:
    """Return the MiB that these processes hold: private anonymous pages, also swapped out, plus the largest
    shared segment. Mapped files (a checkpoint) are left out, since the kernel can drop them."""
    private, shared = 0, 0
    for pid in pids:
        try:
            lines = Path(f"/proc/{pid}/status").read_text(errors="replace").splitlines()
        except OSError:
            continue
        kb = {
            name: int(rest.split()[0])
            for name, _, rest in (line.partition(":") for line in lines)
            if name in ("RssAnon", "RssShmem", "VmSwap")
        }
        private += kb.get("RssAnon", 0) + kb.get("VmSwap", 0)
        shared = max(shared, kb.get("RssShmem", 0))
    return (private + shared) // 1024


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
