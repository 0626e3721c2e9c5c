"""Answers are durable before anybody goes on, and those that come together are written together."""

from __future__ import annotations

import asyncio

import pytest

from evaluator.harness.journal import Journal
from evaluator.records import Response


def response(number: int) -> Response:
    return Response(str(number), number)


class Disk:
    """Takes a moment for each write; ``broken`` makes it fail."""

    def __init__(self, *, broken: bool = False) -> None:
        self.writes: list[list[str]] = []
        self.broken = broken

    async def write(self, responses: list[Response]) -> None:
        await asyncio.sleep(0.01)
        if self.broken:
            raise OSError("no space left")
        self.writes.append([r.key for r in responses])

    @property
    def written(self) -> list[str]:
        return [key for batch in self.writes for key in batch]


def test_it_returns_once_its_answer_is_written() -> None:
    async def go() -> None:
        disk = Disk()
        journal = Journal(disk.write)
        await journal.append(response(1))
        assert disk.written == ["1"]
        await journal.append(response(2))
        assert disk.written == ["1", "2"]

    asyncio.run(go())


def test_what_comes_during_a_write_shares_the_next() -> None:
    disk = Disk()

    async def go() -> None:
        journal = Journal(disk.write)
        await asyncio.gather(*(journal.append(response(number)) for number in range(50)))

    asyncio.run(go())
    assert sorted(disk.written, key=int) == [str(number) for number in range(50)]
    assert len(disk.writes) <= 2


def test_a_disk_that_fails_is_told_to_everybody_who_waits() -> None:
    async def go() -> list[BaseException | None]:
        journal = Journal(Disk(broken=True).write)
        appended = (journal.append(response(number)) for number in range(3))
        return await asyncio.gather(*appended, return_exceptions=True)

    assert [type(error) for error in asyncio.run(go())] == [OSError] * 3


def test_answers_of_those_who_were_cancelled_are_kept() -> None:
    disk = Disk()

    async def go() -> None:
        journal = Journal(disk.write)
        waiting = asyncio.create_task(journal.append(response(1)))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await journal.finish()

    asyncio.run(go())
    assert disk.written == ["1"]
