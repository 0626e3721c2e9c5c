"""Asking endpoints one question before they are submitted, beside the evaluations: whoever tries one waits for seconds,
and an evaluation takes hours."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Sequence
from contextlib import suppress

from redis import Redis
from redis.exceptions import RedisError

from evaluator.messages import (
    ENDPOINT_TEST_TAKEN_S,
    ENDPOINT_TEST_TTL_S,
    ENDPOINT_TESTS_KEY,
    EndpointTest,
    endpoint_test_key,
    endpoint_test_waiting_key,
)
from evaluator.serving.endpoint_test import ask

log = logging.getLogger(__name__)

AT_ONCE = 4
"""So that one endpoint that hangs keeps nobody else waiting."""
LOOK_EVERY_S = 1.0


class Reception:
    """Takes tests off their list and leaves what was found in Redis, in threads of its own between ``begin`` and ``end``.

    A test is made at most once, and not after the site has given it up. While Redis is away nothing is taken.
    """

    def __init__(
        self,
        redis_url: str,
        private_key: str,
        allowed_networks: Sequence[str],
        *,
        at_once: int = AT_ONCE,
    ) -> None:
        self._redis_url = redis_url
        self._private_key = private_key
        self._allowed_networks = tuple(allowed_networks)
        self._at_once = at_once
        self._end = threading.Event()

    def begin(self) -> None:
        """Begin to take tests. The threads do not keep the process alive."""
        for number in range(self._at_once):
            threading.Thread(target=self._run, name=f"reception {number}", daemon=True).start()

    def end(self) -> None:
        """Take no more; what is under way may be cut off. Harmless when it was never begun."""
        self._end.set()

    def _run(self) -> None:
        redis: Redis
        with Redis.from_url(self._redis_url, socket_timeout=10, socket_connect_timeout=5) as redis:
            while not self._end.is_set():
                try:
                    found = redis.blpop([ENDPOINT_TESTS_KEY], timeout=LOOK_EVERY_S)
                except RedisError:
                    self._end.wait(LOOK_EVERY_S)
                    continue
                if found is not None:
                    self._answer(redis, found[1])

    def _answer(self, redis: Redis, text: str | bytes) -> None:
        try:
            test = EndpointTest.from_json(json.loads(text))
        except (ValueError, TypeError, RecursionError):
            log.error("what is no test of an endpoint is left out")
            return
        with suppress(RedisError):  # whoever waits is told that nobody answered
            # Only a key that is still there is kept for longer.
            if not redis.expire(endpoint_test_waiting_key(test.number), ENDPOINT_TEST_TAKEN_S):
                return
            result = ask(test, self._private_key, allowed_networks=self._allowed_networks)
            told = json.dumps(result.to_json())
            redis.set(endpoint_test_key(test.number), told, ex=ENDPOINT_TEST_TTL_S)
