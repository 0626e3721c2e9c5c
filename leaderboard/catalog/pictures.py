"""Pictures of items: checked, and stored once under their own hash with a thumbnail."""

from __future__ import annotations

import warnings
from io import BytesIO

from PIL import Image as Pillow

from evaluator.artifacts import ArtifactStore
from evaluator.errors import EvaluationError, FailureCode
from leaderboard.catalog.models import Image
from leaderboard.core.artifacts import image_key, thumb_key

MAX_PIXELS = 64_000_000
"""A picture that unfolds into more is refused before it is decoded."""
THUMB_SIDE = 320
THUMB_QUALITY = 80


def store_picture(store: ArtifactStore, sha256: str, data: bytes) -> Image:
    """Put a picture and its thumbnail into the store; return its row, not saved.

    ``data`` must hash to ``sha256``; the caller has verified that. Raises EvaluationError: BUNDLE_CORRUPT unless it
    is a WebP picture of at most MAX_PIXELS that decodes, ARTIFACTS_UNAVAILABLE when it cannot be stored.
    """
    size, thumb = _decoded(sha256, data)
    store.put_bytes(data, image_key(sha256))
    store.put_bytes(thumb, thumb_key(sha256))
    return Image(sha256=sha256, width=size[0], height=size[1], size=len(data))


def _decoded(sha256: str, data: bytes) -> tuple[tuple[int, int], bytes]:
    """Return width and height, and the thumbnail's bytes."""
    try:
        with warnings.catch_warnings():
            # Ours is the limit that counts; Pillow's warning would only repeat it.
            warnings.simplefilter("ignore", Pillow.DecompressionBombWarning)
            picture = Pillow.open(BytesIO(data), formats=["WEBP"])
        size = picture.size
        if size[0] * size[1] > MAX_PIXELS:
            raise _corrupt(sha256, f"has {size[0]} x {size[1]} pixels")
        picture.load()
    except (OSError, ValueError, SyntaxError, Pillow.DecompressionBombError) as error:
        raise _corrupt(sha256, "cannot be decoded") from error
    return size, _thumbnail(picture)


def _thumbnail(picture: Pillow.Image) -> bytes:
    """Return the picture as WebP with no side longer than THUMB_SIDE; small ones keep their size."""
    small = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    small.thumbnail((THUMB_SIDE, THUMB_SIDE))
    target = BytesIO()
    small.save(target, "WEBP", quality=THUMB_QUALITY)
    return target.getvalue()


def _corrupt(sha256: str, what: str) -> EvaluationError:
    return EvaluationError(FailureCode.BUNDLE_CORRUPT, f"picture {sha256[:12]} {what}")
