"""The site's Redis client: live progress, cancel marks. Nothing that must last is kept there."""

from __future__ import annotations

from functools import lru_cache

from django.conf import settings
from redis import Redis, RedisError

__all__ = ["RedisError", "client"]

TIMEOUT_S = 2.0
"""A page must not wait longer for figures that are only live."""


def client() -> Redis:
    """Return the client for ``settings.REDIS_URL``; it answers text. Connects when first used.

    Every failure is a RedisError.
    """
    return _connected(settings.REDIS_URL)


@lru_cache(maxsize=2)
def _connected(url: str) -> Redis:
    return Redis.from_url(
        url,
        decode_responses=True,
        socket_timeout=TIMEOUT_S,
        socket_connect_timeout=TIMEOUT_S,
    )
