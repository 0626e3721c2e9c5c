"""A block of code in which nobody may go to the network, and an attempt to is noticed."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NoReturn
from unittest.mock import patch

JUDGE_KEYS = ("OPENAI_API_KEY", "AZURE_API_KEY", "AZURE_OPENAI_API_KEY")
"""Where lmms-eval's tasks look for a judge's key. Without one, many of them score every answer 0 and say nothing."""


class NetworkUsed(BaseException):
    """Somebody tried to connect. No ``Exception``: code that asks a judge tends to catch those, wait and ask again."""


@dataclass
class Attempts:
    """How often somebody tried to connect, also where the refusal was swallowed."""

    count: int = 0

    def refuse(self, *_: Any, **__: Any) -> NoReturn:
        self.count += 1
        raise NetworkUsed


@contextmanager
def no_network() -> Iterator[Attempts]:
    """Refuse every connection and every look-up of a name in this process, with NetworkUsed."""
    attempts = Attempts()
    with (
        patch.object(socket.socket, "connect", attempts.refuse),
        patch.object(socket.socket, "connect_ex", attempts.refuse),
        patch.object(socket, "getaddrinfo", attempts.refuse),
    ):
        yield attempts
