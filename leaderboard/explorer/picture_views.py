"""Pictures of items, out of the artifact store."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response, patch_cache_control, patch_vary_headers
from django.views.decorators.http import require_safe

from evaluator.errors import EvaluationError
from leaderboard.catalog.models import Image
from leaderboard.core.artifacts import image_key, store, thumb_key
from leaderboard.runs.models import Run

FOREVER = 365 * 24 * 3600
WEBP = "image/webp"


@require_safe
def image(request: HttpRequest, sha256: str) -> HttpResponse:
    """A picture as the models saw it."""
    return picture(request, sha256, image_key(sha256))


@require_safe
def thumb(request: HttpRequest, sha256: str) -> HttpResponse:
    """Its thumbnail."""
    return picture(request, sha256, thumb_key(sha256))


def picture(request: Any, sha256: str, key: str) -> HttpResponse:
    """Answer with the file ``key`` of a picture that the reader may see; ``request`` is Django's or the framework's.

    The name is the content's hash, so what a browser has never goes stale: 304 for whoever has it. Only a picture of a
    published run may be kept by caches that others use. Raises Http404.
    """
    public = _find(request, sha256)
    etag = f'"{sha256}"'
    response = get_conditional_response(request, etag=etag)
    if response is None:
        response = HttpResponse(_read(key), content_type=WEBP)
    response.headers["ETag"] = etag
    whose = {"public": True} if public else {"private": True}
    patch_cache_control(response, max_age=FOREVER, immutable=True, **whose)
    if not public:
        patch_vary_headers(response, ["Cookie", "Authorization"])
    return response


def _find(request: Any, sha256: str) -> bool:
    """Return whether everybody may see the picture; Http404 unless the reader may.

    It is seen by who sees a run on a data set that it is in. The first question, which is nearly always the last,
    needs no session.
    """
    if Image.objects.shown_in(Run.objects.published()).filter(sha256=sha256).exists():
        return True
    if Image.objects.shown_in(Run.objects.visible_to(request.user)).filter(sha256=sha256).exists():
        return False
    raise Http404


def _read(key: str) -> bytes:
    """Return a stored file; Http404 when the store does not have it (or cannot be read) now."""
    try:
        with store().open(key) as file:
            return file.read()
    except EvaluationError as error:
        raise Http404(error.detail) from error
