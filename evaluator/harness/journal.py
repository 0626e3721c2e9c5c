"""Writing answers down as they come: all that came while one write was under way share the next."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from evaluator.records import Response

Write = Callable[[list[Response]], Awaitable[None]]


class Journal:
    """Group commit: a disk's flush takes as long for many answers as for one. For one event loop.

    ``write`` returns once its responses are durable.
    """

    def __init__(self, write: Write) -> None:
        self._write = write
        self._waiting: list[tuple[Response, asyncio.Future[None]]] = []
        self._writer: asyncio.Task[None] | None = None

    async def append(self, response: Response) -> None:
        """Return once the response is durable. Raises what writing it raised."""
        written = asyncio.get_running_loop().create_future()
        self._waiting.append((response, written))
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write_all())
        await written

    async def finish(self) -> None:
        """Wait until nothing is left to write, also of those who no longer wait for it."""
        if self._writer is not None:
            await self._writer

    async def _write_all(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            failure: Exception | None = None
            try:
                await self._write([response for response, _ in batch])
            except Exception as error:
                failure = error
            for _, written in batch:
                if written.done():  # whoever waited was cancelled
                    continue
                if failure is None:
                    written.set_result(None)
                else:
                    written.set_exception(failure)
