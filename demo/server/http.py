"""The protocol on a socket: HTTP/1.1 with kept connections, server-sent events in chunks, an optional key."""

from __future__ import annotations

import hmac
import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from demo.server import protocol
from demo.server.protocol import ApiError

MAX_BODY = 64 * 2**20
_IDLE_SECONDS = 75


class BaselineServer(ThreadingHTTPServer):
    """Serves the baselines; with ``api_key`` None anybody may ask. Call ``serve_forever`` and ``shutdown``."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], api_key: str | None = None) -> None:
        super().__init__(address, _Handler)
        self.api_key = api_key

    @property
    def base_url(self) -> str:
        """What a client is configured with."""
        host, port = self.server_address[:2]
        return f"http://{host!s}:{port}/v1"


class _Handler(BaseHTTPRequestHandler):
    server: BaselineServer
    protocol_version = "HTTP/1.1"
    timeout = _IDLE_SECONDS
    # Small chunks must leave at once: with Nagle's algorithm each would wait for the client's acknowledgement.
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._answer("GET")

    def do_POST(self) -> None:
        self._answer("POST")

    def log_message(self, format: str, *args: Any) -> None:
        """Keep silent: a log line a request helps nobody here."""

    def _answer(self, method: str) -> None:
        try:
            body = self._body() if method == "POST" else None
            self._check_key()
            route = (method, self.path.partition("?")[0].rstrip("/"))
            if route == ("GET", "/v1/models"):
                self._send(200, protocol.models())
            elif route == ("POST", "/v1/chat/completions"):
                self._complete(protocol.parse(_json(body or b"")))
            else:
                raise ApiError(404, f"Unknown request: {method} {self.path}.")
        except ApiError as error:
            self._send(error.status, error.body())
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def _body(self) -> bytes:
        """Read the whole body, so that a kept connection stays in step. Raises ApiError when it has no fit length."""
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > MAX_BODY:
            self.close_connection = True
            raise ApiError(
                413 if length.isdecimal() else 411, "The body's length is missing or too large."
            )
        return self.rfile.read(int(length))

    def _check_key(self) -> None:
        """Raise ApiError 401 unless the request carries the server's key."""
        key = self.server.api_key
        if key is None:
            return
        scheme, _, given = self.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not hmac.compare_digest(given.encode(), key.encode()):
            raise ApiError(401, "Incorrect API key provided.", "invalid_api_key")

    def _send(self, status: int, document: dict[str, Any]) -> None:
        content = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _complete(self, request: protocol.Request) -> None:
        if not request.stream:
            self._send(200, protocol.complete(request))
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream; charset=utf-8")
        self.send_header("Cache-Control", "no-cache")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for chunk in protocol.stream(request):
            self._event(json.dumps(chunk))
        self._event("[DONE]")
        self.wfile.write(b"0\r\n\r\n")

    def _event(self, data: str) -> None:
        event = f"data: {data}\n\n".encode()
        self.wfile.write(f"{len(event):x}\r\n".encode() + event + b"\r\n")


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError as error:
        raise ApiError(400, f"The body is not JSON: {error}.") from error
