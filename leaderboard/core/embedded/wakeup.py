"""Wait for what a supervisor must react to: signals, ended children, the end of who started it."""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from signal import Signals
from types import FrameType

_WORDS = {
    Signals.SIGINT: "Ctrl-C",
    Signals.SIGTERM: "asked to stop",
    Signals.SIGHUP: "the terminal was closed",
}
STOP_SIGNALS = tuple(_WORDS)


class Wakeup:
    """One reason to stop, once there is one, and a wait that every signal and child's end cuts short."""

    def __init__(self, lifeline: int | None = None) -> None:
        """``lifeline``: read end of a pipe whose write end only the parent holds, so its end is seen at once."""
        self.reason: str | None = None
        self._lifeline = lifeline
        self._parent = os.getppid()
        self._pipe = -1

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Take over the signals for the time of the block. Main thread only."""
        self._pipe, write = os.pipe()
        os.set_blocking(write, False)
        os.set_blocking(self._pipe, False)
        earlier = {number: signal.signal(number, self._note) for number in STOP_SIGNALS}
        # Without a handler the kernel wakes nobody when a child ends.
        earlier[Signals.SIGCHLD] = signal.signal(Signals.SIGCHLD, lambda *_: None)
        before = signal.set_wakeup_fd(write, warn_on_full_buffer=False)
        try:
            yield
        finally:
            signal.set_wakeup_fd(before)
            for number, handler in earlier.items():
                signal.signal(number, handler)
            os.close(write)
            os.close(self._pipe)

    def wait(self, seconds: float) -> None:
        """Wait until something happens, ``seconds`` at most; afterwards ``reason`` may be set."""
        watched = [self._pipe]
        if self._lifeline is not None:
            watched.append(self._lifeline)
        readable, _, _ = select.select(watched, [], [], seconds)
        if self._pipe in readable:
            os.read(self._pipe, 4096)
        if self._lifeline is not None and self._lifeline in readable:
            # Nothing is ever written to it: readable means that the other end is closed.
            self._lifeline = None
            self.reason = self.reason or "whoever started this has let go"
        # The pipe alone is not enough: a copy of its write end may live on in a child of the parent.
        if os.getppid() != self._parent:
            self.reason = self.reason or "the parent process has ended"

    def _note(self, number: int, _frame: FrameType | None) -> None:
        self.reason = self.reason or _WORDS[Signals(number)]
