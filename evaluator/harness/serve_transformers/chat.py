"""From the JSON of a chat request to what the model needs. No torch here."""

from __future__ import annotations

import base64
import binascii
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from PIL import Image

MAX_IMAGES = 32
MAX_PIXELS = 50_000_000

# Parameters that change the answer and that this server does not have, with the values that ask for nothing.
_UNSUPPORTED: Mapping[str, tuple[Any, ...]] = {
    "n": (None, 1),
    "tools": (None, []),
    "functions": (None, []),
    "logprobs": (None, False),
    "logit_bias": (None, {}),
    "frequency_penalty": (None, 0, 0.0),
    "presence_penalty": (None, 0, 0.0),
    "response_format": (None, {"type": "text"}),
}


class RequestError(Exception):
    """A request that cannot be answered: HTTP status, OpenAI's ``code``, a message for people."""

    def __init__(self, message: str, *, status: int = 400, code: str = "invalid_request") -> None:
        super().__init__(message)
        self.status = status
        self.code = code


@dataclass(frozen=True, slots=True, eq=False)
class ChatRequest:
    """One request, validated. ``messages`` is in the processor's form, pictures decoded to RGB.

    ``max_tokens`` None means the checkpoint's own default. Temperature 0 is greedy.
    """

    messages: list[dict[str, Any]]
    images: int
    max_tokens: int | None
    temperature: float
    top_p: float
    seed: int | None
    stop: tuple[str, ...]
    stream: bool
    include_usage: bool

    @property
    def greedy(self) -> bool:
        return self.temperature == 0


def read_request(body: Any, served_name: str) -> ChatRequest:
    """Return the request in a parsed JSON body. Raises RequestError (400, or 404 for another model)."""
    if not isinstance(body, dict):
        raise RequestError("the body must be a JSON object")
    model = body.get("model")
    if model != served_name:
        raise RequestError(
            f"The model {model!r} does not exist; this server has {served_name!r}.",
            status=404,
            code="model_not_found",
        )
    for name, neutral in _UNSUPPORTED.items():
        if body.get(name) not in neutral:
            raise RequestError(f"{name} is not supported by this server")
    messages = _messages(body.get("messages"))
    options = body.get("stream_options") or {}
    return ChatRequest(
        messages=messages,
        images=sum(part["type"] == "image" for m in messages for part in m["content"]),
        max_tokens=_max_tokens(body),
        temperature=_number(body, "temperature", default=1.0, low=0.0, high=2.0),
        top_p=_number(body, "top_p", default=1.0, low=0.0, high=1.0),
        seed=_whole(body, "seed", low=0),
        stop=_stop(body.get("stop")),
        stream=bool(body.get("stream")),
        include_usage=isinstance(options, dict) and bool(options.get("include_usage")),
    )


def _messages(value: Any) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not value:
        raise RequestError("messages must be a non-empty list")
    found = [_message(message) for message in value]
    if sum(part["type"] == "image" for m in found for part in m["content"]) > MAX_IMAGES:
        raise RequestError(f"more than {MAX_IMAGES} pictures in one request")
    return found


def _message(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict) or value.get("role") not in ("system", "user", "assistant"):
        raise RequestError("each message needs a role: system, user or assistant")
    content = value.get("content")
    if isinstance(content, str):
        content = [{"type": "text", "text": content}]
    if not isinstance(content, list):
        raise RequestError("a message's content must be a string or a list of parts")
    return {"role": value["role"], "content": [_part(part) for part in content]}


def _part(part: Any) -> dict[str, Any]:
    kind = part.get("type") if isinstance(part, dict) else None
    if kind == "text" and isinstance(part.get("text"), str):
        return {"type": "text", "text": part["text"]}
    if kind == "image_url":
        link = part.get("image_url")
        url = link.get("url") if isinstance(link, dict) else link
        return {"type": "image", "image": decode_image(url)}
    raise RequestError("a content part must be of type text or image_url")


def decode_image(url: Any) -> Image.Image:
    """Return the picture of a base64 ``data:`` URL, in RGB. Raises RequestError for anything else.

    Nothing is ever fetched: a server on a worker that opened URLs would be a way into the worker's network.
    """
    head, _, data = url.partition(",") if isinstance(url, str) else ("", "", "")
    if not head.startswith("data:image/") or not head.endswith(";base64"):
        raise RequestError("a picture must be a base64 data: URL; nothing is fetched")
    try:
        image = Image.open(io.BytesIO(base64.b64decode(data, validate=True)))
        if image.width * image.height > MAX_PIXELS:
            raise RequestError(f"a picture has more than {MAX_PIXELS} pixels")
        return image.convert("RGB")
    except (
        binascii.Error,
        OSError,
        ValueError,
        SyntaxError,
        Image.DecompressionBombError,
    ) as error:
        raise RequestError("a picture cannot be decoded") from error


def _max_tokens(body: Mapping[str, Any]) -> int | None:
    name = (
        "max_completion_tokens" if body.get("max_completion_tokens") is not None else "max_tokens"
    )
    return _whole(body, name, low=1)


def _whole(body: Mapping[str, Any], name: str, *, low: int) -> int | None:
    value = body.get(name)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or value < low:
        raise RequestError(f"{name} must be a whole number of at least {low}")
    return value


def _number(
    body: Mapping[str, Any], name: str, *, default: float, low: float, high: float
) -> float:
    value = body.get(name)
    if value is None:
        return default
    if not isinstance(value, int | float) or isinstance(value, bool) or not low <= value <= high:
        raise RequestError(f"{name} must be a number from {low} to {high}")
    return float(value)


def _stop(value: Any) -> tuple[str, ...]:
    texts: Sequence[Any] = [value] if isinstance(value, str) else value or []
    if (
        not isinstance(texts, list)
        or len(texts) > 4
        or not all(t and isinstance(t, str) for t in texts)
    ):
        raise RequestError("stop must be a string or a list of up to four strings")
    return tuple(texts)
