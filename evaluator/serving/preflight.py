"""One question with a picture, before hundreds: does the endpoint answer, how, and if not, why not?

It asks with the same client as the evaluation, so what passes here is what the evaluation will meet.
"""

from __future__ import annotations

import asyncio
import base64
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import httpx
from PIL import Image, ImageDraw

from evaluator.addresses import check_address, pinned_client
from evaluator.errors import EvaluationError, FailureCode
from evaluator.harness.chat import Answer, ChatClient, encoded
from evaluator.harness.failures import RequestFailed, from_transport
from evaluator.serving.cancelling import unless_cancelled

QUESTION = "What color is the circle? Answer with one word."
MAX_TOKENS = 32
MODELS_TIMEOUT_S = 10.0
PAUSES_S = (1.0, 2.0)
MAX_PAUSE_S = 10.0
_PASSING = (FailureCode.ENDPOINT_ERROR, FailureCode.ENDPOINT_RATE_LIMITED)
NAMES_SHOWN = 5
NAME_LENGTH = 200
_PICTURE_SIZE = 224


@dataclass(frozen=True, slots=True, kw_only=True)
class Preflight:
    """What the one question told.

    ``models`` are the names at ``/models`` (empty where there is no such page). ``ttft_ms`` is None when the answer
    was not streamed. ``usage`` says whether token counts came. ``adaptations`` are parameters that the endpoint
    refused and that were left out.
    """

    models: tuple[str, ...]
    answer: str
    streamed: bool
    usage: bool
    ttft_ms: float | None
    latency_ms: float
    adaptations: tuple[str, ...]


def preflight(
    base_url: str,
    model: str,
    api_key: str | None,
    *,
    timeout_s: float,
    allowed_networks: Sequence[str] = (),
    cancelled: Callable[[], bool] = lambda: False,
) -> Preflight:
    """Ask ``model`` one question and report.

    Returns or raises within about twice ``timeout_s`` plus the ten seconds that ``/models`` may take, however slowly the
    endpoint trickles. Raises EvaluationError (ADDRESS_FORBIDDEN or ENDPOINT_*; the detail never holds the key) and
    EvaluationCancelled within half a second of ``cancelled()``.
    """
    _require_sendable(api_key)
    address = check_address(base_url, allowed_networks)

    async def talk() -> Preflight:
        async with pinned_client(address, timeout_s=timeout_s) as http:
            client = ChatClient(
                http,
                url=address.url,
                model=model,
                api_key=api_key,
                temperature=0.0,
                seed=0,
                timeout_s=timeout_s,
            )
            return await _talk(http, client, address.url, model, api_key, timeout_s)

    try:
        return asyncio.run(unless_cancelled(cancelled, talk()))
    except RequestFailed as failure:
        raise EvaluationError(failure.code, failure.detail) from None


async def _talk(
    http: httpx.AsyncClient,
    client: ChatClient,
    url: str,
    model: str,
    api_key: str | None,
    timeout_s: float,
) -> Preflight:
    models = await _models(http, url, api_key, min(MODELS_TIMEOUT_S, timeout_s))
    try:
        answer = await _ask_patiently(client, timeout_s)
    except RequestFailed as failure:
        raise _with_names(failure, model, models) from failure
    return Preflight(
        models=models,
        answer=answer.text.strip(),
        streamed=answer.ttft_ms is not None,
        usage=_has_usage(answer),
        ttft_ms=answer.ttft_ms,
        latency_ms=answer.latency_ms,
        adaptations=tuple(client.adaptations),
    )


def _require_sendable(api_key: str | None) -> None:
    if api_key and not (api_key.isascii() and api_key.isprintable()):
        raise EvaluationError(
            FailureCode.ENDPOINT_AUTH,
            "The API key holds a character that cannot be sent: only printable ASCII can.",
        )


async def _ask_patiently(client: ChatClient, timeout_s: float) -> Answer:
    """Ask; once more after each pause when the endpoint said that it is overloaded or broken for the moment.

    A timeout is not asked again, nor anything once ``timeout_s`` is over: it has waited long enough.
    """
    clock = asyncio.get_running_loop().time
    until = clock() + timeout_s
    for shortest in PAUSES_S:
        try:
            return await client.ask(_question(), MAX_TOKENS)
        except RequestFailed as failure:
            pause = max(shortest, min(failure.retry_after or 0.0, MAX_PAUSE_S))
            passing = failure.code in _PASSING and failure.retryable
            if not passing or clock() + pause > until:
                raise
            await asyncio.sleep(pause)
    return await client.ask(_question(), MAX_TOKENS)


async def _models(
    http: httpx.AsyncClient, url: str, api_key: str | None, timeout_s: float
) -> tuple[str, ...]:
    """Return the names that the endpoint lists, none longer than NAME_LENGTH.

    Many gateways list none, so only a dead address is a failure.
    """
    headers = {"authorization": f"Bearer {api_key}"} if api_key else {}
    try:
        async with asyncio.timeout(timeout_s):
            response = await http.get(f"{url}/models", headers=headers)
            data = response.json().get("data", [])
            return tuple(str(entry["id"])[:NAME_LENGTH] for entry in data)
    except httpx.ConnectError as error:
        raise from_transport(error, timeout_s) from error
    except (
        httpx.HTTPError,
        TimeoutError,
        ValueError,
        TypeError,
        KeyError,
        AttributeError,
        RecursionError,
    ):
        return ()


def _with_names(failure: RequestFailed, model: str, models: Sequence[str]) -> RequestFailed:
    """Blame the model's name when the endpoint lists others but not this one, and say which it lists."""
    of_the_name = (
        FailureCode.ENDPOINT_MODEL_UNKNOWN,
        FailureCode.ENDPOINT_NOT_OPENAI,
        FailureCode.ENDPOINT_ERROR,
    )
    if failure.code not in of_the_name or not models or model in models or failure.retryable:
        return failure
    more = ", ..." if len(models) > NAMES_SHOWN else ""
    names = ", ".join(models[:NAMES_SHOWN]) + more
    return RequestFailed(
        FailureCode.ENDPOINT_MODEL_UNKNOWN, f"{failure.detail}; the endpoint lists: {names}"
    )


def _has_usage(answer: Answer) -> bool:
    return answer.prompt_tokens is not None and answer.completion_tokens is not None


def _question() -> bytes:
    picture = Image.new("RGB", (_PICTURE_SIZE, _PICTURE_SIZE), "white")
    edge = _PICTURE_SIZE // 4
    ImageDraw.Draw(picture).ellipse((edge, edge, 3 * edge, 3 * edge), fill="red")
    file = io.BytesIO()
    picture.save(file, "PNG")
    url = f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"
    content = [
        {"type": "image_url", "image_url": {"url": url}},
        {"type": "text", "text": QUESTION},
    ]
    return encoded([{"role": "user", "content": content}])
