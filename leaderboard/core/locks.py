"""PostgreSQL advisory locks. They end with their transaction or session, so a killed process holds none.

They need a connection of one's own for their duration: no pooler in transaction mode between the site and PostgreSQL.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import IntEnum

from django.db import InterfaceError, OperationalError, connection


class LockSpace(IntEnum):
    """First key of a lock; the second is an id. Any 32-bit number that nobody else uses."""

    INGEST = 0x696E6773
    DATASET = 0x64617461
    BOARD = 0x62726473
    IDEMPOTENCY = 0x6964656D


def wait_for_lock(space: LockSpace, key: int) -> None:
    """Wait until nobody else holds this lock, then hold it until the running transaction ends."""
    _ask("SELECT pg_advisory_xact_lock(%s, %s)", space, key)


def is_held_elsewhere(space: LockSpace, key: int) -> bool:
    """Whether another session holds this lock. If not, it is held until the running transaction ends."""
    return not _ask("SELECT pg_try_advisory_xact_lock(%s, %s)", space, key)


@contextmanager
def lock_if_free(space: LockSpace, key: int) -> Iterator[bool]:
    """Hold this lock for the block, over transactions, and yield True; yield False when another session holds it."""
    taken = bool(_ask("SELECT pg_try_advisory_lock(%s, %s)", space, key))
    try:
        yield taken
    finally:
        if taken:
            # A connection that broke has lost the lock already.
            with suppress(OperationalError, InterfaceError):
                _ask("SELECT pg_advisory_unlock(%s, %s)", space, key)


def _ask(statement: str, space: LockSpace, key: int) -> object:
    with connection.cursor() as cursor:
        # The lock's keys are 32-bit; two ids that meet after the modulo only wait for each other.
        cursor.execute(statement, [space.value, key % 2**31])
        row = cursor.fetchone()
        return None if row is None else row[0]
