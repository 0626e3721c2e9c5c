"""Asking one question until it is answered or hopeless: retries, waiting, and the record of it."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass
from itertools import count

from evaluator.errors import FailureCode
from evaluator.harness.chat import Answer, ChatClient
from evaluator.harness.concurrency import AdaptiveLimit
from evaluator.harness.failures import CircuitBreaker, RequestFailed
from evaluator.records import Item, Response

FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 30.0
LONGEST_RETRY_AFTER_S = 300.0


@dataclass(frozen=True, slots=True)
class Prompt:
    """What is sent for one item: its messages, encoded. ``sha256`` is of their text."""

    messages: bytes
    sha256: str
    max_tokens: int


class Pause:
    """Holds every request back while the endpoint asked for patience (Retry-After)."""

    def __init__(self) -> None:
        self._until = 0.0

    def for_seconds(self, seconds: float) -> None:
        self._until = max(self._until, asyncio.get_running_loop().time() + seconds)

    async def over(self) -> None:
        while (left := self._until - asyncio.get_running_loop().time()) > 0:
            await asyncio.sleep(left)


class Asker:
    """Turns an item and its prompt into a Response, failed or not. Shared by all requests of a run.

    A request that is refused because the endpoint has too much to do is retried up to ``limit.cuts_to_one`` times more
    than ``max_retries``, since with each cut it has a better chance.
    """

    def __init__(
        self,
        client: ChatClient,
        breaker: CircuitBreaker,
        limit: AdaptiveLimit,
        *,
        max_retries: int,
    ) -> None:
        self._client = client
        self._breaker = breaker
        self._limit = limit
        self._max_retries = max_retries
        self._pause = Pause()

    async def ask(self, item: Item, prompt: Prompt) -> Response:
        """Return the response; ``error`` is set when every attempt failed.

        Raises EvaluationError when the circuit breaker finds that going on is pointless.
        """
        for attempt in count():
            try:
                answer = await self._attempt(prompt)
            except RequestFailed as failure:
                if failure.code is FailureCode.ENDPOINT_TIMEOUT:
                    self._breaker.timed_out(failure)
                wait = waiting_time(failure, attempt)
                if wait is None or attempt >= self._retries_after(failure):
                    self._breaker.failed(failure)
                    return _failed(item, prompt, failure, attempt)
                if failure.retry_after:
                    self._pause.for_seconds(wait)
                else:
                    await asyncio.sleep(wait)
            else:
                self._breaker.succeeded()
                return _answered(item, prompt, answer, attempt)
        raise AssertionError("unreachable")

    async def _attempt(self, prompt: Prompt) -> Answer:
        async with self._limit.slot() as slot:
            await self._pause.over()
            try:
                answer = await self._client.ask(prompt.messages, prompt.max_tokens)
            except RequestFailed as failure:
                if failure.overloaded:
                    self._limit.refused(slot)
                raise
            self._limit.answered()
            return answer

    def _retries_after(self, failure: RequestFailed) -> int:
        return self._max_retries + (self._limit.cuts_to_one if failure.overloaded else 0)


def waiting_time(failure: RequestFailed, attempt: int) -> float | None:
    """Return the seconds to wait before the next attempt, or None when there should be none.

    What the endpoint says is kept exactly, up to LONGEST_RETRY_AFTER_S. Otherwise the wait doubles with each
    attempt and is jittered by half, so that requests that failed together do not come back together. A timeout was a long
    wait already.
    """
    if not failure.retryable:
        return None
    if failure.retry_after is not None:
        return failure.retry_after if failure.retry_after <= LONGEST_RETRY_AFTER_S else None
    if failure.code is FailureCode.ENDPOINT_TIMEOUT:
        attempt = 0
    wait: float = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2**attempt)
    return wait * random.uniform(0.5, 1.0)  # noqa: S311 - jitter needs no secrecy


def _answered(item: Item, prompt: Prompt, answer: Answer, retries: int) -> Response:
    return Response(
        key=item.key,
        position=item.position,
        text=answer.text,
        finish_reason=answer.finish_reason,
        ttft_ms=_rounded(answer.ttft_ms),
        latency_ms=_rounded(answer.latency_ms),
        prompt_tokens=answer.prompt_tokens,
        completion_tokens=answer.completion_tokens,
        retries=retries,
        started_at=answer.started_at,
        prompt_sha256=prompt.sha256,
    )


def _failed(item: Item, prompt: Prompt, failure: RequestFailed, retries: int) -> Response:
    return Response(
        key=item.key,
        position=item.position,
        error=f"{failure.code.value}: {failure.detail}",
        retries=retries,
        prompt_sha256=prompt.sha256,
    )


def _rounded(milliseconds: float | None) -> float | None:
    return None if milliseconds is None else round(milliseconds, 3)
