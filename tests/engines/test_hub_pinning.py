"""A hub id is pinned to a commit and looked at before an engine downloads it. The hub is a small real HTTP server."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from evaluator.errors import EvaluationError, FailureCode
from evaluator.serving.hub import Hub, Pinned, is_commit, pin

DEMO = Path(__file__).parents[2] / "demo" / "checkpoint"
COMMIT = "0123456789abcdef0123456789abcdef01234567"
ID = "acme/tiny-vlm"


class HubServer(ThreadingHTTPServer):
    """Serves one model: its files by name, and what was asked of it."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files = {path.name: path.read_bytes() for path in DEMO.iterdir() if path.is_file()}
        self.asked: list[str] = []
        self.tokens: set[str | None] = set()
        self.sent_of_weights = 0
        self.broken = 0

    @property
    def hub(self) -> Hub:
        return Hub(f"http://127.0.0.1:{self.server_address[1]}", token="hf-secret")


def _entry(name: str, data: bytes) -> dict[str, Any]:
    """Return a file as the hub lists it with ``blobs=true``: large ones with their SHA-256."""
    large = {"lfs": {"sha256": sha256(data).hexdigest(), "size": len(data), "pointerSize": 134}}
    return {"rfilename": name, "size": len(data)} | (large if name.endswith(".safetensors") else {})


class _Handler(BaseHTTPRequestHandler):
    server: HubServer

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        self.server.asked.append(path)
        if self.server.broken:
            self.send_error(self.server.broken)
            return
        self.server.tokens.add(self.headers["authorization"])
        if path in (f"/api/models/{ID}/revision/{r}" for r in ("main", "v1", COMMIT)):
            siblings = [_entry(n, b) for n, b in self.server.files.items()]
            self._send(json.dumps({"sha": COMMIT, "siblings": siblings}).encode())
        elif (name := path.removeprefix(f"/{ID}/resolve/{COMMIT}/")) in self.server.files:
            self._send_file(name)
        else:
            self.send_error(404)

    def _send_file(self, name: str) -> None:
        data = self.server.files[name]
        if wanted := self.headers["range"]:
            if not data:  # as the hub's storage does
                self.send_error(416)
                return
            data = data[: int(wanted.rpartition("-")[2]) + 1]
        if name.endswith(".safetensors"):
            self.server.sent_of_weights += len(data)
        self._send(data)

    def _send(self, data: bytes) -> None:
        self.send_response(200)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args: Any) -> None: ...


@pytest.fixture
def server() -> Iterator[HubServer]:
    with HubServer() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def refusal(
    source: str, revision: str | None, hub: Hub | None, *, trust: bool = False
) -> EvaluationError:
    with pytest.raises(EvaluationError) as caught:
        pin(source, revision, hub, trust_remote_code=trust)
    return caught.value


@pytest.mark.parametrize("revision", [None, "main", "v1", COMMIT])
def test_revision_becomes_a_commit(server: HubServer, revision: str | None) -> None:
    assert pin(ID, revision, server.hub, trust_remote_code=False).commit == COMMIT


def test_facts_come_from_headers_alone(server: HubServer) -> None:
    facts = pin(ID, "main", server.hub, trust_remote_code=False).facts
    assert facts is not None
    assert (facts.architecture, facts.commit) == ("LlavaForConditionalGeneration", COMMIT)
    assert facts.precision["language_model"]["scheme"] == "bf16"
    assert facts.size_bytes == len(server.files["model.safetensors"])
    assert server.sent_of_weights < facts.size_bytes / 10
    assert server.tokens == {"Bearer hf-secret"}


def test_weights_are_known_by_the_hubs_own_hashes(server: HubServer) -> None:
    def found() -> tuple[str, str]:
        facts = pin(ID, "main", server.hub, trust_remote_code=False).facts
        assert facts is not None
        return facts.weights_sha256, facts.weights_hashed

    first = found()
    assert first[1] == "files"
    server.files["README.md"] = b"# Another name for it"
    assert found() == first
    server.files["model.safetensors"] = server.files["model.safetensors"][:-1] + b"x"
    assert found()[0] != first[0]


def test_code_in_a_configuration_is_found_before_the_download(server: HubServer) -> None:
    server.files["processor_config.json"] = b'{"auto_map": {"AutoProcessor": "x.Y"}}'
    assert refusal(ID, "main", server.hub).code is FailureCode.CHECKPOINT_REMOTE_CODE
    assert pin(ID, "main", server.hub, trust_remote_code=True).commit == COMMIT


def test_pickled_weights_are_refused(server: HubServer) -> None:
    server.files["pytorch_model.bin"] = server.files.pop("model.safetensors")
    assert refusal(ID, "main", server.hub).code is FailureCode.CHECKPOINT_NO_SAFETENSORS


def test_weights_of_another_length_are_refused(server: HubServer) -> None:
    server.files["model.safetensors"] += b"more"
    assert refusal(ID, "main", server.hub).code is FailureCode.CHECKPOINT_INVALID


@pytest.mark.parametrize("revision", ["main", COMMIT])
def test_a_file_that_the_hub_cannot_give_lets_nobody_past_the_checks(
    server: HubServer, revision: str
) -> None:
    server.files["model-2.safetensors"] = b""
    error = refusal(ID, revision, server.hub)
    assert error.code is FailureCode.CHECKPOINT_INVALID
    assert "416" in error.detail
    assert "model-2.safetensors" in error.detail


@pytest.mark.parametrize("status", [429, 503])
def test_a_hub_that_cannot_at_the_moment_is_as_good_as_none(server: HubServer, status: int) -> None:
    server.broken = status
    assert pin(ID, COMMIT, server.hub, trust_remote_code=False) == Pinned(COMMIT)
    error = refusal(ID, "main", server.hub)
    assert error.code is FailureCode.CHECKPOINT_UNPINNED
    assert f"The hub answered {status}" in error.detail


def test_model_or_branch_that_is_not_there(server: HubServer) -> None:
    assert refusal("acme/none", "main", server.hub).code is FailureCode.CHECKPOINT_MISSING
    assert refusal(ID, "none", server.hub).code is FailureCode.CHECKPOINT_MISSING
    # An id or a branch cannot lead to another address of the hub.
    assert refusal(ID, "../../x", server.hub).code is FailureCode.CHECKPOINT_MISSING


def test_without_a_hub_only_a_full_commit_is_taken() -> None:
    away = Hub("http://127.0.0.1:9", timeout_s=2)
    for hub in (None, away):
        assert pin(ID, COMMIT, hub, trust_remote_code=False) == Pinned(COMMIT)
        for revision in (None, "main", COMMIT[:12], COMMIT.upper()):
            error = refusal(ID, revision, hub)
            assert error.code is FailureCode.CHECKPOINT_UNPINNED
            assert error.detail


def test_only_forty_small_hex_digits_are_a_commit() -> None:
    assert is_commit(COMMIT)
    assert not any(map(is_commit, (None, "", "main", COMMIT + "0", COMMIT + "\n")))
