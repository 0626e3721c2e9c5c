"""Take a reasoning model's thoughts out of its answer before anything is read out of it."""

from __future__ import annotations

Tags = tuple[tuple[str, str], ...]

REASONING_TAGS: Tags = (
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    ("◁think▷", "◁/think▷"),
)
"""Opening and closing marks as the models write them: DeepSeek-R1 and Qwen, Claude-style, Kimi-VL."""


def strip_reasoning(text: str, tags: Tags = REASONING_TAGS) -> str:
    """Return ``text`` without what stands between the marks of ``tags``.

    A closing mark without an opening one ends thoughts whose start lay in the prompt (chat templates do that):
    everything before it goes. An opening mark that is never closed begins thoughts that were cut off: everything
    after it goes, so a truncated thought never becomes an answer. The caller keeps the raw text.
    """
    for opening, closing in tags:
        if opening in text or closing in text:
            text = _without(text, opening, closing)
    return text


def reasoning_length(text: str, tags: Tags = REASONING_TAGS) -> int:
    """Return how many characters of ``text`` are reasoning, marks included."""
    return len(text) - len(strip_reasoning(text, tags))


def _without(text: str, opening: str, closing: str) -> str:
    kept: list[str] = []
    position = 0
    while (start := text.find(opening, position)) >= 0:
        kept.append(text[position:start])
        end = text.find(closing, start + len(opening))
        if end < 0:
            position = len(text)
            break
        position = end + len(closing)
    kept.append(text[position:])
    return "".join(kept).rpartition(closing)[2]
