"""The HTTP side: OpenAI's chat completions, models, health and version."""

from __future__ import annotations

import asyncio
import hmac
import json
import time
import uuid
from collections.abc import AsyncIterator, Mapping
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from evaluator.harness.serve_transformers.batches import Batcher, Event, Finished, Job
from evaluator.harness.serve_transformers.chat import ChatRequest, RequestError, read_request

MAX_BODY_BYTES = 64 * 1024 * 1024
_DISCONNECT_POLL_S = 1.0


def make_app(
    batcher: Batcher, *, served_name: str, api_key: str | None, versions: Mapping[str, str]
) -> Starlette:
    """Return the application. ``api_key`` None lets everybody in."""
    server = _Server(batcher, served_name, api_key, dict(versions))
    return Starlette(
        routes=[
            Route("/health", server.health),
            Route("/version", server.version),
            Route("/v1/models", server.models),
            Route("/v1/chat/completions", server.chat, methods=["POST"]),
        ],
        exception_handlers={
            RequestError: _on_request_error,
            HTTPException: _on_http_error,
            Exception: _on_crash,
        },
    )


class _Server:
    def __init__(
        self, batcher: Batcher, served_name: str, api_key: str | None, versions: dict[str, str]
    ) -> None:
        self._batcher = batcher
        self._name = served_name
        self._api_key = api_key
        self._versions = versions

    async def health(self, _: Request) -> Response:
        alive = self._batcher.alive
        return JSONResponse(
            {"status": "ok" if alive else "dead"}, status_code=200 if alive else 503
        )

    async def version(self, _: Request) -> Response:
        return JSONResponse(self._versions)

    async def models(self, request: Request) -> Response:
        self._check_key(request)
        card = {"id": self._name, "object": "model", "created": 0, "owned_by": "transformers"}
        return JSONResponse({"object": "list", "data": [card]})

    async def chat(self, request: Request) -> Response:
        self._check_key(request)
        body = await _body(request)
        asked = await run_in_threadpool(_parse, body, self._name)
        answer = _Answer(self._name, asked)
        events = _Events(self._batcher, asked)
        try:
            # Only after the first event is it known whether this is a 200 at all.
            first = await events.next(request)
            if isinstance(first, RequestError):
                raise first
        except BaseException:
            events.cancel()
            raise
        if asked.stream:
            return StreamingResponse(answer.stream(first, events), media_type="text/event-stream")
        return JSONResponse(await answer.whole(first, events, request))

    def _check_key(self, request: Request) -> None:
        if self._api_key is None:
            return
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        if not hmac.compare_digest(given.encode(), self._api_key.encode()):
            raise RequestError("Incorrect API key provided.", status=401, code="invalid_api_key")


class _Events:
    """The events of one job, carried from the model's thread into the event loop."""

    def __init__(self, batcher: Batcher, asked: ChatRequest) -> None:
        loop = asyncio.get_running_loop()
        self._queue: asyncio.Queue[Event] = asyncio.Queue()

        def emit(event: Event) -> None:
            loop.call_soon_threadsafe(self._queue.put_nowait, event)

        self._job = Job(asked, emit)
        batcher.submit(self._job)

    async def next(self, request: Request | None = None) -> Event:
        """Return the next event. With ``request``, raise RequestError when its client has gone (a streaming
        response notices that by itself)."""
        while request is not None:
            try:
                return await asyncio.wait_for(self._queue.get(), _DISCONNECT_POLL_S)
            except TimeoutError:
                if await request.is_disconnected():
                    raise RequestError("the client has gone", status=499) from None
        return await self._queue.get()

    def cancel(self) -> None:
        self._job.cancelled = True


class _Answer:
    """Builds the two shapes of an answer."""

    def __init__(self, served_name: str, asked: ChatRequest) -> None:
        self._asked = asked
        self._base = {
            "id": f"chatcmpl-{uuid.uuid4().hex}",
            "created": int(time.time()),
            "model": served_name,
        }

    async def whole(self, first: Event, events: _Events, request: Request) -> dict[str, Any]:
        text, event = "", first
        try:
            while isinstance(event, str):
                text += event
                event = await events.next(request)
        finally:
            events.cancel()
        if isinstance(event, RequestError):
            raise event
        choice = {
            "index": 0,
            "message": {"role": "assistant", "content": text},
            "finish_reason": event.reason,
        }
        return self._base | {
            "object": "chat.completion",
            "choices": [choice],
            "usage": _usage(event),
        }

    async def stream(self, first: Event, events: _Events) -> AsyncIterator[str]:
        event = first
        try:
            yield self._chunk({"role": "assistant", "content": ""})
            while isinstance(event, str):
                yield self._chunk({"content": event})
                event = await events.next()
            if isinstance(event, RequestError):
                yield _sse(_error_body(event))
                return
            yield self._chunk({}, event.reason)
            if self._asked.include_usage:
                yield self._event([], usage=_usage(event))
            yield "data: [DONE]\n\n"
        finally:
            events.cancel()

    def _chunk(self, delta: dict[str, str], reason: str | None = None) -> str:
        return self._event([{"index": 0, "delta": delta, "finish_reason": reason}])

    def _event(self, choices: list[dict[str, Any]], **more: Any) -> str:
        return _sse(self._base | {"object": "chat.completion.chunk", "choices": choices} | more)


def _usage(end: Finished) -> dict[str, int]:
    return {
        "prompt_tokens": end.prompt_tokens,
        "completion_tokens": end.completion_tokens,
        "total_tokens": end.prompt_tokens + end.completion_tokens,
    }


def _sse(data: Mapping[str, Any]) -> str:
    return f"data: {json.dumps(data, ensure_ascii=False)}\n\n"


async def _body(request: Request) -> bytes:
    data = bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > MAX_BODY_BYTES:
            raise RequestError("the body is too large", status=413)
    return bytes(data)


def _parse(body: bytes, served_name: str) -> ChatRequest:
    try:
        data = json.loads(body)
    except ValueError as error:
        raise RequestError("the body is not JSON") from error
    return read_request(data, served_name)


def _error_body(error: RequestError) -> dict[str, Any]:
    kind = "invalid_request_error" if error.status < 500 else "server_error"
    return {"error": {"message": str(error), "type": kind, "param": None, "code": error.code}}


async def _on_request_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestError)  # noqa: S101 - registered for this class only
    return JSONResponse(_error_body(error), status_code=error.status)


async def _on_http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class only
    shown = RequestError(f"{error.detail}: {request.url.path}", status=error.status_code)
    return JSONResponse(_error_body(shown), status_code=error.status_code)


async def _on_crash(_: Request, error: Exception) -> Response:
    shown = RequestError(f"Internal error: {type(error).__name__}.", status=500, code="internal")
    return JSONResponse(_error_body(shown), status_code=500)
