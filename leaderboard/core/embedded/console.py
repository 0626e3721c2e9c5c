"""Lines for the person at the terminal. Never fails: a closed terminal must not take the servers down."""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import TextIO

NAME_WIDTH = 12


class Console:
    """Writes whole lines from several threads to one stream, or nowhere when the stream is None."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream
        self._lock = threading.Lock()

    def line(self, name: str, text: str) -> None:
        """Write ``text`` behind the name of who says it."""
        self.say(f"{name:<{NAME_WIDTH}} | {text}")

    def say(self, text: str = "") -> None:
        """Write one line."""
        if self._stream is None:
            return
        with self._lock, contextlib.suppress(OSError, ValueError):
            self._stream.write(text + "\n")
            self._stream.flush()

    @contextmanager
    def timed(self, name: str) -> Iterator[list[str]]:
        """Write what was done, and how long it took, once the block ends without an error.

        The block appends to the list it is given to say what it did.
        """
        began = monotonic()
        notes: list[str] = []
        yield notes
        self.line(name, f"{', '.join(notes) or 'done'} ({monotonic() - began:.1f} s)")


def terminal() -> Console:
    """Return the console of this process' standard output."""
    return Console(sys.stdout)
