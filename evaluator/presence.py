"""A worker's word that it is there, every few seconds, whether it has work or not. Kept in Redis only, for seconds."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Sequence
from contextlib import suppress

from redis import Redis
from redis.exceptions import RedisError

from evaluator.messages import WORKER_EVERY_S, WORKER_TTL_S, WorkerPresence, worker_key
from evaluator.reporting import worker_name
from evaluator.serving.telemetry import hardware_facts


class Presence:
    """Says so in a thread of its own, between ``begin`` and ``end``. While Redis is away nothing is said."""

    def __init__(self, redis_url: str, every_s: float = WORKER_EVERY_S) -> None:
        self._redis_url = redis_url
        self._every_s = every_s
        self._end = threading.Event()
        self._thread: threading.Thread | None = None

    def begin(self, queues: Sequence[str], slots: int) -> None:
        """Begin to say that this worker takes work off these queues, ``slots`` evaluations at a time."""
        self._thread = threading.Thread(
            target=self._run, args=(tuple(queues), slots), name="presence", daemon=True
        )
        self._thread.start()

    def end(self) -> None:
        """Stop, and take the word back. Harmless when it was never begun."""
        self._end.set()
        if self._thread is not None:
            self._thread.join(timeout=WORKER_TTL_S)

    def _run(self, queues: tuple[str, ...], slots: int) -> None:
        since, host_class = time.time(), str(hardware_facts()["host_class"])
        key = worker_key(worker_name(), os.getpid())
        redis: Redis
        with Redis.from_url(self._redis_url, socket_timeout=5, socket_connect_timeout=5) as redis:
            while True:
                word = WorkerPresence(
                    name=worker_name(),
                    queues=queues,
                    slots=slots,
                    host_class=host_class,
                    since=since,
                    at=time.time(),
                )
                with suppress(RedisError):
                    redis.set(key, json.dumps(word.to_json()), ex=WORKER_TTL_S)
                if self._end.wait(self._every_s):
                    break
            with suppress(RedisError):
                redis.delete(key)
