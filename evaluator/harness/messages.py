"""What of lmms-eval's messages the model sees: the pictures, grey ones in their place, or the text alone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from evaluator.errors import EvaluationError, FailureCode
from evaluator.harness.chat import Messages
from evaluator.spec import Pictures

GREY = (128, 128, 128)


def with_pictures(messages: Sequence[dict[str, Any]], pictures: Pictures) -> list[dict[str, Any]]:
    """Return lmms-eval's messages (their parts are ``text``, ``image``, ...) with every picture as ``pictures`` says.

    ``none`` leaves out all that is not text; ``grey`` puts a grey picture of the same size in place of each. The text
    is the same in all three. Raises EvaluationError(HARNESS_FAILED) for a video or a sound that is to be grey.
    """
    if pictures == "shown":
        return list(messages)
    return [
        message | {"content": [p for part in message["content"] for p in _seen(part, pictures)]}
        for message in messages
    ]


def _seen(part: dict[str, Any], pictures: Pictures) -> list[dict[str, Any]]:
    if part["type"] == "text":
        return [part]
    if pictures == "none":
        return []
    if part["type"] != "image":
        raise EvaluationError(
            FailureCode.HARNESS_FAILED, f"a part of type {part['type']} has no grey stand-in"
        )
    return [part | {"url": Image.new("RGB", _size(part["url"]), GREY)}]


def _size(picture: Image.Image | str | Path) -> tuple[int, int]:
    if isinstance(picture, Image.Image):
        return picture.size
    with Image.open(picture) as opened:
        return opened.size


def plain_where_text(messages: Messages) -> Messages:
    """Return OpenAI messages in which one that is text alone is a string: models without eyes take no list."""
    return [
        message | {"content": _joined(message["content"])}
        if all(part["type"] == "text" for part in message["content"])
        else message
        for message in messages
    ]


def message_text(messages: Messages) -> str:
    """Return the text of all messages, one part a line, without the pictures."""
    return "\n".join(
        content if isinstance(content, str) else _joined(content)
        for content in (message["content"] for message in messages)
    )


def _joined(parts: Sequence[dict[str, Any]]) -> str:
    return "\n".join(part["text"] for part in parts if part["type"] == "text")
