"""What the child leaves on disk: JSON documents written whole, and responses appended as they arrive."""

from __future__ import annotations

import json
import logging
import os
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from evaluator.records import Response

log = logging.getLogger(__name__)


def write_text(path: Path, text: str) -> None:
    """Replace the file in one step: a reader sees the old text or the new one, also after a power cut."""
    temporary = path.with_name(path.name + ".tmp")
    with temporary.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    sync_folder(path.parent)


def write_json(path: Path, data: Any) -> None:
    """Write one JSON document with ``write_text``. Raises ValueError for NaN, which is no JSON."""
    write_text(path, json_line(data))


def json_line(data: Any) -> str:
    """Return the data as one line of JSON with its newline. Raises ValueError for NaN."""
    # Escaped, because a model may write half of a surrogate pair, which has no UTF-8 form.
    return json.dumps(data, allow_nan=False) + "\n"


def sync_folder(folder: Path) -> None:
    """Make renames inside the folder durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class ResponseLog:
    """`responses.jsonl`: one line per item, durable before ``append`` returns.

    A killed process can leave a torn last line and lines of failed requests; ``resume`` removes both, and the lines of
    what a frugal job did not ask, so that in the end each item has exactly one line.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()

    def resume(self) -> dict[str, Response]:
        """Return the answers that are already there by key, after removing every other line from the file."""
        if not self._path.exists():
            return {}
        lines = self._path.read_text(encoding="utf-8", errors="replace").split("\n")
        answered = {r.key: r for r in _parse(lines) if r.error is None and not r.skipped}
        self.replace(answered.values())
        return answered

    def replace(self, responses: Iterable[Response]) -> None:
        """Put these responses in place of the file's, in one step."""
        write_text(self._path, "".join(json_line(r.to_json()) for r in responses))

    def append(self, *responses: Response) -> None:
        """Add a line for each and wait until they are on disk. May be called from several threads."""
        lines = "".join(json_line(response.to_json()) for response in responses).encode()
        with self._lock, self._path.open("ab") as file:
            file.write(lines)
            file.flush()
            os.fsync(file.fileno())


def _parse(lines: Iterable[str]) -> Iterable[Response]:
    for number, line in enumerate(lines, start=1):
        if not line:
            continue
        try:
            yield Response.from_json(json.loads(line))
        except (ValueError, TypeError, AttributeError):
            log.warning("responses.jsonl line %d cannot be read; its item is asked again", number)
