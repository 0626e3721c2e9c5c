"""An OpenAI-compatible chat server for tests, true to the protocol and to the ways in which real ones misbehave.

It stands in for endpoints that cannot run here. Its answers are a function of the request, it counts and keeps
every request, and ``mode`` chooses how it behaves from then on (it may be changed while it runs).
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

MODES = (
    "normal",
    "html",
    "error_500",
    "hang",
    "trickle",
    "slow",
    "reasons",
    "auth_401",
    "model_404",
    "rate_limited_once",
    "rate_limited",
    "plain_json",
    "no_usage",
    "refuses_seed",
    "no_images",
    "redirect",
    "broken_stream_once",
    "error_in_stream",
    "fails_some",
    "garbage",
    "echoes_key",
    "odd_charset",
)


@dataclass
class Received:
    """One request as it came."""

    at: float
    body: dict[str, Any]
    headers: dict[str, str]

    @property
    def parts(self) -> list[dict[str, Any]]:
        """The parts of all messages; a message that is a string is one part of text."""
        contents = [message["content"] for message in self.body["messages"]]
        return [
            part
            for content in contents
            for part in (
                [{"type": "text", "text": content}] if isinstance(content, str) else content
            )
        ]

    @property
    def text(self) -> str:
        return "\n".join(part["text"] for part in self.parts if part["type"] == "text")

    @property
    def images(self) -> list[str]:
        return [p["image_url"]["url"] for p in self.parts if p["type"] == "image_url"]


@dataclass
class OpenAIServer:
    """The server's state. ``delay_s`` is waited before every answer; ``api_key`` set means that it is demanded;
    ``garbage`` is the answer of the mode of that name; ``answer`` gives another answer to a prompt than a letter; ``room`` is how many
    requests it takes at a time, refusing others with 503; ``pages`` are further texts by path; ``raw_unicode`` sends
    pieces of a stream as they are instead of escaped."""

    mode: str = "normal"
    model: str = "test-model"
    api_key: str | None = None
    delay_s: float = 0.0
    garbage: bytes = b'{"choices": "none"}'
    answer: Callable[[str], str] | None = None
    room: int | None = None
    pages: dict[str, str] = field(default_factory=dict)
    raw_unicode: bool = False
    received: list[Received] = field(default_factory=list)
    connections: int = 0
    in_flight: int = 0
    most_in_flight: int = 0
    base_url: str = ""
    stopping: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def asked(self) -> Counter[str]:
        """How often each prompt was asked."""
        return Counter(request.text for request in self.received)


def answer_to(text: str) -> str:
    """Return the server's answer: a letter that depends on the prompt alone."""
    return "ABCD"[hashlib.sha256(text.encode()).digest()[0] % 4]


def fails_on(text: str) -> bool:
    """Tell which prompts mode ``fails_some`` never answers: about one in four."""
    return hashlib.sha256(text.encode()).digest()[1] % 4 == 0


@contextmanager
def openai_server(port: int = 0, **state: Any) -> Iterator[OpenAIServer]:
    """Run a server on loopback until the block ends, on a free port unless told otherwise."""
    server = OpenAIServer(**state)
    handler = type("Handler", (_Handler,), {"state": server})
    httpd = ThreadingHTTPServer(("127.0.0.1", port), handler)
    httpd.daemon_threads = True
    server.base_url = f"http://127.0.0.1:{httpd.server_port}/v1"
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server
    finally:
        server.stopping.set()
        httpd.shutdown()
        httpd.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    state: OpenAIServer

    def do_GET(self) -> None:
        """Health, version and the list of models; in mode ``html`` a web site."""
        key = self.headers.get("authorization", "").removeprefix("Bearer ")
        if self.state.mode == "html":
            self._send(200, b"<!doctype html><title>Welcome</title>", "text/html")
        elif self.path in ("/health", "/version", "/server_info"):
            self._send(200, b'{"version": "1.2.3"}', "application/json")
        elif self.state.api_key and key != self.state.api_key:
            self._error(401, "Incorrect API key provided.", "invalid_api_key")
        elif self.path in self.state.pages:
            self._send(200, self.state.pages[self.path].encode(), "text/plain")
        elif self.path == "/v1/models":
            card = {"id": self.state.model, "object": "model"}
            body = json.dumps({"object": "list", "data": [card]})
            self._send(200, body.encode(), "application/json")
        else:
            self._error(404, f"Invalid URL (GET {self.path})", "not_found")

    def setup(self) -> None:
        super().setup()
        with self.state.lock:
            self.state.connections += 1

    def do_POST(self) -> None:
        state = self.state
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        request = Received(time.time(), body, {k.lower(): v for k, v in self.headers.items()})
        with state.lock:
            state.received.append(request)
            number = len(state.received)
            state.in_flight += 1
            state.most_in_flight = max(state.most_in_flight, state.in_flight)
            crowded = state.room is not None and state.in_flight > state.room
        try:
            if crowded:
                self._error(503, "Too many requests at a time.", "overloaded")
                return
            state.stopping.wait(state.delay_s)
            self._answer(request, number)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True
        finally:
            with state.lock:
                state.in_flight -= 1

    def _answer(self, request: Received, number: int) -> None:
        state, mode = self.state, self.state.mode
        sent_key = request.headers.get("authorization", "").removeprefix("Bearer ")
        if mode == "auth_401" or (state.api_key and sent_key != state.api_key):
            # Like some real servers, it echoes the key that it refuses.
            self._error(401, f"Incorrect API key provided: {sent_key}.", "invalid_api_key")
        elif mode == "model_404" or request.body["model"] != state.model:
            name = request.body["model"]
            self._error(404, f"The model `{name}` does not exist.", "model_not_found")
        elif mode == "html":
            self._send(200, b"<!doctype html><title>Welcome</title>", "text/html")
        elif mode == "garbage":
            self._send(200, state.garbage, "application/json")
        elif mode == "error_500" or (mode == "fails_some" and fails_on(request.text)):
            self._error(500, "The engine is out of order.", "internal_error")
        elif mode == "hang":
            state.stopping.wait(60)
        elif mode == "trickle":
            self._trickle()
        elif mode == "redirect":
            self._send(307, b"", "text/plain", {"location": "/elsewhere/chat/completions"})
        elif mode == "rate_limited" or (mode == "rate_limited_once" and number == 1):
            self._error(429, "Slow down.", "rate_limit_exceeded", {"retry-after": "1"})
        elif mode == "refuses_seed" and "seed" in request.body:
            self._error(400, "Unsupported parameter: 'seed'.", "unsupported_parameter")
        elif mode == "no_images" and request.images:
            self._error(400, "test-model is not a multimodal model", "BadRequestError")
        elif mode == "plain_json" or not request.body.get("stream"):
            self._whole(request)
        else:
            self._stream(request, number)

    def _trickle(self) -> None:
        """Send an endless header, a byte at a time: no single read ever times out."""
        self.wfile.write(b"HTTP/1.1 200 OK\r\nx-slow: ")
        while not self.state.stopping.wait(0.05):
            self.wfile.write(b"a")

    def _whole(self, request: Received) -> None:
        text = (self.state.answer or answer_to)(request.text)
        message = {"role": "assistant", "content": text}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        answer = self._envelope("chat.completion") | {"choices": [choice], "usage": _USAGE}
        self._send(200, json.dumps(answer).encode(), "application/json")

    def _stream(self, request: Received, number: int) -> None:
        mode = self.state.mode
        self.send_response(200)
        charset = "idna" if mode == "odd_charset" else "utf-8"
        self.send_header("content-type", f"text/event-stream; charset={charset}")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        self._chunk(": a comment, as some proxies send to keep the connection\n\n")
        self._event({"delta": {"role": "assistant", "content": ""}, "finish_reason": None})
        if mode == "error_in_stream":
            self._chunk('data: {"error": {"message": "CUDA error", "code": 500}}\n\n')
            self._chunk("")
            return
        if mode == "slow":
            self.state.stopping.wait(0.3)
        for thought in ("Let me", " see.") if mode == "reasons" else ():
            self._event({"delta": {"reasoning_content": thought}, "finish_reason": None})
        key = request.headers.get("authorization", "")
        letter = key if mode == "echoes_key" else answer_to(request.text)
        pieces = (self.state.answer(request.text),) if self.state.answer else (letter, ".")
        for piece in pieces:
            self._event({"delta": {"content": piece}, "finish_reason": None})
            if mode == "broken_stream_once" and number == 1:
                self.close_connection = True
                return
            if mode == "slow":
                self.state.stopping.wait(0.3)
        self._event({"delta": {}, "finish_reason": "stop"})
        if mode != "no_usage" and request.body.get("stream_options", {}).get("include_usage"):
            chunk = self._envelope("chat.completion.chunk") | {"choices": [], "usage": _USAGE}
            self._chunk(f"data: {json.dumps(chunk)}\n\n")
        self._chunk("data: [DONE]\n\n")
        self._chunk("")

    def _event(self, choice: dict[str, Any]) -> None:
        chunk = self._envelope("chat.completion.chunk") | {"choices": [{"index": 0} | choice]}
        data = json.dumps(chunk, ensure_ascii=not self.state.raw_unicode)
        self._chunk(f"data: {data}\n\n")

    def _chunk(self, text: str) -> None:
        data = text.encode()
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()

    def _envelope(self, kind: str) -> dict[str, Any]:
        return {"id": "chatcmpl-1", "object": kind, "created": 0, "model": self.state.model}

    def _error(
        self, status: int, message: str, code: str, headers: dict[str, str] | None = None
    ) -> None:
        body = {"error": {"message": message, "type": code, "code": code}}
        self._send(status, json.dumps(body).encode(), "application/json", headers)

    def _send(
        self, status: int, body: bytes, kind: str, headers: dict[str, str] | None = None
    ) -> None:
        self.send_response(status)
        for name, value in ({"content-type": kind} | (headers or {})).items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Stay silent."""


_USAGE = {"prompt_tokens": 40, "completion_tokens": 2, "total_tokens": 42}
