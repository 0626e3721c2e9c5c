"""Stopping what is awaited when somebody cancels."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from evaluator.errors import EvaluationCancelled

CANCEL_POLL_S = 0.5

T = TypeVar("T")


async def unless_cancelled(cancelled: Callable[[], bool], work: Coroutine[Any, Any, T]) -> T:
    """Return what ``work`` returns, or stop it and raise EvaluationCancelled within about CANCEL_POLL_S."""
    task = asyncio.create_task(work)
    while not task.done():
        await asyncio.wait({task}, timeout=CANCEL_POLL_S)
        if not task.done() and cancelled():
            task.cancel()
            raise EvaluationCancelled
    return await task
