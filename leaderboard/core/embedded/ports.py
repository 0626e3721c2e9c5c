"""Free TCP ports on the loopback interface."""

from __future__ import annotations

import random
import socket

LOOPBACK = "127.0.0.1"

_LOWEST, _HIGHEST = 20_000, 32_700
"""Below the range that Linux (32768-60999) and macOS (49152-65535) give to outgoing connections: nothing takes the
port of a server by chance while the server restarts."""


def is_free(port: int, host: str = LOOPBACK) -> bool:
    """Say whether a server could listen on ``port`` now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def random_free_port() -> int:
    """Return a random port that is free now; OSError if a thousand tries found none."""
    for _ in range(1000):
        port = random.randint(_LOWEST, _HIGHEST)  # noqa: S311 - a port is no secret
        if is_free(port):
            return port
    raise OSError(f"no free TCP port between {_LOWEST} and {_HIGHEST} on {LOOPBACK}")


def next_free_port(wanted: int, host: str = LOOPBACK, tries: int = 50) -> int:
    """Return ``wanted`` or the first free port after it; OSError if there is none within ``tries``."""
    for port in range(wanted, min(wanted + tries, 65_536)):
        if is_free(port, host):
            return port
    raise OSError(f"no free TCP port from {wanted} on, {tries} tried")


def accepts_connections(port: int, host: str = LOOPBACK) -> bool:
    """Say whether somebody listens on ``port``."""
    try:
        with socket.create_connection((host, port), timeout=1):
            return True
    except OSError:
        return False
