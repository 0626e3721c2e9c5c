"""What a request can fail of, and when failures are a reason to stop asking."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from time import time
from typing import Any

import httpx

from evaluator.errors import EvaluationError, FailureCode
from evaluator.process.environment import ELLIPSIS

EXCERPT = 200

_NO_IMAGES = re.compile(
    r"not a multimodal model|at most 0 image|image_url[^.]{0,40}not supported"
    r"|(not|n't) support[^.]{0,40}(image|vision|multimodal)|image[^.]{0,30}(is|are) not supported",
    re.IGNORECASE,
)
_NO_MODEL = re.compile(
    r"model_not_found|model\b[^.]{0,120}(not found|not exist|n't exist|unknown)|(unknown|no such|invalid) model",
    re.IGNORECASE,
)


class RequestFailed(Exception):
    """One attempt failed.

    ``retryable`` says whether asking again can help, after ``retry_after`` seconds when the endpoint said so.
    ``hopeless`` says that, when nothing was answered yet, no other request will fare better. ``overloaded`` says that
    the endpoint refused it because it has too much to do.
    """

    def __init__(
        self,
        code: FailureCode,
        detail: str,
        *,
        retryable: bool = False,
        retry_after: float | None = None,
        hopeless: bool = False,
        overloaded: bool = False,
    ) -> None:
        super().__init__()
        self.code = code
        self.detail = detail
        self.retryable = retryable
        self.retry_after = retry_after
        self.hopeless = hopeless
        self.overloaded = overloaded

    def __str__(self) -> str:
        return f"{self.code.value}: {self.detail}"


def from_transport(error: httpx.HTTPError | TimeoutError, timeout_s: float) -> RequestFailed:
    """Return the failure for an error below HTTP."""
    if isinstance(error, httpx.TimeoutException | TimeoutError):
        return RequestFailed(
            FailureCode.ENDPOINT_TIMEOUT, f"no whole answer within {timeout_s:g} s", retryable=True
        )
    if isinstance(error, httpx.ConnectError):
        return RequestFailed(
            FailureCode.ENDPOINT_UNREACHABLE, str(error) or "the connection failed", retryable=True
        )
    if isinstance(error, httpx.DecodingError | httpx.LocalProtocolError):
        return RequestFailed(FailureCode.ENDPOINT_NOT_OPENAI, str(error))
    return RequestFailed(
        FailureCode.ENDPOINT_ERROR,
        f"the connection broke: {str(error) or type(error).__name__}",
        retryable=True,
    )


def from_status(response: httpx.Response, body: bytes) -> RequestFailed:
    """Return the failure for a status other than 200."""
    status = response.status_code
    said = excerpt(body)
    detail = f"HTTP {status}: {said}" if said else f"HTTP {status} with an empty body"
    if 300 <= status < 400:
        where = f"HTTP {status} redirects elsewhere, which is not followed"
        return RequestFailed(FailureCode.ENDPOINT_NOT_OPENAI, where, hopeless=True)
    if status in (401, 403):
        return RequestFailed(FailureCode.ENDPOINT_AUTH, detail, hopeless=True)
    if status == 429:
        return RequestFailed(
            FailureCode.ENDPOINT_RATE_LIMITED,
            detail,
            retryable=True,
            retry_after=retry_after(response),
            overloaded=True,
        )
    if status in (408, 504):
        return RequestFailed(FailureCode.ENDPOINT_TIMEOUT, detail, retryable=True)
    if status >= 500:
        return RequestFailed(
            FailureCode.ENDPOINT_ERROR,
            detail,
            retryable=True,
            retry_after=retry_after(response),
            overloaded=status == 503,
        )
    if status in (400, 404, 422) and _NO_MODEL.search(said):
        return RequestFailed(FailureCode.ENDPOINT_MODEL_UNKNOWN, detail, hopeless=True)
    if status in (404, 405):
        return RequestFailed(FailureCode.ENDPOINT_NOT_OPENAI, detail, hopeless=True)
    if _NO_IMAGES.search(said):
        return RequestFailed(FailureCode.ENDPOINT_NO_IMAGES, detail, hopeless=True)
    return RequestFailed(FailureCode.ENDPOINT_ERROR, detail)


def retry_after(response: httpx.Response, clock: Callable[[], float] = time) -> float | None:
    """Return the seconds of the Retry-After header (a number or a date), or None."""
    value = response.headers.get("retry-after", "")
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - clock())
    except (ValueError, OverflowError):
        return None


def error_object(body: bytes) -> dict[str, Any]:
    """Return the ``error`` object of an OpenAI-shaped body, or an empty one."""
    try:
        error = json.loads(body).get("error")
    except (ValueError, AttributeError, RecursionError):
        return {}
    if isinstance(error, dict):
        return error
    return {"message": str(error)} if error else {}


def excerpt(body: bytes) -> str:
    """Return what an error body says, on one line and short: it is shown to people."""
    error = error_object(body)
    text = str(error.get("message") or "") or body[:4000].decode("utf-8", "replace")
    if error.get("code") and str(error["code"]) not in text:
        text = f"{text} ({error['code']})"
    text = " ".join(text.split())
    return text if len(text) <= EXCERPT else text[: EXCERPT - 1] + ELLIPSIS


class CircuitBreaker:
    """Stops a run whose requests keep failing, instead of filing failures as results.

    It raises EvaluationError from ``failed`` and ``timed_out``. While nothing was answered yet: at the first hopeless
    failure, when the first ten requests all failed, or after two rounds of timeouts. Later: when twenty requests
    (two rounds, if that is more) failed in a row. The code is the failures' own when they agree, else
    TOO_MANY_ERRORS. A round is as many requests as are in flight at once (``concurrency``).
    """

    FIRST = 10
    IN_A_ROW = 20
    TIMEOUTS = 4

    def __init__(self, *, concurrency: int, answered_before: bool = False) -> None:
        self._in_a_row = max(self.IN_A_ROW, 2 * concurrency)
        self._most_timeouts = max(self.TIMEOUTS, 2 * concurrency)
        self._answered = answered_before
        self._row: list[RequestFailed] = []
        self._timeouts = 0

    def succeeded(self) -> None:
        self._answered = True
        self._row.clear()

    def failed(self, failure: RequestFailed) -> None:
        """Count one request that failed after its retries."""
        self._row.append(failure)
        if not self._answered and (failure.hopeless or len(self._row) >= self.FIRST):
            self._stop()
        if len(self._row) >= self._in_a_row:
            self._stop()

    def timed_out(self, failure: RequestFailed) -> None:
        """Count one attempt that timed out: while nothing was answered, retries would only prolong the wait."""
        self._timeouts += 1
        if not self._answered and self._timeouts >= self._most_timeouts:
            self._row.append(failure)
            self._stop()

    def finish(self) -> None:
        """Raise when every request of a short run failed."""
        if self._row and not self._answered:
            self._stop()

    def _stop(self) -> None:
        codes = {failure.code for failure in self._row}
        last = self._row[-1]
        code = last.code if len(codes) == 1 else FailureCode.TOO_MANY_ERRORS
        count = len(self._row)
        detail = f"{count} requests in a row failed; the last one: {last.detail}"
        raise EvaluationError(code, detail if count > 1 else last.detail)
