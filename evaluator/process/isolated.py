"""A program in a process tree of its own, with an allow-listed environment, limits and a log."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from evaluator.process import guard
from evaluator.process.environment import redact

TICK_S = 0.5
_START_TIMEOUT_S = 30.0
_TAIL_BYTES = 256 * 1024


class EndReason(StrEnum):
    """Why a process is no longer running. Only EXITED was its own doing."""

    EXITED = "exited"
    TIMED_OUT = "timed_out"
    OUT_OF_MEMORY = "out_of_memory"
    CANCELLED = "cancelled"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class End:
    """How a process ended. ``exit_code`` is negative for a signal, None when it was never learnt.

    ``peak_memory_mb`` is sampled twice a second (0 where that cannot be measured); ``left`` is the number of
    processes that not even SIGKILL ended.
    """

    reason: EndReason
    exit_code: int | None
    detail: str
    peak_memory_mb: int = 0
    left: int = 0

    @property
    def ok(self) -> bool:
        return self.reason is EndReason.EXITED and self.exit_code == 0


class IsolatedProcess:
    """Start a program, wait for it or stop it, and be sure that nothing of it is left.

    The program and all that it starts run below a guard process (see :mod:`evaluator.process.guard`), which ends
    the tree when the memory limit is passed or when this process is gone, however it went. Standard output and
    standard error go to ``log_path``; ``secrets`` are kept out of :meth:`tail` and, once the program has ended,
    out of the file. ``env`` is the whole environment (see ``child_environment``). Not thread-safe.

        with IsolatedProcess(argv, env=env, cwd=cwd, log_path=log) as process:
            end = process.wait(timeout_s=3600, cancelled=lambda: False)
    """

    def __init__(
        self,
        argv: Sequence[str],
        *,
        env: Mapping[str, str],
        cwd: Path,
        log_path: Path,
        stdin: bytes | None = None,
        memory_mb: int | None = None,
        secrets: Iterable[str] = (),
        grace_s: float = 10.0,
    ) -> None:
        self._argv = list(argv)
        self._env = dict(env)
        self._cwd = cwd
        self._log_path = log_path
        self._stdin = stdin
        self._memory_mb = memory_mb
        self._secrets = tuple(s for s in (*secrets, self._env.get("HF_TOKEN", "")) if s)
        self._grace_s = grace_s
        self._guard: subprocess.Popen[bytes] | None = None
        self._report = -1
        self._unread = b""
        self._events: dict[str, dict[str, Any]] = {}
        self._asked: EndReason | None = None
        self._end: End | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def pid(self) -> int | None:
        """The program's process id, which is also its process group; None before the start."""
        started = self._events.get("started")
        return None if started is None else int(started["pid"])

    def start(self) -> None:
        """Start the program. Raises OSError (FileNotFoundError, PermissionError) when it cannot be run."""
        if self._guard is not None:
            raise RuntimeError("a process is started once")
        self._report, report_write = os.pipe()
        try:
            self._guard = self._spawn(report_write)
        finally:
            os.close(report_write)
        if self._guard.stdin is not None:
            threading.Thread(
                target=_feed, args=(self._guard.stdin, self._stdin or b""), daemon=True
            ).start()
        deadline = time.monotonic() + _START_TIMEOUT_S
        while "started" not in self._events and self._read_events(deadline - time.monotonic()):
            pass
        if "started" not in self._events:
            failed = self._events.get("failed", {})
            self.stop()
            message = failed.get("message", "the guard process did not start it")
            raise OSError(failed.get("errno", 0), message, self._argv[0])

    def _spawn(self, report: int) -> subprocess.Popen[bytes]:
        limits = (str(os.getpid()), str(report), str(self._memory_mb or 0), str(self._grace_s))
        self._log_path.parent.mkdir(parents=True, exist_ok=True)
        log = os.open(self._log_path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            return subprocess.Popen(
                [sys.executable, "-I", "-S", str(guard.__file__), *limits, "--", *self._argv],
                env=self._env,
                cwd=self._cwd,
                stdin=subprocess.DEVNULL if self._stdin is None else subprocess.PIPE,
                stdout=log,
                stderr=log,
                pass_fds=(report,),
                start_new_session=True,
            )
        finally:
            os.close(log)

    def poll(self) -> End | None:
        """Return how it ended, or None while it runs. Never blocks."""
        if self._end is None:
            while self._read_events(0):
                pass
            if self._running().poll() is not None:
                self._finish()
        return self._end

    def wait(
        self,
        timeout_s: float | None = None,
        *,
        cancelled: Callable[[], bool] | None = None,
        on_tick: Callable[[], None] | None = None,
    ) -> End:
        """Wait for the end. After ``timeout_s`` or when ``cancelled()`` says so, everything is stopped.

        Both callbacks are called about every half second, in this thread. An exception from one of them stops
        the process and is passed on.
        """
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        try:
            while (end := self.poll()) is None:
                if cancelled is not None and cancelled():
                    return self._stop(EndReason.CANCELLED)
                if deadline is not None and time.monotonic() >= deadline:
                    return self._stop(EndReason.TIMED_OUT)
                if on_tick is not None:
                    on_tick()
                self._pause(deadline)
            return end
        except BaseException:
            self.stop()
            raise

    def stop(self) -> End:
        """End the whole tree (SIGTERM, grace, SIGKILL) and return how it ended. Harmless after the end."""
        return self._stop(EndReason.STOPPED)

    def tail(self, lines: int = 50) -> tuple[str, ...]:
        """Return the last lines of the log, without secrets."""
        try:
            with self._log_path.open("rb") as file:
                size = file.seek(0, os.SEEK_END)
                file.seek(max(0, size - _TAIL_BYTES))
                text = file.read().decode(errors="replace")
        except FileNotFoundError:
            return ()
        # A progress bar rewrites its line: only the last state of it is worth showing.
        kept = deque((line.rsplit("\r", 1)[-1] for line in text.rstrip().split("\n")), maxlen=lines)
        return tuple(redact(line, self._secrets) for line in kept if line.strip())

    def _stop(self, reason: EndReason) -> End:
        if (end := self.poll()) is not None:
            return end
        self._asked = reason
        running = self._running()
        running.terminate()
        try:
            running.wait(self._grace_s + guard.KILL_TIMEOUT_S + 5)
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait()
        end = self.poll()
        assert end is not None  # noqa: S101 - the guard has ended, so poll() has an answer
        return end

    def _pause(self, deadline: float | None) -> None:
        left = TICK_S if deadline is None else min(TICK_S, deadline - time.monotonic())
        if not self._read_events(max(0.0, left)):
            time.sleep(0.02)  # the guard's pipe is at its end: it exits within moments

    def _read_events(self, timeout_s: float) -> bool:
        """Take in what the guard said within ``timeout_s``; return whether it may say more now."""
        if self._report < 0 or not select.select([self._report], [], [], max(0.0, timeout_s))[0]:
            return False
        data = os.read(self._report, 65536)
        *lines, self._unread = (self._unread + data).split(b"\n")
        for line in lines:
            event = json.loads(line)
            self._events[event["event"]] = event
        return bool(data)

    def _finish(self) -> None:
        """The guard is gone: work out why, and leave nothing open and no secret in the log."""
        while self._read_events(0):
            pass
        os.close(self._report)
        self._report = -1
        if "ended" not in self._events and self.pid is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal.SIGKILL)
        self._clean_log()
        self._end = self._describe()

    def _describe(self) -> End:
        ended = self._events.get("ended", {})
        status: int | None = ended.get("status")
        facts = {"peak_memory_mb": ended.get("peak_mb", 0), "left": ended.get("left", 0)}
        memory = self._events.get("out_of_memory")
        if memory is not None:
            detail = f"It used {memory['used_mb']} MB of the {self._memory_mb} MB allowed."
            return End(EndReason.OUT_OF_MEMORY, status, detail, **facts)
        if self._asked is not None:
            return End(self._asked, status, f"It was ended: {self._asked.value}.", **facts)
        return End(EndReason.EXITED, status, _exit_words(status), **facts)

    def _clean_log(self) -> None:
        if not self._secrets or not self._log_path.exists():
            return
        text = self._log_path.read_text(encoding="utf-8", errors="surrogateescape")
        clean = redact(text, self._secrets)
        if clean != text:
            self._log_path.write_text(clean, encoding="utf-8", errors="surrogateescape")

    def _running(self) -> subprocess.Popen[bytes]:
        if self._guard is None:
            raise RuntimeError("the process was not started")
        return self._guard


def _feed(pipe: IO[bytes], data: bytes) -> None:
    """Write a process's input from a thread: the pipe may be smaller than the data."""
    with contextlib.suppress(OSError):  # it ended without reading all
        pipe.write(data)
    with contextlib.suppress(OSError):
        pipe.close()


def _exit_words(status: int | None) -> str:
    if status is None:
        return "Its guard process was killed."
    if status >= 0:
        return f"It exited with code {status}."
    name = signal.Signals(-status).name if -status in set(signal.Signals) else f"signal {-status}"
    hint = "; the system may have run out of memory" if -status == signal.SIGKILL else ""
    return f"It was killed by {name}{hint}."
