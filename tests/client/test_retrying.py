"""What is tried again, and what is not: against a server on a real port that answers as told."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from vlm_leaderboard import Client, Retries
from vlm_leaderboard.config import login_of
from vlm_leaderboard.errors import (
    Conflict,
    QuotaExceeded,
    ServerError,
    UnexpectedAnswer,
    Unreachable,
)
from vlm_leaderboard.transport import IDEMPOTENCY_KEY, Transport

BROKEN = 0
"""In place of a status: the connection ends without an answer."""
CUT = -1
"""In place of a status: the answer ends before its end."""
JSON = "application/json"
PROBLEM = "application/problem+json"


@dataclass
class Scripted:
    """What the server answers, in turn, and what it was asked."""

    url: str = ""
    answers: list[tuple[int, dict[str, str], Any]] = field(default_factory=list)
    asked: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)

    def will(self, *statuses: int, body: Any = None, **headers: str) -> None:
        told = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers += [(status, told, body) for status in statuses]


@pytest.fixture
def server() -> Iterator[Scripted]:
    script = Scripted()

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            script.asked.append((self.command, self.path, dict(self.headers), sent))
            status, headers, body = script.answers.pop(0)
            if status == BROKEN:
                self.close_connection = True
                return
            data = json.dumps(body if body is not None else {"username": "ana"}).encode()
            self.send_response(200 if status == CUT else status)
            kind = JSON if status in (200, 201, 202, CUT) else PROBLEM
            for name, value in {"Content-Type": kind, **headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data) + (9 if status == CUT else 0)))
            self.end_headers()
            self.wfile.write(data)
            self.close_connection = status == CUT

        do_GET = do_POST = do_PATCH = answer

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    script.url = f"http://127.0.0.1:{httpd.server_port}"
    thread = threading.Thread(target=httpd.serve_forever, daemon=True)
    thread.start()
    yield script
    httpd.shutdown()
    httpd.server_close()
    thread.join()


@pytest.fixture
def client(server: Scripted) -> Iterator[Client]:
    with Client(server.url, "vlmlb_x", retries=Retries(first_s=0.001, longest_s=5)) as client:
        yield client


@pytest.mark.parametrize("trouble", [429, 502, 503, 504, BROKEN, CUT])
def test_reading_is_tried_again_after_what_passes(
    server: Scripted, client: Client, trouble: int
) -> None:
    server.will(trouble, trouble, 200)
    assert client.account().username == "ana"
    assert len(server.asked) == 3


@pytest.mark.parametrize("trouble", [503, BROKEN])
def test_a_change_is_tried_again_with_the_same_key(
    server: Scripted, client: Client, trouble: int, tmp_path: Path
) -> None:
    path = tmp_path / "answers.jsonl"
    path.write_text('{"response": "A"}\n')
    server.will(trouble, 201)
    with pytest.raises(UnexpectedAnswer):
        client.import_results(path, "b", "m")
    (_, _, first, one), (_, _, second, two) = server.asked
    assert first[IDEMPOTENCY_KEY] == second[IDEMPOTENCY_KEY]
    assert b'{"response": "A"}' in one
    assert b'{"response": "A"}' in two


def test_a_change_under_way_is_asked_for_again(server: Scripted, client: Client) -> None:
    kind = "urn:vlm-leaderboard:problem:idempotency-key-in-flight"
    server.will(409, body={"type": kind, "title": "under way"}, Retry_After="0")
    server.will(202)
    with pytest.raises(UnexpectedAnswer, match="missing"):
        client.submit_json({})
    assert len(server.asked) == 2


@pytest.mark.parametrize(("status", "error"), [(409, Conflict), (500, ServerError)])
def test_what_does_not_pass_is_not_tried_again(
    server: Scripted, client: Client, status: int, error: type[Exception]
) -> None:
    server.will(status, body={"title": "no"})
    with pytest.raises(error, match="no"):
        client.cancel("0" * 8 + "-0000" * 3 + "-" + "0" * 12)
    assert len(server.asked) == 1


def test_a_quota_that_is_free_tomorrow_is_an_error_now(server: Scripted, client: Client) -> None:
    body = {"title": "Used up", "quota": "per_day", "used": 50, "limit": 50}
    server.will(429, body=body, Retry_After="86400")
    with pytest.raises(QuotaExceeded) as caught:
        client.submit_json({})
    assert caught.value.retry_after_s == 86400
    assert caught.value.problem.raw["limit"] == 50


def test_trying_ends(server: Scripted, client: Client) -> None:
    server.will(*[503] * 9, body={"title": "Busy"})
    with pytest.raises(ServerError, match="Busy"):
        client.account()
    assert len(server.asked) == Retries().attempts


def test_a_change_without_a_key_is_sent_once(server: Scripted) -> None:
    transport = Transport(login_of(server.url, "x"), Retries(first_s=0.001), 5)
    server.will(BROKEN, 200)
    with pytest.raises(Unreachable):
        transport.json("POST", "things")
    assert len(server.asked) == 1
    transport.close()


def test_a_download_that_breaks_off_is_begun_anew(
    server: Scripted, client: Client, tmp_path: Path
) -> None:
    server.will(CUT, 200, body=[1, 2, 3])
    client.export("board", "mmbench", "json", tmp_path / "board.json")
    assert json.loads((tmp_path / "board.json").read_text()) == [1, 2, 3]


def test_a_redirect_is_not_followed_with_the_token(server: Scripted, client: Client) -> None:
    server.will(302, Location="https://elsewhere.example/")
    with pytest.raises(UnexpectedAnswer, match="elsewhere"):
        client.account()
    assert len(server.asked) == 1


def test_a_page_that_is_not_the_apis_is_said_to_be_that(server: Scripted, client: Client) -> None:
    server.will(200, body="<html>", Content_Type="text/html")
    with pytest.raises(UnexpectedAnswer, match="address of the site"):
        client.account()


def test_the_token_is_in_no_text_of_a_client_or_an_error(server: Scripted, client: Client) -> None:
    server.will(*[BROKEN] * 4)
    with pytest.raises(Unreachable) as caught:
        client.account()
    assert "vlmlb_x" not in repr(client) + str(caught.value) + repr(caught.value)
    assert server.asked[0][2]["Authorization"] == "Bearer vlmlb_x"
