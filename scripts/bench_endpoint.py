"""A chat endpoint for measuring clients: it answers at once, or after a stated time, and costs next to nothing itself.

Run as a program of its own, so that client and endpoint do not share Python's lock. It reads each request whole and
parses none: streamed or whole, as the body asks, the answer is always "A". ``GET /seconds`` tells as JSON the number of
chat requests and the seconds from the first one's arrival to the last one's answer; what came before a pause of
PAUSE_S (a client that tries one question before it starts its work) is not counted.

Usage: python scripts/bench_endpoint.py [--delay SECONDS]  (prints its port)
"""

from __future__ import annotations

import argparse
import asyncio
import json
from time import perf_counter

HEAD = "HTTP/1.1 200 OK\r\ncontent-type: %s\r\ncontent-length: %d\r\n\r\n"
PAUSE_S = 3.0
USAGE = {"prompt_tokens": 40, "completion_tokens": 1, "total_tokens": 41}


def _response(kind: str, text: str) -> bytes:
    body = text.encode()
    return (HEAD % (kind, len(body))).encode() + body


def _chunk(**fields: object) -> str:
    base = {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": "m"}
    return f"data: {json.dumps(base | fields)}\n\n"


def _streamed() -> bytes:
    said = {"index": 0, "delta": {"role": "assistant", "content": "A"}, "finish_reason": None}
    ended = {"index": 0, "delta": {}, "finish_reason": "stop"}
    text = _chunk(choices=[said]) + _chunk(choices=[ended]) + _chunk(choices=[], usage=USAGE)
    return _response("text/event-stream", f"{text}data: [DONE]\n\n")


def _whole() -> bytes:
    message = {"role": "assistant", "content": "A"}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    answer = {"id": "1", "object": "chat.completion", "created": 0, "model": "m"}
    return _response("application/json", json.dumps(answer | {"choices": [choice], "usage": USAGE}))


class Endpoint:
    """Counts and times what it is asked."""

    def __init__(self, delay_s: float) -> None:
        self._delay_s = delay_s
        self._streamed, self._whole = _streamed(), _whole()
        self._models = _response("application/json", '{"object": "list", "data": [{"id": "m"}]}')
        self._requests, self._first, self._last = 0, 0.0, 0.0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection."""
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                if head.startswith(b"GET"):
                    answer = self._told() if b"/seconds" in head else self._models
                else:
                    answer = await self._answer(head, reader)
                writer.write(answer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def _answer(self, head: bytes, reader: asyncio.StreamReader) -> bytes:
        arrived = perf_counter()
        length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
        body = await reader.readexactly(int(length))
        if arrived - self._last > PAUSE_S:
            self._requests, self._first = 0, arrived
        await asyncio.sleep(self._delay_s)
        self._requests += 1
        self._last = perf_counter()
        # The options follow the pictures or precede them; they are in no case in the middle.
        ends = body[:500] + body[-500:]
        streamed = b'"stream": true' in ends or b'"stream":true' in ends
        return self._streamed if streamed else self._whole

    def _told(self) -> bytes:
        told = {"requests": self._requests, "seconds": self._last - self._first}
        return _response("application/json", json.dumps(told))


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--delay", type=float, default=0.0)
    endpoint = Endpoint(parser.parse_args().delay)
    server = await asyncio.start_server(endpoint.serve, "127.0.0.1", 0, limit=1 << 24)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
