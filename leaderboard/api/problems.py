"""Every error answer of the API: ``application/problem+json`` (RFC 9457).

``type`` is stable and for programs; ``title`` and ``detail`` are for people, in the request's language. Validation
problems carry ``errors``, one entry per wrong field: ``{"field": "endpoint.base_url", "code", "message"}``.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.core.signals import got_request_exception
from django.http import Http404
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler

from evaluator.errors import EvaluationError, FailureCode
from leaderboard.api.authentication import MissingScope
from leaderboard.api.idempotency import KeyInFlight, KeyReused
from leaderboard.api.streams import StreamsFull
from leaderboard.core.text import storable
from leaderboard.results.imports.request import AlreadyImported
from leaderboard.runs.models import ImportedRun, TransitionRefused
from leaderboard.runs.quota import QuotaKind
from leaderboard.runs.states import RunState
from leaderboard.runs.submission import QuotaExceeded, SubmissionInvalid

logger = logging.getLogger(__name__)

CONTENT_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:vlm-leaderboard:problem:"

Text = str | Promise


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of problem: the end of its ``type`` and its title."""

    name: str
    title: Text


@dataclass(slots=True)
class Problem:
    """One problem, before it becomes an answer. ``extra`` are further members, ``headers`` of the answer."""

    kind: Kind
    status: int
    detail: Text = ""
    errors: list[dict[str, str]] = field(default_factory=list)
    extra: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)

    def response(self) -> Response:
        """Return the answer."""
        body: dict[str, Any] = {
            "type": TYPE_PREFIX + self.kind.name,
            "title": str(self.kind.title),
            "status": self.status,
            "detail": str(self.detail),
            **self.extra,
        }
        if self.errors:
            body["errors"] = self.errors
        return Response(body, self.status, headers=self.headers, content_type=CONTENT_TYPE)


VALIDATION = Kind("validation", _("The request is not valid"))
CONFLICT = Kind("transition-refused", _("The current state does not allow this"))
QUOTA = Kind("quota-exceeded", _("The quota is used up"))
TOO_LARGE = Kind("body-too-large", _("The body is too large"))
IMPORTED_BEFORE = Kind("imported-before", _("These answers were imported before"))
MALFORMED = Kind("malformed-body", _("The body cannot be read"))
INTERNAL = Kind("internal", _("Something went wrong on the server"))

KINDS: tuple[tuple[type[exceptions.APIException], Kind], ...] = (
    (exceptions.ValidationError, VALIDATION),
    (exceptions.ParseError, MALFORMED),
    (exceptions.AuthenticationFailed, Kind("invalid-token", _("The credentials are not valid"))),
    (exceptions.NotAuthenticated, Kind("not-authenticated", _("Sign in or send a token"))),
    (MissingScope, Kind("missing-scope", _("The token may not do this"))),
    (exceptions.PermissionDenied, Kind("forbidden", _("You may not do this"))),
    (KeyReused, Kind("idempotency-key-reused", _("The key belongs to another request"))),
    (KeyInFlight, Kind("idempotency-key-in-flight", _("The same request is under way"))),
    (StreamsFull, Kind("too-many-streams", _("Too many streams are open"))),
    (exceptions.NotFound, Kind("not-found", _("Not found"))),
    (exceptions.MethodNotAllowed, Kind("method-not-allowed", _("Method not allowed"))),
    (exceptions.NotAcceptable, Kind("not-acceptable", _("No acceptable representation"))),
    (
        exceptions.UnsupportedMediaType,
        Kind("unsupported-media-type", _("The body's media type is not taken here")),
    ),
)
"""The framework's exceptions. The first that fits names the kind."""


RESULTS_STATUS = {
    FailureCode.RESULTS_UNREADABLE: 422,
    FailureCode.RESULTS_OTHER_ITEMS: 422,
    FailureCode.ARTIFACTS_UNAVAILABLE: 503,
}
"""What can be wrong with an import, and the status that says so."""


OWN_QUOTA = {
    QuotaKind.PER_DAY: _("You made %(used)d of %(limit)d submissions in the last 24 hours."),
    QuotaKind.ACTIVE: _("%(used)d of at most %(limit)d submissions of yours wait or run."),
    QuotaKind.GPU_HOURS: _("You used %(used).1f of %(limit).1f GPU hours in the last 30 days."),
}
ORGANIZATION_QUOTA = {
    QuotaKind.PER_DAY: _("%(name)s made %(used)d of %(limit)d submissions in the last 24 hours."),
    QuotaKind.ACTIVE: _("%(used)d of at most %(limit)d submissions of %(name)s wait or run."),
    QuotaKind.GPU_HOURS: _(
        "%(name)s used %(used).1f of %(limit).1f GPU hours in the last 30 days."
    ),
}


def handler(exc: Exception, context: dict[str, Any]) -> Response:
    """Return the problem that ``exc`` means. The framework's EXCEPTION_HANDLER.

    An exception that nobody foresaw is logged with its traceback and answered without any of its text.
    """
    framework = exception_handler(exc, context)
    if framework is not None:
        return _of_framework(exc, framework).response()
    if isinstance(exc, SubmissionInvalid):
        return invalid(exc.errors).response()
    if isinstance(exc, QuotaExceeded):
        return _quota(exc).response()
    if isinstance(exc, TransitionRefused):
        return _refused(exc).response()
    if isinstance(exc, RequestDataTooBig):
        return Problem(TOO_LARGE, 413, str(exc) or _("Send a smaller one.")).response()
    if isinstance(exc, SuspiciousOperation):
        return Problem(MALFORMED, 400).response()
    if isinstance(exc, AlreadyImported):
        return _imported_before(exc).response()
    if isinstance(exc, EvaluationError) and exc.code in RESULTS_STATUS:
        return _results(exc).response()
    request = context["request"]
    logger.error("unexpected error in %s %s", request.method, request.path, exc_info=exc)
    got_request_exception.send(sender=None, request=request)
    detail = _("The error was logged. Try again; if it repeats, tell an administrator the time.")
    return Problem(INTERNAL, 500, detail).response()


def invalid(errors: list[dict[str, str]]) -> Problem:
    """Return the problem for a request whose fields are wrong."""
    fields = ", ".join(sorted({error["field"] for error in errors if error["field"]}))
    parts = [error["message"] for error in errors if not error["field"]]
    if fields:
        parts.append(gettext("Correct these fields: %(fields)s.") % {"fields": fields})
    return Problem(VALIDATION, 400, " ".join(parts), errors)


def _of_framework(exc: Exception, framework: Response) -> Problem:
    """Keep the status and headers that the framework chose."""
    if isinstance(exc, Http404):
        exc = exceptions.NotFound()
    elif isinstance(exc, PermissionDenied):
        exc = exceptions.PermissionDenied()
    headers = {
        name: framework[name] for name in ("WWW-Authenticate", "Retry-After") if name in framework
    }
    if isinstance(exc, exceptions.ValidationError):
        problem = invalid(list(flatten(exc.detail)))
        problem.headers = headers
        return problem
    kind = next((kind for of, kind in KINDS if isinstance(exc, of)), INTERNAL)
    extra = {"scope": exc.scope, "granted": exc.granted} if isinstance(exc, MissingScope) else {}
    detail = str(getattr(exc, "detail", ""))
    return Problem(kind, framework.status_code, detail, extra=extra, headers=headers)


def flatten(detail: Any, path: str = "") -> Iterator[dict[str, str]]:
    """Yield one entry per error of the framework's nested detail; ``field`` is the dotted path, "" for the whole."""
    if isinstance(detail, Mapping):
        for name, below in detail.items():
            whole = name == "non_field_errors"
            yield from flatten(below, path if whole else f"{path}.{name}" if path else str(name))
    elif isinstance(detail, list):
        for index, below in enumerate(detail):
            # A list holds either messages of this field, or one mapping of errors per element of a list field.
            nested = isinstance(below, Mapping | list)
            yield from flatten(below, f"{path}.{index}" if nested else path)
    else:
        yield {
            "field": path,
            "code": str(getattr(detail, "code", None) or "invalid"),
            # A message may quote what was sent, and not all that JSON can say can be said in an answer.
            "message": storable(str(detail)),
        }


def _quota(exc: QuotaExceeded) -> Problem:
    sentence = (ORGANIZATION_QUOTA if exc.organization else OWN_QUOTA)[QuotaKind(exc.kind)]
    told = {"used": exc.used, "limit": exc.limit, "name": exc.organization}
    wait = max(1, round(exc.retry_after_s))
    return Problem(
        QUOTA,
        429,
        sentence % told,
        extra={
            "quota": exc.kind,
            "organization": exc.organization,
            "used": exc.used,
            "limit": exc.limit,
            "retry_after_s": wait,
        },
        headers={"Retry-After": str(wait)},
    )


def _refused(exc: TransitionRefused) -> Problem:
    found = RunState(exc.found)
    detail: Text = _("The run is “%(found)s”; it cannot become “%(wanted)s”.") % {
        "found": found.label,
        "wanted": exc.wanted.label,
    }
    if isinstance(exc, ImportedRun):
        detail = _(
            "The answers were imported: no worker can be asked for them. Import a file again."
        )
    extra = {"run": str(exc.run.public_id), "state": found.value, "wanted": exc.wanted.value}
    return Problem(CONFLICT, 409, detail, extra=extra)


def _results(exc: EvaluationError) -> Problem:
    """Return the problem of a results file: the code's words, and the place in the file."""
    language = get_language() or "en"
    kind = Kind(exc.code.value.replace("_", "-"), exc.words.title(language))
    detail = " ".join(part for part in (storable(exc.detail), exc.words.advice(language)) if part)
    return Problem(kind, RESULTS_STATUS[exc.code], detail, extra={"code": exc.code.value})


def _imported_before(exc: AlreadyImported) -> Problem:
    detail = _("The same file of the same model is run %(run)s.") % {"run": exc.run.public_id}
    return Problem(IMPORTED_BEFORE, 409, detail, extra={"run": str(exc.run.public_id)})
