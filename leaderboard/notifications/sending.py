"""Posting a message to an address that a user gave: behind the same guard as submitted endpoints."""

from __future__ import annotations

import asyncio

import httpx
from django.conf import settings

from evaluator.addresses import CheckedAddress, check_address, pinned_client
from evaluator.errors import EvaluationError

TIMEOUT_S = 10.0
MAX_ANSWER_BYTES = 64 * 1024


class NotDelivered(Exception):
    """The receiver did not take the message. ``status_code`` is what it answered, if it did."""

    def __init__(self, detail: str, status_code: int | None = None) -> None:
        super().__init__(detail)
        self.status_code = status_code


def checked_url(url: str) -> CheckedAddress:
    """Return where to post to. Raises EvaluationError (ADDRESS_FORBIDDEN, ENDPOINT_UNREACHABLE)."""
    return check_address(url, settings.ENDPOINT_ALLOWED_NETWORKS)


def post(url: str, body: str, headers: dict[str, str]) -> int:
    """Post and return the status code, which is one of success. Raises NotDelivered.

    The address is checked anew each time, redirects are not followed, and of the answer nothing but the code is kept:
    what stands behind an address is nothing that we show.
    """
    try:
        address = checked_url(url)
        code = asyncio.run(_post(address, body, headers))
    except EvaluationError as error:
        raise NotDelivered(error.detail) from None
    except TimeoutError:
        raise NotDelivered("no answer in time") from None
    except httpx.HTTPError as error:
        # Its text may hold an address behind a name.
        raise NotDelivered(type(error).__name__) from None
    if not 200 <= code < 300:
        raise NotDelivered("the receiver refused the message", code)
    return code


async def _post(address: CheckedAddress, body: str, headers: dict[str, str]) -> int:
    client = pinned_client(address, timeout_s=TIMEOUT_S, max_body_bytes=MAX_ANSWER_BYTES)
    async with asyncio.timeout(TIMEOUT_S), client:
        answer = await client.post(address.url, content=body.encode(), headers=headers)
        return answer.status_code
