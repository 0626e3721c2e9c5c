"""PostgreSQL advisory locks, held until the transaction ends."""

from __future__ import annotations

from enum import IntEnum

from django.db import connection


class LockSpace(IntEnum):
    """First key of a lock; the second is an id. Any 32-bit number that nobody else uses."""

    INGEST = 0x696E6773
    DATASET = 0x64617461
    BOARD = 0x62726473


def wait_for_lock(space: LockSpace, key: int) -> None:
    """Wait until no other transaction holds this lock, then hold it. Call it inside ``transaction.atomic``."""
    with connection.cursor() as cursor:
        # The lock's keys are 32-bit; two ids that meet after the modulo only wait for each other.
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [space.value, key % 2**31])
