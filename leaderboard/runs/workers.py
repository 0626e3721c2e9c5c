"""The workers that are there, by their own word in Redis."""

from __future__ import annotations

import json
import logging

from evaluator.messages import WORKERS_PATTERN, WorkerPresence
from leaderboard.core.redis import RedisError, client

logger = logging.getLogger(__name__)


def workers() -> list[WorkerPresence] | None:
    """Return the workers that spoke within seconds, the longest there first; None while Redis is away."""
    try:
        keys = list(client().scan_iter(WORKERS_PATTERN, count=500))
        texts = client().mget(keys) if keys else []
    except RedisError as error:
        logger.warning("the workers are not known: %s", error)
        return None
    found = [worker for text in texts if (worker := _read(text))]
    return sorted(found, key=lambda worker: (worker.since, worker.name))


def _read(text: object) -> WorkerPresence | None:
    try:
        return WorkerPresence.from_json(json.loads(str(text)))
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
