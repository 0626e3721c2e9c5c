"""One streamed chat completion, and how long its parts took.

Endpoints differ: some answer with plain JSON although a stream was asked for, some send no usage, some refuse a
parameter that others need. What an endpoint refuses by name is left out from then on and listed in
``ChatClient.adaptations``, which goes into the run's record.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from time import perf_counter, time
from typing import Any

import httpx

from evaluator.errors import FailureCode
from evaluator.harness.failures import (
    RequestFailed,
    error_object,
    excerpt,
    from_status,
    from_transport,
)
from evaluator.process.environment import redact
from evaluator.records import MAX_COUNT

Messages = list[dict[str, Any]]
LINE_ENDS = (b"\n", b"\r")

DRAIN_S = 1.0
_OPTIONAL = ("stream_options", "seed", "temperature", "max_tokens", "stream")


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer. Times are milliseconds from sending the request; counts are None when not told.

    ``ttft_ms`` and ``latency_ms`` are to the first and the last piece of content, or of reasoning that is kept out
    of ``text``: its tokens count as completion tokens too. ``gaps_ms`` are the times between one piece and the next:
    the inter-token latencies, where the endpoint sends each token by itself.
    """

    text: str
    finish_reason: str | None
    ttft_ms: float | None
    latency_ms: float
    prompt_tokens: int | None
    completion_tokens: int | None
    started_at: float
    gaps_ms: tuple[float, ...] = ()


@dataclass(slots=True)
class _Draft:
    """What has arrived of an answer so far."""

    parts: list[str] = field(default_factory=list)
    finish_reason: str | None = None
    usage: dict[str, Any] = field(default_factory=dict)
    first: float | None = None
    last: float | None = None
    gaps: list[float] = field(default_factory=list)
    chosen: bool = False
    ended: bool = False

    def take(self, chunk: dict[str, Any]) -> None:
        """Add one chunk. Raises RequestFailed when it reports an error or is no chat completion chunk."""
        if chunk.get("error"):
            said = excerpt(json.dumps(chunk).encode())
            raise RequestFailed(
                FailureCode.ENDPOINT_ERROR, f"error in the stream: {said}", retryable=True
            )
        usage = chunk.get("usage")
        self.usage = usage if isinstance(usage, dict) else self.usage
        choices = chunk.get("choices")
        if not isinstance(choices, list):
            raise _not_openai(f"an event without choices: {excerpt(json.dumps(chunk).encode())}")
        for choice in choices[:1]:
            content, reasoning, reason = _choice(choice)
            self.chosen = True
            self.parts.append(content)
            if content or reasoning:
                now = perf_counter()
                if self.last is not None:
                    self.gaps.append(now - self.last)
                self.first, self.last = self.first or now, now
            self.finish_reason = reason or self.finish_reason


def _choice(choice: Any) -> tuple[str, bool, str | None]:
    """Return a choice's text, whether it holds reasoning that the server keeps out of the text, the finish reason.

    Raises RequestFailed when it has another shape.
    """
    if isinstance(choice, dict):
        said = choice.get("delta") or choice.get("message") or {}
        reason = choice.get("finish_reason")
        content = (said.get("content") or "") if isinstance(said, dict) else None
        if isinstance(content, str) and (reason is None or isinstance(reason, str)):
            # A server's reasoning parser moves what a model thinks into a field of its own, by either name.
            thought = isinstance(said, dict) and (
                said.get("reasoning_content") or said.get("reasoning")
            )
            return content, bool(thought), reason
    raise _not_openai(f"a choice of another shape: {excerpt(json.dumps(choice).encode())}")


class _ParameterRefused(Exception):
    """The endpoint answered 400 and named a parameter that we can do without."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def encoded(messages: Messages) -> bytes:
    """Return messages as they are sent. Pictures make this megabytes: it belongs into a thread, and is done once."""
    return json.dumps(messages).encode()


class ChatClient:
    """Asks one model at one endpoint. ``http`` must follow no redirects; ``url`` is the base URL.

    ``extra`` are parameters beyond OpenAI's, sent with every request.
    """

    def __init__(
        self,
        http: httpx.AsyncClient,
        *,
        url: str,
        model: str,
        api_key: str | None,
        temperature: float,
        seed: int,
        timeout_s: float,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        self._http = http
        self._url = httpx.URL(f"{url}/chat/completions")
        self._headers = {"authorization": f"Bearer {api_key}"} if api_key else {}
        self._secrets = (api_key,) if api_key else ()
        self._base = {"model": model, "temperature": temperature, "seed": seed} | dict(extra or {})
        self._timeout_s = timeout_s
        self._refused: set[str] = set()

    @property
    def adaptations(self) -> list[str]:
        """The parameters that were left out or renamed because the endpoint refused them, sorted."""
        return sorted(self._refused)

    async def ask(self, messages: bytes, max_tokens: int) -> Answer:
        """Make one attempt (more only while the endpoint refuses parameters by name) with ``encoded`` messages.

        Raises RequestFailed. Neither its detail nor an answer holds the key, however the endpoint echoed it.
        """
        try:
            answer = await self._ask(messages, max_tokens)
            return replace(answer, text=redact(answer.text, self._secrets))
        except RequestFailed as failure:
            failure.detail = redact(failure.detail, self._secrets)
            raise

    async def _ask(self, messages: bytes, max_tokens: int) -> Answer:
        while True:
            options = self._options(max_tokens)
            try:
                async with asyncio.timeout(self._timeout_s):
                    return await self._attempt(options, messages)
            except _ParameterRefused as refused:
                self._refused.add(refused.name)
            except (httpx.HTTPError, TimeoutError) as error:
                raise from_transport(error, self._timeout_s) from error

    def _options(self, max_tokens: int) -> dict[str, Any]:
        """Return all that is sent beside the messages."""
        options = self._base | {
            "max_tokens": max_tokens,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        if "max_tokens" in self._refused:
            options["max_completion_tokens"] = max_tokens
        if "stream" in self._refused:
            options.pop("stream_options")
        return {name: value for name, value in options.items() if name not in self._refused}

    async def _attempt(self, options: dict[str, Any], messages: bytes) -> Answer:
        # Joined as bytes: encoding the pictures here, on the event loop, would stall every other stream's clock.
        body = b'%b, "messages": %b}' % (json.dumps(options).encode()[:-1], messages)
        headers = self._headers | {"content-type": "application/json"}
        draft = _Draft()
        started_at, started = time(), perf_counter()
        request = self._http.build_request("POST", self._url, content=body, headers=headers)
        response = await self._http.send(request, stream=True)
        try:
            if response.status_code != 200:
                await self._refuse(response, options)
            if "text/event-stream" in response.headers.get("content-type", ""):
                await _read_stream(response, draft)
            else:
                _read_whole(await response.aread(), draft)
        finally:
            await response.aclose()
        ended = draft.last or perf_counter()
        return Answer(
            text="".join(draft.parts),
            finish_reason=draft.finish_reason,
            ttft_ms=None if draft.first is None else (draft.first - started) * 1000,
            latency_ms=(ended - started) * 1000,
            prompt_tokens=_count(draft.usage, "prompt_tokens"),
            completion_tokens=_count(draft.usage, "completion_tokens"),
            started_at=started_at,
            gaps_ms=tuple(1000 * gap for gap in draft.gaps),
        )

    async def _refuse(self, response: httpx.Response, options: dict[str, Any]) -> None:
        body = await response.aread()
        if response.status_code in (400, 422):
            name = _refused_parameter(body)
            if name in options:
                raise _ParameterRefused(name)
        raise from_status(response, body)


async def _read_stream(response: httpx.Response, draft: _Draft) -> None:
    events = _events(response)
    async for data in events:
        if data == "[DONE]":
            draft.ended = True
            break
        draft.take(_json_object(data))
    if draft.ended:
        await _drain(events)
    if not draft.chosen or (not draft.ended and draft.finish_reason is None):
        raise RequestFailed(
            FailureCode.ENDPOINT_ERROR, "the stream ended before the answer did", retryable=True
        )


async def _drain(events: AsyncIterator[str]) -> None:
    """Read to the end of the body, without which the connection cannot be used again. The answer is whole."""
    with contextlib.suppress(httpx.HTTPError, TimeoutError):
        async with asyncio.timeout(DRAIN_S):
            async for _ in events:
                pass


async def _events(response: httpx.Response) -> AsyncIterator[str]:
    """Yield the data of each server-sent event. Comments, names and ids mean nothing here."""
    async for line in _lines(response):
        if line.startswith(b"data:"):
            # The standard's only encoding, whatever the header's charset says.
            yield line[5:].strip().decode("utf-8", "replace")


async def _lines(response: httpx.Response) -> AsyncIterator[bytes]:
    """Yield the lines of a body, which end as the standard says: httpx's own lines also end inside an answer, at each
    character that Unicode calls a line's end."""
    rest: list[bytes] = []
    async for piece in response.aiter_bytes():
        if not any(end in piece for end in LINE_ENDS):
            rest.append(piece)
            continue
        lines = b"".join((*rest, piece)).splitlines(keepends=True)
        rest = [] if lines[-1].endswith(LINE_ENDS) else [lines.pop()]
        for line in lines:
            yield line
    yield b"".join(rest)


def _read_whole(body: bytes, draft: _Draft) -> None:
    """Read an answer that came as one JSON document. It tells no time to the first token."""
    draft.take(_json_object(body.decode("utf-8", "replace")))
    if not draft.chosen:
        raise _not_openai(f"an answer without a choice: {excerpt(body)}")
    draft.first = draft.last = None
    draft.gaps.clear()


def _json_object(text: str) -> dict[str, Any]:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict):
        raise _not_openai(f"no JSON object but: {excerpt(text.encode()) or 'an empty body'}")
    return data


def _refused_parameter(body: bytes) -> str:
    """Return the optional parameter that an error body names, or an empty string."""
    error = error_object(body)
    named = str(error.get("param") or "")
    text = str(error.get("message") or "") or body[:4000].decode("utf-8", "replace")
    for name in _OPTIONAL:
        if named == name or re.search(rf"""['"`]{name}['"`]""", text):
            return name
    return ""


def _count(usage: dict[str, Any], name: str) -> int | None:
    """Return a token count; None where there is none or one that cannot be."""
    value = usage.get(name)
    sane = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_COUNT
    return value if sane else None


def _not_openai(detail: str) -> RequestFailed:
    return RequestFailed(FailureCode.ENDPOINT_NOT_OPENAI, detail)
