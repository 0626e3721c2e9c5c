"""From tokens to text, piece by piece: whole characters only, and never a part of a stop string."""

from __future__ import annotations

from collections.abc import Callable, Sequence

_BROKEN = "\ufffd"


class TextStream:
    """Turns one answer's tokens into pieces of text.

    A piece is held back while it ends inside a multi-byte character or may be the start of a stop string; the
    concatenation of all pieces is the decoded answer, cut before the first stop string.
    """

    def __init__(self, decode: Callable[[Sequence[int]], str], stop: Sequence[str]) -> None:
        self._decode = decode
        self._stop = tuple(stop)
        self._ids: list[int] = []
        # Decoding starts at an earlier token, since a token's text can depend on the one before it.
        self._start = 0
        self._read = 0
        self._held = ""
        self.stopped = False

    def push(self, token: int) -> str:
        """Add a token; return the text that is now certain. ``stopped`` turns true at a stop string."""
        self._ids.append(token)
        new = self._new_text()
        if new.endswith(_BROKEN):
            return ""
        self._start, self._read = self._read, len(self._ids)
        return self._cut(self._held + new)

    def finish(self) -> str:
        """Return what was held back. Nothing comes after a stop string."""
        if self.stopped:
            return ""
        text = self._cut(self._held + self._new_text())
        return text if self.stopped else text + self._held

    def _new_text(self) -> str:
        before = self._decode(self._ids[self._start : self._read])
        return self._decode(self._ids[self._start :])[len(before) :]

    def _cut(self, text: str) -> str:
        ends = [at for stop in self._stop if (at := text.find(stop)) >= 0]
        if ends:
            self.stopped, self._held = True, ""
            return text[: min(ends)]
        keep = max((_overlap(text, stop) for stop in self._stop), default=0)
        self._held = text[len(text) - keep :]
        return text[: len(text) - keep]


def _overlap(text: str, stop: str) -> int:
    """Return the length of the longest end of ``text`` that is a beginning of ``stop``."""
    return next(
        (n for n in range(min(len(text), len(stop) - 1), 0, -1) if text.endswith(stop[:n])), 0
    )
