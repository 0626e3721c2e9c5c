"""Requests that may be sent again without being done twice: ``Idempotency-Key``.

The answer is stored in the transaction of what it answers. So there is either both or neither, whenever the process
dies, and a key is taken up by success only: after a refusal or a crash it is free again. While a request is under way an
advisory lock holds its key; the lock ends with the transaction, and so with the process.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import QueryDict
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import exceptions, status
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from leaderboard.accounts.models import User
from leaderboard.api.models import StoredAnswer
from leaderboard.core.locks import LockSpace, is_held_elsewhere

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
IN_FLIGHT_RETRY_S = 1

_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_SALT = "leaderboard.api.idempotency"

PARAMETERS = [
    OpenApiParameter(
        HEADER,
        str,
        OpenApiParameter.HEADER,
        description="Up to 255 printable ASCII characters of your choice, such as a UUID: the same request with the "
        "same key is done once and answered alike.",
    ),
    OpenApiParameter(
        REPLAYED,
        str,
        OpenApiParameter.HEADER,
        response=[200, 201, 202],
        description="`true` where the answer was given before.",
    ),
]

V = TypeVar("V", bound=APIView)
P = ParamSpec("P")
Handler = Callable[Concatenate[V, Request, P], Response]


class KeyReused(exceptions.APIException):
    """The key belongs to another request of this user."""

    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_detail = _(
        "You sent another request with this Idempotency-Key. Use a new key for a new request."
    )


class KeyInFlight(exceptions.APIException):
    """A request with this key is being worked on."""

    status_code = status.HTTP_409_CONFLICT
    default_detail = _(
        "A request with this Idempotency-Key is under way. Send it again in a moment for its answer."
    )
    wait = IN_FLIGHT_RETRY_S


def idempotent(handler: Handler[V, P]) -> Handler[V, P]:
    """Make a view's method do a request with a key once and answer its repetitions alike, per user.

    The method runs in a transaction; it says by raising that something is wrong. Its answer is stored as it is: it must
    not hold a secret. Raises KeyReused, KeyInFlight, ValidationError for a key that is none, NotAuthenticated.
    """

    @wraps(handler)
    def once(view: V, request: Request, /, *args: P.args, **kwargs: P.kwargs) -> Response:
        key = request.headers.get(HEADER)
        if key is None:
            return handler(view, request, *args, **kwargs)
        if not _KEY.fullmatch(key):
            raise exceptions.ValidationError({HEADER: [_("1 to 255 printable ASCII characters.")]})
        if not isinstance(request.user, User):
            raise exceptions.NotAuthenticated
        digest = hashlib.sha256(f"{request.user.pk} {key}".encode()).hexdigest()
        # Before the transaction begins: reading an upload takes its time.
        fingerprint = _fingerprint(request)
        with transaction.atomic():
            if is_held_elsewhere(LockSpace.IDEMPOTENCY, int(digest[:8], 16)):
                raise KeyInFlight
            mine = StoredAnswer.objects.filter(user=request.user, digest=digest)
            if stored := mine.live().first():
                return _again(stored, fingerprint)
            mine.delete()
            response = handler(view, request, *args, **kwargs)
            StoredAnswer.objects.create(
                user=request.user,
                digest=digest,
                fingerprint=fingerprint,
                status=response.status_code,
                body=JSONRenderer().render(response.data).decode(),
                location=response.get("Location", ""),
            )
            return response

    documented: Handler[V, P] = extend_schema(parameters=PARAMETERS)(once)
    return documented


def _again(stored: StoredAnswer, fingerprint: str) -> Response:
    if stored.fingerprint != fingerprint:
        raise KeyReused
    headers = {REPLAYED: "true"}
    if stored.location:
        headers["Location"] = stored.location
    return Response(json.loads(stored.body), stored.status, headers=headers)


def _fingerprint(request: Request) -> str:
    """Return a keyed hash of method, address and body. How a body is written (order, spaces, boundary) is not in it."""
    body: Any = request.data
    if isinstance(body, QueryDict):
        body = {name: [_part(part) for part in parts] for name, parts in body.lists()}
    told = [request.method, request.get_full_path(), body]
    try:
        text = json.dumps(told, sort_keys=True)
    except RecursionError:
        raise exceptions.ParseError(_("The JSON is nested too deeply.")) from None
    return salted_hmac(_SALT, text, algorithm="sha256").hexdigest()


def _part(part: str | UploadedFile[Any]) -> Any:
    if isinstance(part, str):
        return part
    content = hashlib.sha256()
    for chunk in part.chunks():
        content.update(chunk)
    return {"name": part.name, "sha256": content.hexdigest()}
