"""Live progress of one benchmark, read from the responses that the harness appends."""

from __future__ import annotations

import json
import os
from collections import deque
from collections.abc import Callable
from pathlib import Path
from statistics import quantiles

from evaluator.messages import RunProgress

WINDOW = 400
"""How many of the newest responses the live figures speak of."""

RATE_WINDOW_S = 30.0


class ResponsesTail:
    """Follows a ``responses.jsonl``: each call of :meth:`read` takes in what was appended since the last.

    Counts each item once. Answers that were there at the start count as resumed, not towards the rate; what was not
    asked counts as done, not towards the rate either, so that a frugal run's end comes sooner than ``eta_s`` says.
    When the file is replaced (the harness leaves out failed requests before it asks them again), it is read anew.
    Not thread-safe. ``clock`` gives seconds and is a parameter for tests.
    """

    def __init__(self, path: Path, clock: Callable[[], float]) -> None:
        self._path = path
        self._clock = clock
        self._offset = 0
        self._inode: int | None = None
        self._answered: set[str] = set()
        self._errored: set[str] = set()
        self._skipped: set[str] = set()
        self._ttft: deque[float] = deque(maxlen=WINDOW)
        self._speed: deque[float] = deque(maxlen=WINDOW)
        self._arrivals: deque[tuple[float, int]] = deque()
        self.total: int | None = None
        self._before: frozenset[str] = frozenset()
        self._read_new()
        self._before = frozenset(self._answered)

    def read(self) -> RunProgress:
        """Take in new lines and return the figures as they are now."""
        now = self._clock()
        self._arrivals.append((now, self._read_new()))
        while self._arrivals and self._arrivals[0][0] < now - RATE_WINDOW_S:
            self._arrivals.popleft()
        rate = self._rate(now)
        done = len(self._answered | self._errored | self._skipped)
        left = None if self.total is None else max(0, self.total - done)
        return RunProgress(
            done=done,
            total=self.total,
            errored=len(self._errored),
            skipped=len(self._skipped),
            resumed=len(self._before & self._answered),
            rate=rate,
            eta_s=left / rate if rate and left is not None else None,
            ttft_ms_p50=_percentile(self._ttft, 50),
            ttft_ms_p95=_percentile(self._ttft, 95),
            tokens_per_s=_percentile(self._speed, 50),
        )

    def _rate(self, now: float) -> float | None:
        """Requests per second over the window; None before there is a second to speak of."""
        first = self._arrivals[0][0]
        span = now - first
        # What arrived at the first reading arrived before the span began.
        count = sum(n for at, n in self._arrivals if at > first)
        return count / span if span >= 1 and count else None

    def _read_new(self) -> int:
        if not self._path.exists():
            return 0
        with self._path.open("rb") as file:
            if (inode := os.fstat(file.fileno()).st_ino) != self._inode:
                self._inode, self._offset = inode, 0
                self._answered.clear()
                self._errored.clear()
                self._skipped.clear()
            file.seek(self._offset)
            data = file.read()
        # The last line may still be being written; it is read next time.
        whole = data[: data.rfind(b"\n") + 1]
        self._offset += len(whole)
        return sum(self._take(line) for line in whole.splitlines())

    def _take(self, line: bytes) -> bool:
        """Take in one line; return whether it was asked after the start."""
        try:
            data = json.loads(line)
            key, error = data["key"], data.get("error")
        except (ValueError, KeyError, TypeError, AttributeError):
            return False  # A torn line of an earlier attempt; the bundle's reader judges it.
        if error is not None:
            self._errored.add(key)
            return True
        if data.get("skipped"):
            self._skipped.add(key)
            return False
        self._errored.discard(key)
        self._answered.add(key)
        if key in self._before:
            return False
        ttft, latency, tokens = (
            data.get(name) for name in ("ttft_ms", "latency_ms", "completion_tokens")
        )
        if ttft is not None:
            self._ttft.append(ttft)
            if latency is not None and tokens and tokens > 1 and latency > ttft:
                self._speed.append((tokens - 1) / (latency - ttft) * 1000)
        return True


def _percentile(values: deque[float], percent: int) -> float | None:
    if not values:
        return None
    if len(values) == 1:
        return values[0]
    return quantiles(values, n=100, method="inclusive")[percent - 1]
