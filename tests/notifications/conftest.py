"""A receiver of webhooks: a real HTTP server on the loopback interface."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from pytest_django import Settings


@dataclass
class Receiver:
    """Keeps what it is sent; answers with ``status`` and, when given, a redirect to ``location``."""

    url: str = ""
    status: int = 204
    location: str = ""
    messages: list[tuple[dict[str, str], str]] = field(default_factory=list)


@pytest.fixture
def receiver(settings: Settings) -> Iterator[Receiver]:
    """A running receiver whose address is allowed."""
    settings.ENDPOINT_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    found = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            told = {name.lower(): value for name, value in self.headers.items()}
            found.messages.append((told, body))
            self.send_response(found.status)
            if found.location:
                self.send_header("Location", found.location)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    found.url = f"http://127.0.0.1:{server.server_port}/hook"
    yield found
    server.shutdown()
    server.server_close()
    thread.join()
