"""Fewer requests in flight when the endpoint has too much to do, and more again when it answers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.harness.concurrency import AdaptiveLimit, Slot
from evaluator.records import Item, Response
from tests.harness.test_asking import PROMPT, with_asker
from tests.support.openai_server import OpenAIServer


def in_loop(work: Callable[[], Awaitable[None]]) -> None:
    async def go() -> None:
        await work()

    asyncio.run(go())


def test_it_is_cut_by_half_once_for_all_that_were_refused_together() -> None:
    limit = AdaptiveLimit(16)
    for _ in range(5):
        limit.refused(Slot(0))
    assert limit.now == 8
    limit.refused(Slot(1))
    assert limit.now == 4


def test_it_never_ends_at_less_than_one() -> None:
    limit = AdaptiveLimit(3)
    for epoch in range(10):
        limit.refused(Slot(epoch))
    assert limit.now == 1


@pytest.mark.parametrize("most", [1, 2, 8, 64])
def test_so_many_cuts_lead_to_one(most: int) -> None:
    limit = AdaptiveLimit(most)
    for epoch in range(limit.cuts_to_one):
        assert limit.now > 1
        limit.refused(Slot(epoch))
    assert limit.now == 1


def test_a_round_of_answers_adds_one() -> None:
    limit = AdaptiveLimit(16)
    limit.refused(Slot(0))
    for _ in range(9):
        limit.answered()
    assert limit.now == 9


@given(st.lists(st.booleans(), max_size=200), st.integers(1, 64))
def test_it_stays_between_one_and_the_most(story: list[bool], most: int) -> None:
    limit = AdaptiveLimit(most)
    epoch = 0
    for answered in story:
        if answered:
            limit.answered()
        else:
            limit.refused(Slot(epoch))
            epoch += 1
        assert 1 <= limit.now <= most


@given(st.lists(st.booleans(), min_size=1, max_size=30), st.integers(1, 6))
def test_no_more_are_in_flight_than_it_says_and_none_waits_for_ever(
    cancelled: list[bool], most: int
) -> None:
    async def work() -> None:
        limit, inside, done = AdaptiveLimit(most), 0, 0

        async def one() -> None:
            nonlocal inside, done
            async with limit.slot():
                inside += 1
                assert inside <= most
                try:
                    await asyncio.sleep(0)
                finally:
                    inside -= 1
            done += 1

        tasks = [asyncio.create_task(one()) for _ in cancelled]
        await asyncio.sleep(0)
        for task, cancel in zip(tasks, cancelled, strict=True):
            if cancel:
                task.cancel()
        ended = await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 10)
        assert not [e for e in ended if isinstance(e, AssertionError)]
        assert done >= cancelled.count(False)

    in_loop(work)


def test_every_question_is_answered_by_an_endpoint_with_room_for_two(server: OpenAIServer) -> None:
    server.room, server.delay_s = 2, 0.02

    async def all_of_them(asker, _) -> list[Response]:  # type: ignore[no-untyped-def]
        return await asyncio.gather(*(asker.ask(Item(str(i), i, {}), PROMPT) for i in range(40)))

    responses = with_asker(server, all_of_them, concurrency=16, max_retries=1)
    assert [response.error for response in responses] == [None] * 40
    assert any(response.retries for response in responses)
