"""The site's artifact store: the one that it shares with the workers (``ARTIFACTS_URL``), and its keys."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from django.conf import settings

from evaluator.artifacts import ArtifactStore
from evaluator.errors import EvaluationError, FailureCode


def store() -> ArtifactStore:
    """Return the store that ``settings.ARTIFACTS_URL`` names.

    Raises EvaluationError(ARTIFACTS_UNAVAILABLE) when it cannot be opened.
    """
    return _opened(settings.ARTIFACTS_URL)


_opened = lru_cache(maxsize=2)(ArtifactStore)


def fetch_reported(key: str, local: Path) -> None:
    """Copy the file that a worker reported to ``local``.

    Raises EvaluationError: ARTIFACTS_UNAVAILABLE, or BUNDLE_CORRUPT when the key is none.
    """
    try:
        store().fetch(key, local)
    except ValueError as error:
        raise EvaluationError(FailureCode.BUNDLE_CORRUPT, str(error)) from error


def image_key(sha256: str) -> str:
    """Return the key of a picture: WebP bytes whose sha256 is ``sha256``."""
    return f"images/{sha256[:2]}/{sha256}.webp"


def thumb_key(sha256: str) -> str:
    """Return the key of the thumbnail made of the picture ``sha256``."""
    return f"thumbs/{sha256[:2]}/{sha256}.webp"
