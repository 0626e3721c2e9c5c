"""Many connections to one host without a pool's bookkeeping."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import httpx

_ONE = httpx.Limits(max_connections=1, max_keepalive_connections=1)


class LanesTransport(httpx.AsyncBaseTransport):
    """Sends each request over a connection that no other request is using; at most ``lanes`` at a time.

    Each lane is a transport with one connection, which is kept. httpx's own pool looks at all its connections for
    every request and answer: with 64 of them that takes longer than the request itself.
    """

    def __init__(self, lanes: int) -> None:
        self._room = asyncio.Semaphore(lanes)
        self._free: list[httpx.AsyncHTTPTransport] = []
        self._all: list[httpx.AsyncHTTPTransport] = []
        self._ssl = httpx.create_ssl_context(trust_env=False)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await self._room.acquire()
        lane = self._free.pop() if self._free else self._new()
        try:
            response = await lane.handle_async_request(request)
        except BaseException:
            self._give_back(lane)
            raise
        assert isinstance(response.stream, httpx.AsyncByteStream)  # noqa: S101 - narrows a httpx type
        response.stream = _Leased(response.stream, lambda: self._give_back(lane))
        return response

    async def aclose(self) -> None:
        for lane in self._all:
            await lane.aclose()

    def _new(self) -> httpx.AsyncHTTPTransport:
        lane = httpx.AsyncHTTPTransport(verify=self._ssl, trust_env=False, limits=_ONE)
        self._all.append(lane)
        return lane

    def _give_back(self, lane: httpx.AsyncHTTPTransport) -> None:
        self._free.append(lane)
        self._room.release()


class _Leased(httpx.AsyncByteStream):
    """A response's body, after which its lane is free."""

    def __init__(self, inner: httpx.AsyncByteStream, end: Callable[[], None]) -> None:
        self._inner = inner
        self._end: Callable[[], None] | None = end

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._inner:
            yield chunk

    async def aclose(self) -> None:
        end, self._end = self._end, None
        try:
            await self._inner.aclose()
        finally:
            if end is not None:
                end()
