"""Load on a served model: a closed loop at rising concurrency, on fixed pictures and prompts.

Closed: each of ``n`` streams asks its next question when its last one is answered, so the load adapts to the model and
the figures at different ``n`` show how it scales. The questions are numbered and the same for every model; no two
requests of a probe share a picture, so that no cache of prompts or pictures can answer for the model.
"""

from __future__ import annotations

import asyncio
import base64
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from time import perf_counter
from typing import Any

import httpx
import numpy as np
from PIL import Image

from evaluator.addresses import check_address, pinned_client
from evaluator.harness.chat import ChatClient, Messages, encoded
from evaluator.harness.failures import RequestFailed
from evaluator.serving.cancelling import unless_cancelled
from evaluator.serving.probe_plan import ProbePlan
from evaluator.serving.probe_report import Asked, Level, level_of

_CELLS = 14
_SEED = 20240118


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeReport:
    """What the probe found; ``stopped`` says why levels are missing (empty: none is)."""

    plan: ProbePlan
    levels: tuple[Level, ...]
    stopped: str = ""

    def to_json(self) -> dict[str, Any]:
        return {
            "plan": self.plan.to_json(),
            "levels": [level.to_json() for level in self.levels],
            "stopped": self.stopped,
        }


def probe(
    base_url: str,
    model: str,
    api_key: str | None,
    plan: ProbePlan,
    *,
    allowed_networks: Sequence[str] = (),
    cancelled: Callable[[], bool] = lambda: False,
    on_level: Callable[[Level], None] = lambda _: None,
) -> ProbeReport:
    """Measure ``model`` at every level of the plan; ``on_level`` gets each one's figures as it ends.

    Failed requests are counted, not retried. Raises EvaluationError for an address that is not allowed, and
    EvaluationCancelled shortly after ``cancelled()`` says so.
    """
    address = check_address(base_url, allowed_networks)

    async def measure() -> ProbeReport:
        async with pinned_client(
            address,
            timeout_s=plan.request_timeout_s,
            max_connections=max(plan.levels, default=1),
        ) as http:
            client = ChatClient(
                http,
                url=address.url,
                model=model,
                api_key=api_key,
                temperature=0.0,
                seed=0,
                timeout_s=plan.request_timeout_s,
                extra=plan.extra(),
            )
            return await _levels(client, plan, on_level)

    return asyncio.run(unless_cancelled(cancelled, measure()))


async def _levels(
    client: ChatClient, plan: ProbePlan, on_level: Callable[[Level], None]
) -> ProbeReport:
    numbers = count(plan.first_question)
    levels: list[Level] = []
    for concurrency in plan.levels:
        level = level_of(
            concurrency, await _level(client, plan, concurrency, numbers), plan.targets
        )
        levels.append(level)
        on_level(level)
        if level.error_rate > plan.max_error_share:
            stopped = f"{level.error_rate:.0%} of the requests failed at {concurrency} streams"
            return ProbeReport(plan=plan, levels=tuple(levels), stopped=stopped)
    return ProbeReport(plan=plan, levels=tuple(levels))


async def _level(
    client: ChatClient, plan: ProbePlan, concurrency: int, numbers: Iterator[int]
) -> list[Asked]:
    """Return the measured requests of one level."""
    await _streams(client, plan, concurrency, numbers, plan.warmup_per_stream * concurrency)
    return await _streams(client, plan, concurrency, numbers, plan.requests_at(concurrency))


async def _streams(
    client: ChatClient, plan: ProbePlan, concurrency: int, numbers: Iterator[int], requests: int
) -> list[Asked]:
    asked: list[Asked] = []
    left = iter(range(requests))
    until = perf_counter() + plan.level_s

    async def stream() -> None:
        for _ in left:
            # Drawn before the clock starts: encoding a picture is no part of serving.
            messages = await asyncio.to_thread(lambda n: encoded(question(n, plan)), next(numbers))
            if perf_counter() > until and len(asked) > 0:
                return
            asked.append(await _ask(client, messages, plan.max_tokens))

    async with asyncio.TaskGroup() as group:
        for _ in range(min(concurrency, requests)):
            group.create_task(stream())
    return asked


async def _ask(client: ChatClient, messages: bytes, max_tokens: int) -> Asked:
    started = perf_counter()
    try:
        answer = await client.ask(messages, max_tokens)
    except (RequestFailed, httpx.HTTPError):
        return Asked(started_s=started, ended_s=perf_counter(), answer=None)
    return Asked(started_s=started, ended_s=perf_counter(), answer=answer)


def question(number: int, plan: ProbePlan) -> Messages:
    """Return the probe's question ``number``: its own picture (coloured squares, as PNG) and the prompt."""
    cells = np.random.default_rng((_SEED, number)).integers(0, 256, (_CELLS, _CELLS, 3), np.uint8)
    size = (plan.picture_px, plan.picture_px)
    picture = Image.fromarray(cells).resize(size, Image.Resampling.NEAREST)
    file = io.BytesIO()
    picture.save(file, "PNG")
    url = f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"
    return [
        {
            "role": "user",
            "content": [
                {"type": "image_url", "image_url": {"url": url}},
                {"type": "text", "text": plan.prompt()},
            ],
        }
    ]
