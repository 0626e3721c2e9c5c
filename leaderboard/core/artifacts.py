"""The site's artifact store, from ``settings.ARTIFACTS_URL``."""

from __future__ import annotations

from functools import cache

from django.conf import settings

from evaluator.artifacts import ArtifactStore


@cache
def _store(url: str) -> ArtifactStore:
    return ArtifactStore(url)


def store() -> ArtifactStore:
    """Return the store. One object per URL and process; it holds no open file."""
    return _store(settings.ARTIFACTS_URL)


def image_key(sha256: str) -> str:
    """Where the picture with this hash lies."""
    return f"images/{sha256[:2]}/{sha256}.webp"


def thumb_key(sha256: str) -> str:
    """Where its thumbnail lies."""
    return f"thumbs/{sha256[:2]}/{sha256}.webp"
