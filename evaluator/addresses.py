"""The guard on addresses that people submit: checked once, and the connection goes to what was checked.

``check_address`` reads a URL strictly, resolves its host once and refuses it unless *every* address is public or
inside a network that the operator allowed. ``pinned_client`` then connects to those addresses only, whatever the
name resolves to later (DNS rebinding), follows no redirect, uses no proxy and cuts bodies that are too large or
too slow.

Plain on purpose (standard library and httpx): the worker, its lmms-eval child and the site all use it.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import threading
import time
import unicodedata
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx

from evaluator.errors import EvaluationError, FailureCode
from evaluator.lanes import LanesTransport

LOOPBACK_NETWORKS = ("127.0.0.0/8", "::1/128")
"""For an engine that the worker itself started; never for what a person submitted."""

MAX_URL_LENGTH = 2048
MAX_BODY_BYTES = 1_000_000
RESOLVE_TIMEOUT_S = 10.0

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
IPNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network
Resolver = Callable[[str, int], Iterable[str]]

_NAME = re.compile(r"^(?!-)[a-z0-9_-]{1,63}(?<!-)(\.(?!-)[a-z0-9_-]{1,63}(?<!-))*$")
_NUMERIC_LABEL = re.compile(r"^([0-9]+|0x[0-9a-f]*)$")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_NOT_PUBLIC = tuple(
    # What the IANA registries reserve and some releases of ``ipaddress`` still call global; and Azure's host agent,
    # which no registry reserves and which tells virtual machines their secrets.
    ipaddress.ip_network(text)
    for text in (
        *("192.0.0.0/24", "192.88.99.0/24", "64:ff9b:1::/48", "fec0::/10"),
        "168.63.129.16/32",
    )
)


@dataclass(frozen=True, slots=True)
class CheckedAddress:
    """A base URL that may be asked, and the addresses that were checked for it (never empty).

    ``url`` is the normalised base URL without a trailing slash; ``host`` is lower-case ASCII.
    """

    url: str
    scheme: str
    host: str
    port: int
    addresses: tuple[str, ...]


def resolve_host(host: str, port: int) -> list[str]:
    """Return every address of ``host`` (the system's resolver). Raises OSError when there is none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def check_address(
    url: str, allowed_networks: Sequence[str] = (), *, resolver: Resolver = resolve_host
) -> CheckedAddress:
    """Return the checked form of a submitted base URL.

    ``allowed_networks`` are CIDRs that are allowed beside the public ones (ValueError when one is malformed).
    Raises EvaluationError: ADDRESS_FORBIDDEN for a URL that is not plain http(s) or that leads anywhere not
    public, ENDPOINT_UNREACHABLE when the name does not resolve.
    """
    networks = [ipaddress.ip_network(text) for text in allowed_networks]
    scheme, host, port, path = _read(url)
    literal = _ip_literal(host)
    found = [literal] if literal else _resolve(host, port, resolver)
    for address in found:
        reason = _refusal(address, networks)
        if reason:
            # The resolved address stays unsaid: it would tell outsiders about internal names.
            raise _forbidden(f"{host} is {reason}" if literal else f"{host} resolves to {reason}")
    shown = f"[{host}]" if ":" in host else host
    default = {"http": 80, "https": 443}[scheme]
    authority = shown if port == default else f"{shown}:{port}"
    return CheckedAddress(
        url=f"{scheme}://{authority}{path}",
        scheme=scheme,
        host=host,
        port=port,
        addresses=tuple(str(address) for address in found),
    )


def pinned_client(
    address: CheckedAddress,
    *,
    timeout_s: float,
    max_body_bytes: int = MAX_BODY_BYTES,
    headers: dict[str, str] | None = None,
    max_connections: int = 100,
) -> httpx.AsyncClient:
    """Return a client that can only talk to ``address``.

    ``timeout_s`` bounds connecting, each read, and the whole body of a response; a body of more than
    ``max_body_bytes`` ends with httpx.DecodingError. Compression is not asked for, so that a small body cannot
    unfold into a large one. What it does not bound is a server that trickles its *headers*: put the request
    under ``asyncio.timeout`` too.
    """
    return httpx.AsyncClient(
        transport=PinnedTransport(
            address,
            body_timeout_s=timeout_s,
            max_body_bytes=max_body_bytes,
            max_connections=max_connections,
        ),
        timeout=timeout_s,
        follow_redirects=False,
        trust_env=False,
        headers={"accept-encoding": "identity"} | (headers or {}),
    )


class PinnedTransport(httpx.AsyncBaseTransport):
    """Sends each request to the checked addresses (the next one when a connection fails), with the name in
    ``Host`` and in TLS, so that certificates are verified against the name. Refuses any other host. To be made in the
    event loop that uses it."""

    def __init__(
        self,
        address: CheckedAddress,
        *,
        body_timeout_s: float,
        max_body_bytes: int,
        max_connections: int,
    ) -> None:
        self._address = address
        self._body_timeout_s = body_timeout_s
        self._max_body_bytes = max_body_bytes
        self._inner = LanesTransport(
            max_connections, address.addresses, tls=address.scheme == "https"
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await self._send(request)
        encoding = response.headers.get("content-encoding", "identity")
        if encoding != "identity":
            await response.aclose()
            raise httpx.DecodingError(
                f"unasked content-encoding {encoding[:20]!r}", request=request
            )
        assert isinstance(response.stream, httpx.AsyncByteStream)  # noqa: S101 - narrows a httpx type
        response.stream = _CappedStream(
            response.stream, request, self._max_body_bytes, self._body_timeout_s
        )
        return response

    async def _send(self, request: httpx.Request) -> httpx.Response:
        checked = self._address
        default = {"http": 80, "https": 443}.get(request.url.scheme)
        # Not ``url.host``, which shows an international name decoded.
        host = request.url.raw_host.decode("ascii")
        target = (request.url.scheme, host, request.url.port or default)
        if target != (checked.scheme, checked.host, checked.port):
            raise httpx.UnsupportedProtocol("not the address that was checked", request=request)
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        await self._inner.aclose()


class _CappedStream(httpx.AsyncByteStream):
    """A response body that ends with an error past a size or a time."""

    def __init__(
        self, inner: httpx.AsyncByteStream, request: httpx.Request, max_bytes: int, timeout_s: float
    ) -> None:
        self._inner = inner
        self._request = request
        self._left = max_bytes
        self._deadline = time.monotonic() + timeout_s

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._inner:
            self._left -= len(chunk)
            if self._left < 0:
                raise httpx.DecodingError("the body is larger than allowed", request=self._request)
            if time.monotonic() > self._deadline:
                raise httpx.ReadTimeout("the body did not end in time", request=self._request)
            yield chunk

    async def aclose(self) -> None:
        await self._inner.aclose()


def _read(url: str) -> tuple[str, str, int, str]:
    """Return scheme, host, port and path of a strictly read URL; what two parsers could read apart is refused."""
    if len(url) > MAX_URL_LENGTH:
        raise _forbidden(f"the URL is longer than {MAX_URL_LENGTH} characters")
    if any(c.isspace() or unicodedata.category(c)[0] == "C" or c == "\\" for c in url):
        raise _forbidden("the URL holds a space, a control character or a backslash")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise _forbidden("the URL cannot be read") from error
    if parts.scheme not in ("http", "https"):
        raise _forbidden("only http and https URLs are taken")
    if "@" in parts.netloc:
        raise _forbidden("a user name or password in the URL is not taken")
    if parts.query or parts.fragment or url.endswith(("?", "#")):
        raise _forbidden("a base URL has neither a query nor a fragment")
    if port == 0:
        raise _forbidden("port 0 cannot be reached")
    host = _ascii_host(parts.hostname or "")
    return (
        parts.scheme,
        host,
        port or (443 if parts.scheme == "https" else 80),
        parts.path.rstrip("/"),
    )


def _ascii_host(host: str) -> str:
    """Return the host as lower-case ASCII, an IP literal in its canonical form.

    Other spellings of numbers (``2130706433``, ``0x7f.1``, ``0177.0.0.1``) are refused, not interpreted.
    """
    if ":" in host:
        if "%" in host:
            raise _forbidden("an address with a zone is not taken")
        try:
            return str(ipaddress.IPv6Address(host))
        except ValueError as error:
            raise _forbidden("the IPv6 address cannot be read") from error
    try:
        name = unicodedata.normalize("NFKC", host).encode("idna").decode("ascii").lower()
    except UnicodeError as error:
        raise _forbidden("the host name cannot be read") from error
    name = name.removesuffix(".")
    if not _NAME.match(name):
        raise _forbidden("the host name is empty or holds a character that host names do not have")
    if _NUMERIC_LABEL.match(name.rsplit(".", 1)[-1]):
        try:
            return str(ipaddress.IPv4Address(name))
        except ValueError as error:
            raise _forbidden("write an IPv4 address as four decimal numbers") from error
    return name


def _ip_literal(host: str) -> IPAddress | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _resolve(host: str, port: int, resolver: Resolver) -> list[IPAddress]:
    """Resolve in a thread of its own, because a resolver may hang for longer than anyone should wait."""
    outcome: list[list[IPAddress] | Exception] = []

    def work() -> None:
        try:
            outcome.append([ipaddress.ip_address(text) for text in resolver(host, port)])
        except (OSError, ValueError) as error:
            outcome.append(error)

    thread = threading.Thread(target=work, daemon=True, name=f"resolve {host}")
    thread.start()
    thread.join(RESOLVE_TIMEOUT_S)
    result = outcome[0] if outcome else TimeoutError("no answer from the resolver")
    if isinstance(result, Exception) or not result:
        raise EvaluationError(
            FailureCode.ENDPOINT_UNREACHABLE, f"The name {host} does not resolve."
        ) from (result if isinstance(result, Exception) else None)
    return result


def _refusal(address: IPAddress, allowed: Sequence[IPNetwork]) -> str | None:
    """Return what kind of forbidden address this is, or None when it may be asked."""
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        return _refusal(address.ipv4_mapped, allowed)
    if _in_any(address, allowed):
        return None
    kind = _not_public(address)
    if kind or isinstance(address, ipaddress.IPv4Address):
        return kind
    # Addresses that carry an IPv4 address lead wherever that one leads.
    inner = _embedded_ipv4(address)
    return _refusal(inner, allowed) if inner else None


def _in_any(address: IPAddress, networks: Sequence[IPNetwork]) -> bool:
    return any(address.version == network.version and address in network for network in networks)


def _not_public(address: IPAddress) -> str | None:
    kinds = (
        ("a loopback address", address.is_loopback),
        ("a link-local address", address.is_link_local),
        ("a multicast address", address.is_multicast),
        ("an unspecified address", address.is_unspecified),
        ("a private or reserved address", not address.is_global or address.is_reserved),
        ("a private or reserved address", _in_any(address, _NOT_PUBLIC)),
    )
    nat64 = isinstance(address, ipaddress.IPv6Address) and address in _NAT64
    return None if nat64 else next((kind for kind, is_so in kinds if is_so), None)


def _embedded_ipv4(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.sixtofour


def _forbidden(detail: str) -> EvaluationError:
    return EvaluationError(FailureCode.ADDRESS_FORBIDDEN, f"The address is refused: {detail}.")
