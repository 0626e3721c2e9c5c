"""Asking an endpoint one question before it is submitted. A worker asks it, since only workers may reach endpoints.

The request goes to the workers through Redis with the key sealed, and the answer comes back there; both live for minutes.
Nothing of it is stored.
"""

from __future__ import annotations

import json
import logging
import uuid
from dataclasses import dataclass

from evaluator.messages import (
    ENDPOINT_TEST_TTL_S,
    ENDPOINT_TESTS_KEY,
    EndpointTest,
    EndpointTestResult,
    endpoint_test_key,
    endpoint_test_waiting_key,
)
from leaderboard.accounts.models import User
from leaderboard.core.redis import RedisError, client
from leaderboard.core.sealing import seal
from leaderboard.core.text import storable_json
from leaderboard.runs.submission import SubmissionRequest

logger = logging.getLogger(__name__)

MOST, PERIOD_S = 10, 600
"""Tests that a user may ask for in a period."""
PATIENCE_S = 60
"""A test that no worker has taken by then is not made any more."""
FIELDS = frozenset({"base_url", "served_name", "api_key"})
"""What a test needs of a submission."""


class TooManyTests(Exception):
    """The user has asked for as many tests as they may; ``retry_after_s`` says when there may be more."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(f"again in {retry_after_s} s")
        self.retry_after_s = retry_after_s


class TestUnavailable(Exception):
    """Redis is away: nothing can be asked, and nothing is known."""

    __test__ = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """Where a test stands. ``overdue``: no worker has taken it in time. ``result`` None: no answer yet."""

    result: EndpointTestResult | None
    overdue: bool


def begin(user: User, request: SubmissionRequest) -> uuid.UUID:
    """Have a worker ask the endpoint of a request; return the test's number. The worker checks the address again.

    Raises TooManyTests, TestUnavailable.
    """
    number = uuid.uuid4()
    test = EndpointTest(
        number=str(number),
        base_url=request.base_url.strip(),
        model=request.served_name.strip(),
        api_key_sealed=seal(request.api_key) if request.api_key else "",
    )
    try:
        _count(user)
        client().set(_owner_key(number), user.pk, ex=ENDPOINT_TEST_TTL_S)
        client().set(endpoint_test_waiting_key(test.number), 1, ex=PATIENCE_S)
        client().rpush(ENDPOINT_TESTS_KEY, json.dumps(test.to_json()))
        # Nobody waits longer for any of them.
        client().expire(ENDPOINT_TESTS_KEY, PATIENCE_S)
    except RedisError as error:
        logger.warning("an endpoint cannot be tested: %s", type(error).__name__)
        raise TestUnavailable from None
    return number


def outcome(user: User, number: uuid.UUID) -> Outcome | None:
    """Return where the user's test stands; None for one that they did not ask for, or long ago. Raises TestUnavailable."""
    keys = [
        _owner_key(number),
        endpoint_test_waiting_key(str(number)),
        endpoint_test_key(str(number)),
    ]
    try:
        owner, waiting, text = client().mget(keys)
    except RedisError:
        raise TestUnavailable from None
    if owner != str(user.pk):
        return None
    if text is None:
        return Outcome(None, overdue=waiting is None)
    # An endpoint may say half a surrogate pair, which no page can hold.
    result = EndpointTestResult.from_json(storable_json(json.loads(text)))
    return Outcome(result, overdue=False)


def _count(user: User) -> None:
    key = f"vlmlb:endpoint-tests-of:{user.pk}"
    # Begun with its end: a process that dies between the two calls locks nobody out.
    client().set(key, 0, ex=PERIOD_S, nx=True)
    used = int(client().incr(key))
    if used > MOST:
        raise TooManyTests(max(1, int(client().ttl(key))))


def _owner_key(number: uuid.UUID) -> str:
    return f"vlmlb:endpoint-test-owner:{number}"
