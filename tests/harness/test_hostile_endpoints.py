"""Endpoints that are broken below their protocol, or mean harm: each request ends soon, as a failure that says why.

The server sends given bytes on a real socket, once or again and again until the client leaves.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

import pytest

from evaluator.addresses import check_address, pinned_client
from evaluator.errors import FailureCode
from evaluator.harness.chat import Answer, ChatClient, encoded
from evaluator.harness.failures import RequestFailed

T = TypeVar("T")
SOON_S = 20.0
TIMEOUT_S = 1.0
MAX_BODY_BYTES = 300_000
MESSAGES = encoded([{"role": "user", "content": "A?"}])
SSE = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n"
JSON = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
EVENT = b'data: {"choices": [{"delta": {"content": "again "}}]}\n\n'
GOOD = (
    b'data: {"choices": [{"delta": {"content": "A"}, "finish_reason": "stop"}]}\n\ndata: [DONE]\n\n'
)


@asynccontextmanager
async def sending(first: bytes, then: bytes = b"", *, stay: bool = False) -> AsyncIterator[str]:
    """Serve on loopback: after each request's head ``first``, then ``then`` for ever; yields the base URL."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(first)
            await writer.drain()
            while then:
                writer.write(then)
                await writer.drain()
            if stay:
                await asyncio.sleep(SOON_S)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"


def with_client(
    use: Callable[[ChatClient], Awaitable[T]],
    first: bytes,
    then: bytes = b"",
    *,
    stay: bool = False,
) -> T:
    async def go() -> T:
        async with asyncio.timeout(SOON_S), sending(first, then, stay=stay) as url:
            address = check_address(url, ["127.0.0.0/8"])
            async with pinned_client(
                address, timeout_s=TIMEOUT_S, max_body_bytes=MAX_BODY_BYTES
            ) as http:
                client = ChatClient(
                    http,
                    url=address.url,
                    model="m",
                    api_key=None,
                    temperature=0.0,
                    seed=0,
                    timeout_s=TIMEOUT_S,
                )
                return await use(client)

    return asyncio.run(go())


def ask(first: bytes, then: bytes = b"", *, stay: bool = False) -> Answer:
    return with_client(lambda client: client.ask(MESSAGES, 16), first, then, stay=stay)


@pytest.mark.parametrize(
    ("first", "then", "code"),
    [
        pytest.param(SSE, EVENT, "not_openai", id="a stream of answers without end"),
        pytest.param(SSE, b": still here\n", "not_openai", id="comments without end"),
        pytest.param(SSE + b"data: ", b"a" * 7, "not_openai", id="a line without end"),
        pytest.param(JSON + b"\r\n", b" " * 999, "not_openai", id="blanks without end"),
        pytest.param(b"HTTP/1.1 200 OK\r\nx: ", b"a" * 999, "error", id="a header without end"),
        pytest.param(b"HTTP/1.1 200 OK\r\n", b"x: a\r\n" * 99, "error", id="headers without end"),
        pytest.param(b"", b"a" * 999, "error", id="a first line without end"),
    ],
)
def test_what_never_ends_is_cut(first: bytes, then: bytes, code: str) -> None:
    with pytest.raises(RequestFailed) as caught:
        ask(first, then)
    # What comes slowly meets the time limit before that of size.
    assert caught.value.code.value in (f"endpoint_{code}", "endpoint_timeout")


@pytest.mark.parametrize(
    "first",
    [b"", SSE, SSE + EVENT, JSON + b"content-length: 90\r\n\r\n{"],
    ids=lambda b: str(len(b)),
)
def test_what_falls_silent_is_a_timeout(first: bytes) -> None:
    with pytest.raises(RequestFailed) as caught:
        ask(first, stay=True)
    assert caught.value.code is FailureCode.ENDPOINT_TIMEOUT


@pytest.mark.parametrize(
    ("first", "code"),
    [
        (b"", "error"),
        (b"SSH-2.0-OpenSSH_9.6\r\n", "error"),
        (b"HTTP/1.1 OK\r\n\r\n", "error"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n", "error"),
        (JSON + b"content-length: 90\r\n\r\n{}", "error"),
        (JSON + b"transfer-encoding: chunked\r\n\r\nzz\r\n", "error"),
        (JSON + b"transfer-encoding: chunked\r\n\r\nffffffff\r\n{}", "error"),
        (JSON + b'content-length: 13\r\n\r\n{"choices": [', "not_openai"),
        (JSON + b"content-length: 0\r\n\r\n", "not_openai"),
        (JSON + b"content-length: 2\r\n\r\n{}", "not_openai"),
        (JSON + b"content-length: 2\r\n\r\n\xff\xfe", "not_openai"),
        (JSON + b'content-length: 15\r\n\r\n{"choices": []}', "not_openai"),
        (JSON + b"content-encoding: gzip\r\ncontent-length: 2\r\n\r\n{}", "not_openai"),
        (JSON + b"\r\n" + b"[" * 200_000, "not_openai"),
        (SSE, "error"),
        (SSE + b"data: [DONE]\n\n", "error"),
        (SSE + b'data: {"choices": []}\n\ndata: [DONE]\n\n', "error"),
        (SSE + EVENT, "error"),
        (SSE + b"data: {", "not_openai"),
        (SSE + b"data: []\n\n", "not_openai"),
        (SSE + b"data: " + b"[" * 200_000 + b"\n\n", "not_openai"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", "error"),
        (b"HTTP/1.1 302 Found\r\nlocation: http://169.254.169.254/\r\ncontent-length: 0\r\n\r\n", "not_openai"),
        (b"HTTP/1.1 500 Oops\r\ncontent-length: 4\r\n\r\n{\"er", "error"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_a_failure(first: bytes, code: str) -> None:
    with pytest.raises(RequestFailed) as caught:
        ask(first)
    assert caught.value.code.value == f"endpoint_{code}"
    assert caught.value.detail
    assert "\n" not in caught.value.detail


def test_an_error_that_is_null_says_what_stands_beside_it() -> None:
    body = b'{"error": null, "detail": "messages is missing"}'
    with pytest.raises(RequestFailed) as caught:
        ask(b"HTTP/1.1 400 No\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body))
    assert "messages is missing" in caught.value.detail


@pytest.mark.parametrize(
    "said",
    [
        b"31536000",
        b"1e999",
        b"nan",
        b"-1e999",
        b"Fri, 31 Dec 9999 23:59:59 GMT",
        b"Thu, 01 Jan 99999999999999999999 00:00:00 GMT",
        b"Mon, 01 Jan 0001 00:00:00 -0000",
        b"9" * 5000,
    ],
    ids=lambda b: b[:20].decode(),
)
def test_any_retry_after_is_read_or_left_out(said: bytes) -> None:
    with pytest.raises(RequestFailed) as caught:
        ask(b"HTTP/1.1 429 No\r\nretry-after: " + said + b"\r\ncontent-length: 0\r\n\r\n")
    assert caught.value.code is FailureCode.ENDPOINT_RATE_LIMITED
    assert caught.value.retry_after is None or caught.value.retry_after >= 0


def test_an_answer_without_the_last_line_end_is_whole() -> None:
    assert ask(SSE + GOOD.rstrip()).text == "A"


@pytest.mark.parametrize("end", [b"\r\n", b"\r", b"\n"])
def test_every_end_of_a_line_is_one(end: bytes) -> None:
    assert ask(SSE + GOOD.replace(b"\n", end)).text == "A"
