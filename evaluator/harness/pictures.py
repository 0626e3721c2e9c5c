"""Pictures on their way to the model: decoded, and encoded as lossless PNG, once for all questions that show the same.

The rotations of a question show the same picture, and so do the questions on a figure; they are seldom far apart.
"""

from __future__ import annotations

import base64
import hashlib
import io
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from threading import Lock
from typing import Any, Generic, TypeVar

import datasets
from lmms_eval.protocol import ChatMessages
from PIL import Image

COMPRESSION = 1
"""zlib's fastest level: the pixels are the same, the file is somewhat larger, and encoding takes a third."""
KEPT_BYTES = 64 * 1024**2
"""Of encoded pictures that are kept, and of decoded ones."""

T = TypeVar("T")


class _Recent(Generic[T]):
    """What was made of late, up to a total of KEPT_BYTES; what was not used for longest goes first.

    Threads may share it; two that want the same new thing both make it.
    """

    def __init__(self, size: Callable[[T], int]) -> None:
        self._size = size
        self._kept: OrderedDict[Hashable, T] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()

    def of(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return what is kept under the key, else what ``make`` makes."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        made = make()
        with self._lock:
            if key not in self._kept:
                self._kept[key] = made
                self._bytes += self._size(made)
            while self._bytes > KEPT_BYTES:
                _, oldest = self._kept.popitem(last=False)
                self._bytes -= self._size(oldest)
        return made


def _pixel_bytes(picture: Image.Image) -> int:
    return picture.width * picture.height * len(picture.getbands())


_ENCODED: _Recent[str] = _Recent(len)
_DECODED: _Recent[Image.Image] = _Recent(_pixel_bytes)


@dataclass
class _DecodedOnce(datasets.Image):  # type: ignore[misc]
    """A column of pictures that gives each row a copy of its own, made from what was decoded before."""

    def decode_example(self, value: Any, token_per_repo_id: Any = None) -> Any:
        """Return the picture; one that is only named by a path, or is decoded already, as ``datasets`` does."""

        def decode() -> Any:
            return super(_DecodedOnce, self).decode_example(value, token_per_repo_id)

        content = value.get("bytes") if isinstance(value, dict) else None
        if content is None:
            return decode()
        kept = _DECODED.of((hashlib.sha256(content).digest(), self.mode), decode)
        # A task may draw on its row's picture.
        picture = kept.copy()
        picture.format = kept.format
        return picture


def decoded_once(rows: datasets.Dataset) -> datasets.Dataset:
    """Return the rows with every column of pictures, or of lists of them, decoding each picture once."""
    for name, feature in rows.features.items():
        if isinstance(feature, datasets.Image):
            rows = rows.cast_column(name, _DecodedOnce(mode=feature.mode))
        elif isinstance(inner := getattr(feature, "feature", None), datasets.Image):
            rows = rows.cast_column(name, type(feature)(_DecodedOnce(mode=inner.mode)))
    return rows


def _base64_png(picture: Image.Image) -> str:
    content = hashlib.sha256(f"{picture.mode} {picture.size}".encode())
    content.update(picture.tobytes())
    if picture.mode == "P":
        content.update(repr(picture.getpalette()).encode())
    return _ENCODED.of(content.digest(), lambda: _encode(picture))


def _encode(picture: Image.Image) -> str:
    file = io.BytesIO()
    picture.save(file, "PNG", compress_level=COMPRESSION)
    return base64.b64encode(file.getvalue()).decode()


class Chat(ChatMessages):  # type: ignore[misc]
    """lmms-eval's messages, with pictures in memory encoded by us; whatever else it encodes itself."""

    def encode_image(self, image: Any, *arguments: Any, **options: Any) -> str:
        """Return the picture as base64. lmms-eval's own setting for another format than PNG is left to it."""
        named = arguments[1] if len(arguments) > 1 else options.get("image_format", "PNG")
        if isinstance(image, Image.Image) and str(named).upper() == "PNG":
            return _base64_png(image)
        encoded: str = super().encode_image(image, *arguments, **options)
        return encoded
