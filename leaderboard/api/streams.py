"""Server-sent events under a threaded server.

A stream occupies one of the web process's threads for as long as it lasts. So there are few at a time
(``EVENT_STREAMS`` of each process), each is short (``EVENT_STREAM_S``), and its reader comes back for more: that is what
``retry:`` and ``Last-Event-ID`` are for. Between two looks no database connection is held.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Generator
from dataclasses import dataclass
from threading import Lock
from time import monotonic, sleep
from typing import Any, Self

from django.conf import settings
from django.db import close_old_connections, connection
from django.http import StreamingHttpResponse
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions, status

CONTENT_TYPE = "text/event-stream"
LOOK_EVERY_S = 1.0
STILL_HERE_S = 5.0
"""How long a stream is silent at most. A reader that is gone is noticed when something is written."""
COME_BACK_S = 2
"""When a reader is to come back whose stream has ended, or who found none free."""


class StreamsFull(exceptions.APIException):
    """Every stream that this process may have open is."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_detail = _("Too many streams are open. Come back in a moment, or read the submission.")
    wait = COME_BACK_S


@dataclass(frozen=True, slots=True)
class Look:
    """What one look found to tell, in messages, and whether there will be no more."""

    messages: list[str]
    ended: bool


class _Places:
    """The streams that this process has open."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._taken = 0

    def take(self) -> None:
        with self._lock:
            if self._taken >= settings.EVENT_STREAMS:
                raise StreamsFull
            self._taken += 1

    def free(self) -> None:
        with self._lock:
            self._taken -= 1


_places = _Places()


class EventStream:
    """What ``look`` finds, as bytes, until it has ended or its time is up. Raises StreamsFull.

    A class and not a generator, because a generator that was never begun is closed without a word, and the place
    would stay taken.
    """

    def __init__(self, look: Callable[[], Look]) -> None:
        _places.take()
        self._open = True
        self._texts = _texts(look)

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> bytes:
        return next(self._texts).encode()

    def close(self) -> None:
        """End it. The server calls this, however the answer ended."""
        if self._open:
            self._open = False
            _places.free()
            self._texts.close()


def answer(look: Callable[[], Look]) -> StreamingHttpResponse:
    """Return the stream as an answer that nothing on the way keeps back or changes. Raises StreamsFull."""
    return StreamingHttpResponse(
        EventStream(look),
        content_type=CONTENT_TYPE,
        headers={"Cache-Control": "no-store, no-transform", "X-Accel-Buffering": "no"},
    )


def message(event: str, data: Any, number: int | None = None) -> str:
    """Return one event. With a number, a reader that comes back names it as the last one it has seen."""
    head = "" if number is None else f"id: {number}\n"
    # ASCII has every line break escaped, those too that only some readers take for one.
    return f"{head}event: {event}\ndata: {json.dumps(data)}\n\n"


def _texts(look: Callable[[], Look]) -> Generator[str]:
    yield f"retry: {1000 * COME_BACK_S}\n\n"
    ends = monotonic() + settings.EVENT_STREAM_S
    spoke = monotonic()
    while True:
        found = look()
        if not connection.in_atomic_block:
            close_old_connections()
        if found.messages:
            yield "".join(found.messages)
            spoke = monotonic()
        elif monotonic() - spoke >= STILL_HERE_S:
            yield ": still here\n\n"
            spoke = monotonic()
        if found.ended or monotonic() >= ends:
            return
        sleep(LOOK_EVERY_S)
