"""One way to the site: authentication, retries, and problems as exceptions."""

from __future__ import annotations

import locale
import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, BinaryIO, NoReturn, TypeVar

import httpx

from vlm_leaderboard._version import __version__
from vlm_leaderboard.config import API, Login
from vlm_leaderboard.errors import (
    ApiError,
    LeaderboardError,
    Problem,
    UnexpectedAnswer,
    Unreachable,
    error_of,
)

T = TypeVar("T")

PROBLEM = "application/problem+json"
IDEMPOTENCY_KEY = "Idempotency-Key"
IN_FLIGHT = "idempotency-key-in-flight"
PASSING_STATUS = frozenset({429, 502, 503, 504})
"""What may be otherwise in a moment."""
NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
"""Without a connection nothing was asked for, so whatever it was may be sent again."""


@dataclass(frozen=True, slots=True)
class Retries:
    """How often to try, and how long to wait in between: a random part of a time that doubles.

    ``longest_s`` also bounds the ``Retry-After`` that is obeyed; a quota that is free again tomorrow is an error now.
    """

    attempts: int = 4
    first_s: float = 0.5
    longest_s: float = 30.0

    def wait_s(self, attempt: int, asked_s: float | None) -> float | None:
        """Return how long to wait after the failed ``attempt`` (from 1), None to give up."""
        if attempt >= self.attempts or (asked_s is not None and asked_s > self.longest_s):
            return None
        if asked_s is not None:
            # Those who were sent away together should not come back together.
            return asked_s + random.uniform(0, self.first_s)  # noqa: S311 - nothing secret
        return random.uniform(0, min(self.longest_s, self.first_s * 2**attempt))  # noqa: S311


class Transport:
    """Sends requests to one site. Reading, and changes that carry a key, are repeated; other changes only where no connection came about."""

    def __init__(self, login: Login, retries: Retries, timeout_s: float) -> None:
        self.login = login
        self._retries = retries
        headers = {
            "User-Agent": f"vlm-leaderboard-client/{__version__}",
            "Accept-Language": _language(),
        }
        if login.token:
            headers["Authorization"] = f"Bearer {login.token}"
        # Redirects are not followed: the token is for this site, and a POST would become a GET.
        self._http = httpx.Client(
            base_url=login.url + API, headers=headers, timeout=timeout_s, follow_redirects=False
        )

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def json(self, method: str, path: str, *, key: str | None = None, **options: Any) -> Any:
        """Send a request below the API's address and return the answer's document.

        ``key`` is an Idempotency-Key; ``options`` are httpx's. Raises ApiError, Unreachable, UnexpectedAnswer.
        """
        headers = {"Accept": "application/json", **({IDEMPOTENCY_KEY: key} if key else {})}

        def once() -> Any:
            with self.answer(method, path, headers=headers, **options) as response:
                return _document(response)

        return self._repeated(once, repeatable=key is not None or method in ("GET", "PATCH"))

    def download(self, path: str, target: BinaryIO, params: Mapping[str, Any]) -> None:
        """Stream a file into ``target``, which must be seekable: an attempt that breaks off is begun anew."""

        def once() -> None:
            target.seek(0)
            target.truncate()
            with self.answer("GET", path, params=params) as response:
                for chunk in response.iter_bytes():
                    target.write(chunk)

        self._repeated(once, repeatable=True)

    @contextmanager
    def answer(self, method: str, path: str, **options: Any) -> Iterator[httpx.Response]:
        """Send a request once; the body of the answer is not read yet. Raises what ``json`` does, also while it is read."""
        try:
            with self._http.stream(method, path, **options) as response:
                if not response.is_success:
                    _refuse(response)
                yield response
        except httpx.TransportError as error:
            raise _unreachable(error, self.login.url) from error
        except httpx.HTTPError as error:
            raise UnexpectedAnswer(f"The answer of {self.login.url} cannot be read.") from error

    def _repeated(self, once: Callable[[], T], *, repeatable: bool) -> T:
        attempt = 1
        while True:
            try:
                return once()
            except LeaderboardError as error:
                found = error
            wait_s = None
            if _passing(found, repeatable=repeatable):
                wait_s = self._retries.wait_s(attempt, getattr(found, "retry_after_s", None))
            if wait_s is None:
                raise found
            time.sleep(wait_s)
            attempt += 1


def _passing(error: LeaderboardError, *, repeatable: bool) -> bool:
    """Say whether the same request may be sent again and may then succeed."""
    if isinstance(error, Unreachable):
        return repeatable or isinstance(error.__cause__, NEVER_SENT)
    if not (repeatable and isinstance(error, ApiError)):
        return False
    return error.problem.status in PASSING_STATUS or error.problem.name == IN_FLIGHT


def _refuse(response: httpx.Response) -> NoReturn:
    """Raise what an answer that is no success means."""
    if response.is_redirect:
        place = response.headers.get("Location", "another address")
        raise UnexpectedAnswer(
            f"The site answered with a redirect to {place}. Give the address that it leads to."
        )
    response.read()
    raise error_of(_problem(response), _seconds(response.headers.get("Retry-After")))


def _problem(response: httpx.Response) -> Problem:
    """Return the problem that was answered; one made of the status where something before the site answered."""
    status = response.status_code
    try:
        document = response.json() if _media_type(response) == PROBLEM else None
    except ValueError:
        document = None
    if isinstance(document, dict):
        return Problem.from_json(document, status)
    title = f"HTTP {status} {response.reason_phrase}".strip()
    return Problem(
        "about:blank", title, status, "The answer is not the API's. Check the address of the site."
    )


def _document(response: httpx.Response) -> Any:
    response.read()
    if _media_type(response) != "application/json":
        raise UnexpectedAnswer(
            f"{response.url.host} answered with something that is not the API's. Check the address of the site."
        )
    try:
        return response.json()
    except ValueError as error:
        raise UnexpectedAnswer(f"The answer of {response.url.host} is not JSON.") from error


def _media_type(response: httpx.Response) -> str:
    return str(response.headers.get("Content-Type", "")).partition(";")[0].strip().lower()


def _unreachable(error: httpx.TransportError, url: str) -> Unreachable:
    if isinstance(error, httpx.TimeoutException):
        return Unreachable(f"{url} did not answer in time.")
    return Unreachable(f"{url} cannot be reached: {error or type(error).__name__}")


def _seconds(text: str | None) -> float | None:
    """Return a Retry-After, which is a number of seconds or a date, as seconds from now."""
    if not text:
        return None
    try:
        return max(0.0, float(text))
    except ValueError:
        pass
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())


def _language() -> str:
    """Return the user's language as the site knows it: its sentences are shown as they come."""
    name = locale.getlocale()[0] or ""
    return "zh-hans, en;q=0.5" if name.startswith("zh") else "en"
