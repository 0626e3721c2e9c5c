"""The part of OpenAI's chat completions that a client of a vision-language model meets: pure, without a socket.

Usage counts words, since the baselines have no tokenizer; a picture counts as one.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from demo.server.answers import BASELINES


class ApiError(Exception):
    """An error as OpenAI's API reports it; ``status`` is the HTTP status."""

    def __init__(self, status: int, message: str, code: str | None = None) -> None:
        super().__init__(message)
        self.status, self.message, self.code = status, message, code

    def body(self) -> dict[str, Any]:
        kind = "invalid_request_error" if self.status < 500 else "server_error"
        return {"error": {"message": self.message, "type": kind, "param": None, "code": self.code}}


@dataclass(frozen=True)
class Request:
    """A checked request for one completion; ``question`` is the last user message's text."""

    model: str
    question: str
    words: int
    stream: bool
    with_usage: bool


def models() -> dict[str, Any]:
    """Return the answer to ``GET /v1/models``."""
    listed = [
        {"id": name, "object": "model", "created": 0, "owned_by": "baseline"} for name in BASELINES
    ]
    return {"object": "list", "data": listed}


def parse(body: Any) -> Request:
    """Check the JSON body of a completion request. Raises ApiError 400 or, for an unknown model, 404."""
    if not isinstance(body, dict):
        raise ApiError(400, "The request must be a JSON object.")
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        raise ApiError(400, "'messages' must be a list with at least one message.")
    if body.get("n", 1) != 1:
        raise ApiError(400, "Only 'n': 1 is supported.")
    model = body.get("model")
    if not isinstance(model, str) or model not in BASELINES:
        raise ApiError(404, f"The model {model!r} does not exist.", "model_not_found")
    contents = [_content(message) for message in messages]
    asked = [text for (role, text, _) in contents if role == "user"]
    if not asked:
        raise ApiError(400, "'messages' has no message of the role 'user'.")
    options = body.get("stream_options") or {}
    return Request(
        model=model,
        question=asked[-1],
        words=sum(len(text.split()) + pictures for _, text, pictures in contents),
        stream=bool(body.get("stream")),
        with_usage=isinstance(options, dict) and bool(options.get("include_usage")),
    )


def _content(message: Any) -> tuple[str, str, int]:
    """Return a message's role, its text and its number of pictures. Raises ApiError 400 for any other form."""
    if not isinstance(message, dict) or not isinstance(message.get("role"), str):
        raise ApiError(400, "Every message needs a 'role'.")
    content = message.get("content")
    if isinstance(content, str):
        return message["role"], content, 0
    if not isinstance(content, list) or not all(isinstance(part, dict) for part in content):
        raise ApiError(400, "'content' must be a text or a list of parts.")
    kinds = [part.get("type") for part in content]
    if unknown := set(kinds) - {"text", "image_url"}:
        raise ApiError(400, f"Unknown content part: {sorted(map(str, unknown))[0]}.")
    text = "\n".join(str(part.get("text", "")) for part in content if part["type"] == "text")
    return message["role"], text, kinds.count("image_url")


def complete(request: Request) -> dict[str, Any]:
    """Return the whole completion."""
    text = BASELINES[request.model](request.question)
    message = {"role": "assistant", "content": text}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
    head = _head(request, "chat.completion")
    return {**head, "choices": [choice], "usage": _usage(request, text)}


def stream(request: Request) -> Iterator[dict[str, Any]]:
    """Yield the completion's chunks: role, text, reason of the end and, when asked for, usage without choices."""
    text = BASELINES[request.model](request.question)
    head = _head(request, "chat.completion.chunk")
    steps: list[tuple[dict[str, str], str | None]] = [
        ({"role": "assistant", "content": ""}, None),
        ({"content": text}, None),
        ({}, "stop"),
    ]
    blank = {"usage": None} if request.with_usage else {}
    for delta, reason in steps:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}
        yield {**head, "choices": [choice], **blank}
    if request.with_usage:
        yield {**head, "choices": [], "usage": _usage(request, text)}


def _head(request: Request, kind: str) -> dict[str, Any]:
    return {
        "id": f"chatcmpl-{uuid.uuid4().hex}",
        "object": kind,
        "created": int(time.time()),
        "model": request.model,
    }


def _usage(request: Request, text: str) -> dict[str, int]:
    answered = len(text.split())
    return {
        "prompt_tokens": request.words,
        "completion_tokens": answered,
        "total_tokens": request.words + answered,
    }
