"""Many requests to one host at little cost each: aiohttp's connections under httpx's interface.

httpx's own connections (httpcore, h11) take about a millisecond of the processor for each request, which is what bounds
a client that keeps a fast endpoint busy; aiohttp's parser is compiled.
"""

from __future__ import annotations

import contextlib
import io
import ipaddress
import os
import socket
import ssl
from collections.abc import AsyncIterator, Iterator, Sequence

import aiohttp
import httpx
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

MAX_HEADER_BYTES = 64 * 1024
WRITTEN_AT_ONCE = 512 * 1024


class LanesTransport(httpx.AsyncBaseTransport):
    """Sends each request over a connection that no other request is using; at most ``lanes`` at a time.

    Every name is taken to stand for ``addresses``, which are tried in turn; a host that is an address is connected to
    as it is. Connections are kept for the next request. Nothing is decompressed, no cookie is kept, no redirect is
    followed, no proxy is used. ``tls`` loads the authorities for https, which takes a while. Raises httpx's exceptions.
    To be made in the event loop that uses it.
    """

    def __init__(self, lanes: int, addresses: Sequence[str], *, tls: bool) -> None:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=lanes,
                resolver=_Fixed(addresses),
                ssl=httpx.create_ssl_context(trust_env=False) if tls else True,
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            max_line_size=MAX_HEADER_BYTES,
            max_field_size=MAX_HEADER_BYTES,
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        limits = request.extensions.get("timeout", {})
        timeout = aiohttp.ClientTimeout(
            connect=limits.get("pool"),
            sock_connect=limits.get("connect"),
            sock_read=limits.get("read"),
        )
        with _as_httpx(request):
            response = await self._session.request(
                request.method,
                URL(str(request.url), encoded=True),
                headers=request.headers,
                data=_body(await request.aread()),
                allow_redirects=False,
                timeout=timeout,
            )
        return httpx.Response(
            response.status, headers=response.raw_headers, stream=_Body(response, request)
        )

    async def aclose(self) -> None:
        await self._session.close()


class _Fixed(AbstractResolver):
    """Has the same addresses for every name."""

    def __init__(self, addresses: Sequence[str]) -> None:
        self._addresses = addresses

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_INET,  # noqa: ARG002 - as declared
    ) -> list[ResolveResult]:
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=_family(address),
                proto=socket.IPPROTO_TCP,
                flags=socket.AI_NUMERICHOST,
            )
            for address in self._addresses
        ]

    async def close(self) -> None:
        """Hold nothing."""


def _family(address: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ipaddress.ip_address(address).version == 6 else socket.AF_INET


class _Body(httpx.AsyncByteStream):
    """A response's body as it arrives. Closed before its end it costs the connection."""

    def __init__(self, response: aiohttp.ClientResponse, request: httpx.Request) -> None:
        self._response = response
        self._request = request

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _as_httpx(self._request):
            async for piece in self._response.content.iter_any():
                yield piece

    async def aclose(self) -> None:
        self._response.release()


def _body(content: bytes) -> bytes | io.BytesIO | None:
    """Return what aiohttp writes: a large body in pieces, between which other requests have their turn."""
    return (io.BytesIO(content) if len(content) > WRITTEN_AT_ONCE else content) or None


@contextlib.contextmanager
def _as_httpx(request: httpx.Request) -> Iterator[None]:
    """Raise what httpx would raise instead of aiohttp's exceptions."""
    try:
        yield
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise _kind(error)(_words(error), request=request) from error


def _words(error: Exception) -> str:
    """Return what went wrong, without the address behind a name, which aiohttp tells."""
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return str(error.certificate_error)
    if isinstance(error, aiohttp.ClientResponseError):
        # What could not be read, without the status that aiohttp makes up and the arrow below it.
        return " ".join(error.message.split()).removesuffix(" ^")
    if not isinstance(error, aiohttp.ClientConnectorError):
        return str(error) or type(error).__name__
    if isinstance(error.os_error, ssl.SSLError):
        return f"TLS failed: {error.os_error.reason}"
    return os.strerror(error.errno) if error.errno else "the connection failed"


def _kind(error: Exception) -> type[httpx.TransportError]:
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return httpx.ConnectTimeout
    if isinstance(error, TimeoutError):
        return httpx.ReadTimeout
    if isinstance(error, aiohttp.ClientConnectorError):
        return httpx.ConnectError
    if isinstance(error, aiohttp.ClientResponseError | aiohttp.ClientPayloadError):
        return httpx.RemoteProtocolError
    return httpx.ReadError
