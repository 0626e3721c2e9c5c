"""How many requests are in flight at an endpoint: as many as it takes, up to what was asked for."""

from __future__ import annotations

import asyncio
import logging
import math
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Slot:
    """The right to have one request in flight. ``epoch`` is the number of cuts before it was given."""

    epoch: int


class AdaptiveLimit:
    """Additive increase, multiplicative decrease (Chiu and Jain, 1989), between 1 and ``most`` requests in flight.

    It begins at ``most``, is cut by half when the endpoint says that it has too much to do, and grows by one with
    each round of answers. Requests that were refused together cut it once: those that began before the last cut tell
    nothing of the limit since. Not thread-safe: for one event loop.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._limit = float(most)
        self._in_flight = 0
        self._epoch = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    @property
    def now(self) -> int:
        """The most requests that may be in flight at the moment."""
        return int(self._limit)

    @property
    def cuts_to_one(self) -> int:
        """How many cuts lead from ``most`` to one request at a time."""
        return math.ceil(math.log2(self._most))

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[Slot]:
        """Wait for a slot and hold it for the length of the block."""
        while self._in_flight >= self.now:
            await self._freed()
        self._in_flight += 1
        try:
            yield Slot(self._epoch)
        finally:
            self._in_flight -= 1
            self._wake()

    def answered(self) -> None:
        """Count one answer."""
        self._limit = min(self._most, self._limit + 1 / self._limit)
        self._wake()

    def refused(self, slot: Slot) -> None:
        """Count a request of this slot that was refused for there being too many."""
        if slot.epoch != self._epoch:
            return
        self._epoch += 1
        self._limit = max(1.0, self._limit / 2)
        log.info("the endpoint has too much to do: %d requests in flight from now on", self.now)

    async def _freed(self) -> None:
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            # Whoever is cancelled with its turn given hands it on.
            self._wake()
            raise

    def _wake(self) -> None:
        free = self.now - self._in_flight
        while free > 0 and self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                free -= 1
