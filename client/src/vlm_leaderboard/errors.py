"""What can go wrong, as exceptions. None of them holds a token or a key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

TYPE_PREFIX = "urn:vlm-leaderboard:problem:"


@dataclass(frozen=True, slots=True)
class FieldError:
    """One wrong field: its dotted path (empty for the whole request), a stable code, a sentence."""

    field: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Problem:
    """A refusal as the site words it (RFC 9457). ``type`` is stable; ``title`` and ``detail`` are for people.

    ``raw`` is the whole document, with members that only some problems have (``quota``, ``run``, ``scope``).
    """

    type: str
    title: str
    status: int
    detail: str = ""
    errors: tuple[FieldError, ...] = ()
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def name(self) -> str:
        """The end of ``type``, such as ``quota-exceeded``."""
        return self.type.removeprefix(TYPE_PREFIX)

    def __str__(self) -> str:
        """Title and detail in a line, then a line for each wrong field."""
        lines = [f"{self.title}: {self.detail}" if self.detail else self.title]
        lines += [f"  {e.field}: {e.message}" for e in self.errors if e.field]
        return "\n".join(lines)

    @classmethod
    def from_json(cls, document: Mapping[str, Any], status: int) -> Problem:
        """Return the problem that a document describes; what it leaves out is empty."""
        errors = document.get("errors")
        return cls(
            type=str(document.get("type") or "about:blank"),
            title=str(document.get("title") or f"HTTP {status}"),
            status=status,
            detail=str(document.get("detail") or ""),
            errors=tuple(
                FieldError(*(str(e.get(name) or "") for name in ("field", "code", "message")))
                for e in (errors if isinstance(errors, list) else ())
                if isinstance(e, Mapping)
            ),
            raw=document,
        )


class LeaderboardError(Exception):
    """Everything that this package raises by intention."""


class NotConfigured(LeaderboardError):
    """No site is known, or what names it is no address."""


class Unreachable(LeaderboardError):
    """The site gave no answer: refused, timed out, broken off."""


class UnexpectedAnswer(LeaderboardError):
    """Something answered that is not this API: a proxy's page, a redirect, a document of another shape."""


class BadInput(LeaderboardError):
    """What was given cannot be sent: an id that is none, a file that is not there."""


class WaitTimedOut(LeaderboardError, TimeoutError):
    """The evaluation was not over in time. It goes on."""


class ApiError(LeaderboardError):
    """The site refused. ``problem`` says why, ``retry_after_s`` when to try again, where the site told that."""

    def __init__(self, problem: Problem, retry_after_s: float | None = None) -> None:
        super().__init__(str(problem))
        self.problem = problem
        self.retry_after_s = retry_after_s


class RequestInvalid(ApiError):
    """400, 413, 415, 422: the request is wrong, and ``problem.errors`` says where."""


class NotSignedIn(ApiError):
    """401: there is no token, or it is unknown, revoked or expired."""


class Forbidden(ApiError):
    """403: the token or its user may not do this."""


class NotFound(ApiError):
    """404: there is no such thing, or it is not for you to see."""


class Conflict(ApiError):
    """409: the state does not allow it, or it was done before."""


class QuotaExceeded(ApiError):
    """429: ``problem.raw`` has ``quota``, ``used``, ``limit`` and ``retry_after_s``."""


class ServerError(ApiError):
    """5xx: the site, or something before it, failed."""


BY_STATUS: Mapping[int, type[ApiError]] = {
    400: RequestInvalid,
    401: NotSignedIn,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    413: RequestInvalid,
    415: RequestInvalid,
    422: RequestInvalid,
    429: QuotaExceeded,
}


def error_of(problem: Problem, retry_after_s: float | None = None) -> ApiError:
    """Return the exception that fits a problem's status."""
    fallback = ServerError if problem.status >= 500 else ApiError
    return BY_STATUS.get(problem.status, fallback)(problem, retry_after_s)
