"""Pictures of items, out of the artifact store."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response, patch_cache_control
from django.views.decorators.http import require_safe

from evaluator.errors import EvaluationError
from leaderboard.catalog.models import Image
from leaderboard.core.artifacts import image_key, store, thumb_key

FOREVER = 365 * 24 * 3600


@require_safe
def image(request: HttpRequest, sha256: str) -> HttpResponse:
    """A picture as the models saw it."""
    return _stored(request, sha256, image_key(sha256))


@require_safe
def thumb(request: HttpRequest, sha256: str) -> HttpResponse:
    """Its thumbnail."""
    return _stored(request, sha256, thumb_key(sha256))


def _stored(request: HttpRequest, sha256: str, key: str) -> HttpResponse:
    """Answer with a picture of an item. The name is the content's hash, so what a browser has never goes stale."""
    if not Image.objects.filter(sha256=sha256).exists():
        raise Http404
    etag = f'"{sha256}"'
    response = get_conditional_response(request, etag=etag)
    if response is None:
        response = HttpResponse(_read(key), content_type="image/webp")
    response.headers["ETag"] = etag
    patch_cache_control(response, public=True, max_age=FOREVER, immutable=True)
    return response


def _read(key: str) -> bytes:
    """Return a stored file; Http404 when the store does not have it (or cannot be read) now."""
    try:
        with store().open(key) as file:
            return file.read()
    except EvaluationError as error:
        raise Http404(error.detail) from error
