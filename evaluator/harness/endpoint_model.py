"""Our chat model for lmms-eval: lmms-eval builds the requests, this asks an endpoint and records every answer.

lmms-eval's own OpenAI models are not used because they do not stream (no time to the first token), turn failures
into answer texts, encode pictures on the event loop and keep nothing of a run that is killed.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
import re
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from time import monotonic
from typing import Any, TypeVar

from lmms_eval.api.model import lmms

from evaluator.addresses import CheckedAddress, pinned_client
from evaluator.benchmarks import Benchmark
from evaluator.errors import EvaluationError, FailureCode
from evaluator.harness.asking import Asker, Prompt
from evaluator.harness.chat import ChatClient, encoded
from evaluator.harness.concurrency import AdaptiveLimit
from evaluator.harness.failures import CircuitBreaker
from evaluator.harness.frugal import chains, not_asked, settles
from evaluator.harness.job import Job
from evaluator.harness.journal import Journal
from evaluator.harness.messages import message_text, plain_where_text, with_pictures
from evaluator.harness.pictures import Chat, decoded_once
from evaluator.harness.store import ResponseLog
from evaluator.records import Item, Response

MODEL_ID = "vlm_leaderboard_endpoint"
LOG_EVERY_S = 10.0
BYTES_PER_TOKEN = 2_000
"""More than any server sends per streamed token, so that only a runaway body meets the limit."""

log = logging.getLogger(__name__)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Request:
    """lmms-eval's request, unpacked. ``text`` is its context: the prompt as the task wrote it."""

    text: str
    to_messages: Callable[[Any], list[dict[str, Any]]]
    generation: dict[str, Any]
    doc_id: int
    task: str
    split: str


class EndpointModel(lmms):  # type: ignore[misc]
    """Asks for each of lmms-eval's requests the endpoint of the job, ``generation.concurrency`` at a time.

    ``responses`` holds, after ``generate_until``, every item's response by position, those that ``answered`` by an
    earlier attempt and those that a frugal job left out included. The texts that lmms-eval gets back are empty for
    failed requests; nobody scores them.
    """

    is_simple = False

    def __init__(
        self,
        *,
        job: Job,
        address: CheckedAddress,
        benchmark: Benchmark,
        items: Sequence[Item],
        answered: dict[str, Response],
        response_log: ResponseLog,
    ) -> None:
        super().__init__()
        self._job = job
        self._address = address
        self._benchmark = benchmark
        self._items = items
        self._log = response_log
        self._answered = answered
        self.responses: dict[int, Response] = {}
        self.resumed = 0
        self.adaptations: list[str] = []

    def generate_until(self, requests: list[Any]) -> list[str]:
        """Answer every request, in their order. Raises EvaluationError when the endpoint is not worth asking."""
        wanted = {request.doc_id: request for request in map(_unpack, requests)}
        asked = [self._items[position] for position in wanted]
        self.resumed = sum(item.key in self._answered for item in asked)
        log.info("%d questions, %d answered earlier", len(asked), self.resumed)
        waiting = [
            [wanted[item.position] for item in chain]
            for chain in chains(self._benchmark, asked, frugal=self._job.frugal)
        ]
        asyncio.run(self._ask_all(waiting))
        return [self.responses[position].text for position in wanted]

    def generate_until_multi_round(self, requests: list[Any]) -> list[str]:
        raise NotImplementedError("benchmarks of several rounds are not supported")

    def loglikelihood(self, requests: list[Any]) -> list[tuple[float, bool]]:
        raise NotImplementedError("an OpenAI-compatible endpoint tells no likelihoods")

    def clean(self) -> None:
        """Free nothing: there is no model in this process (the inherited search for one takes a second)."""

    async def _ask_all(self, waiting: Sequence[Sequence[_Request]]) -> None:
        generation = self._job.generation
        longest = max((self._max_tokens(r) for chain in waiting for r in chain), default=0)
        async with pinned_client(
            self._address,
            timeout_s=generation.request_timeout_s,
            max_body_bytes=1_000_000 + BYTES_PER_TOKEN * longest,
            max_connections=generation.concurrency,
        ) as http:
            client = ChatClient(
                http,
                url=self._address.url,
                model=self._job.model,
                api_key=self._job.api_key,
                temperature=generation.temperature,
                seed=generation.seed,
                timeout_s=generation.request_timeout_s,
            )
            breaker = CircuitBreaker(
                concurrency=generation.concurrency, answered_before=bool(self._answered)
            )
            limit = AdaptiveLimit(generation.concurrency)
            asker = Asker(client, breaker, limit, max_retries=generation.max_retries)
            await self._work(asker, waiting)
            breaker.finish()
            self.adaptations = client.adaptations

    async def _work(self, asker: Asker, waiting: Sequence[Sequence[_Request]]) -> None:
        """Share the chains among workers. The first failure ends them all and is raised.

        Twice as many as requests may be in flight: while half of them ask, the others have their next prompt ready.
        """
        queue = iter(waiting)
        report = _Progress(sum(map(len, waiting)) - self.resumed)
        with ThreadPoolExecutor(max_workers=min(4, os.cpu_count() or 1)) as pool:
            desk = _Desk(asker, pool, report, Journal(lambda new: self._keep(pool, new)))
            try:
                async with asyncio.TaskGroup() as group:
                    for _ in range(min(2 * self._job.generation.concurrency, len(waiting))):
                        group.create_task(self._worker(desk, queue))
            except BaseExceptionGroup as errors:
                raise _first(errors) from None
            finally:
                await desk.journal.finish()

    async def _keep(self, pool: ThreadPoolExecutor, responses: list[Response]) -> None:
        await asyncio.get_running_loop().run_in_executor(pool, self._log.append, *responses)

    async def _worker(self, desk: _Desk, queue: Iterator[Sequence[_Request]]) -> None:
        for chain in queue:
            settled = False
            for request in chain:
                item = self._item(request)
                response = self._answered.get(item.key)
                if response is None:
                    response = not_asked(item) if settled else await self._ask(desk, request)
                    await desk.journal.append(response)
                    desk.report.one_more(response)
                self.responses[request.doc_id] = response
                settled = settled or (self._job.frugal and settles(self._benchmark, item, response))

    async def _ask(self, desk: _Desk, request: _Request) -> Response:
        prompt = await desk.in_pool(self._prompt, request)
        return await desk.asker.ask(self._item(request), prompt)

    def _prompt(self, request: _Request) -> Prompt:
        """Build the messages as lmms-eval does, pictures as PNG or as the job wants them.

        Raises EvaluationError(HARNESS_FAILED) when the row is not the item's.
        """
        doc = self._rows(request.task, request.split)[request.doc_id]
        item = self._item(request)
        key = self._benchmark.row_key(doc, request.doc_id)
        if key != item.key:
            raise EvaluationError(
                FailureCode.HARNESS_FAILED,
                f"lmms-eval's row {request.doc_id} is {key!r}, not {item.key!r}",
            )
        seen = with_pictures(request.to_messages(doc), self._job.pictures)
        messages = plain_where_text(Chat(messages=seen).to_openai_messages())
        text = message_text(messages)
        question = str(item.fields.get("question", ""))
        # A declared task may put its column "question" into words of its own.
        if self._job.declaration is None and not contains_question(text, question):
            raise EvaluationError(
                FailureCode.HARNESS_FAILED,
                f"the prompt of row {request.doc_id} does not hold the question of item {item.key!r}",
            )
        digest = hashlib.sha256(text.encode()).hexdigest()
        return Prompt(encoded(messages), digest, self._max_tokens(request))

    @cache  # noqa: B019 - a model lives as long as its process
    def _rows(self, task: str, split: str) -> Any:
        return decoded_once(self.task_dict[task][split])

    def _item(self, request: _Request) -> Item:
        return self._items[request.doc_id]

    def _max_tokens(self, request: _Request) -> int:
        """Return the job's limit, else the task's own, else the benchmark's."""
        return int(
            self._job.generation.max_new_tokens
            or request.generation.get("max_new_tokens")
            or self._benchmark.default_max_new_tokens
        )


@dataclass(frozen=True, slots=True)
class _Desk:
    """What the workers of one run share."""

    asker: Asker
    pool: ThreadPoolExecutor
    report: _Progress
    journal: Journal

    async def in_pool(self, work: Callable[..., T], *arguments: Any) -> T:
        """Return what ``work`` returns in a thread, so that it does not hold up the streams."""
        return await asyncio.get_running_loop().run_in_executor(self.pool, work, *arguments)


class _Progress:
    """Writes a line to the log from time to time."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._done = 0
        self._errored = 0
        self._skipped = 0
        self._last = monotonic()

    def one_more(self, response: Response) -> None:
        self._done += 1
        self._skipped += response.skipped
        if response.error:
            self._errored += 1
            log.warning("%s: %s", response.key, response.error)
        if self._done == self._total or monotonic() - self._last > LOG_EVERY_S:
            self._last = monotonic()
            log.info(
                "%d of %d done, %d failed, %d not asked",
                self._done,
                self._total,
                self._errored,
                self._skipped,
            )


def contains_question(prompt: str, question: str) -> bool:
    """Tell whether the prompt holds the question, apart from white space and picture placeholders."""
    return _bare(question) in _bare(prompt)


def _bare(text: str) -> str:
    return re.sub(r"<image[ \d]*>|\s+", "", text)


def _unpack(request: Any) -> _Request:
    text, to_messages, generation, doc_id, task, split = request.args
    return _Request(text, to_messages, generation, doc_id, task, split)


def _first(errors: BaseExceptionGroup[BaseException]) -> BaseException:
    """Return the failure that says most: one of ours if there is one."""
    ours = errors.subgroup(EvaluationError) or errors
    error = ours.exceptions[0]
    return _first(error) if isinstance(error, BaseExceptionGroup) else error
