"""Pictures on their way to the model: decoded, and encoded as lossless PNG, once for all questions that show the same.

The rotations of a question show the same picture, and so do the questions on a figure; they are seldom far apart.
"""

from __future__ import annotations

import base64
import hashlib
import io
import struct
import zlib
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from threading import Lock
from typing import Any, Generic, TypeVar

import datasets
import numpy as np
from lmms_eval.protocol import ChatMessages
from PIL import Image

COMPRESSION = 1
"""zlib's fastest level: the pixels are the same, the file is somewhat larger, and encoding takes a third."""
BESIDE_PIXELS = ("icc_profile", "transparency")
"""What Pillow writes into a PNG file of a picture's ``info``."""
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_COLOUR_TYPES = {"L": 0, "RGB": 2, "LA": 4, "RGBA": 6}
"""PNG's numbers for the modes of Pillow with eight bits a channel."""
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
    pixels = picture.tobytes()
    beside = [picture.info.get(name) for name in BESIDE_PIXELS]
    content = hashlib.sha256(f"{picture.mode} {picture.size} {beside}".encode())
    content.update(pixels)
    if picture.mode == "P":
        content.update(repr(picture.getpalette()).encode())
    return _ENCODED.of(content.digest(), lambda: base64.b64encode(_png(picture, pixels)).decode())


def _png(picture: Image.Image, pixels: bytes) -> bytes:
    """Return the picture as a PNG file; ``pixels`` are its raw ones.

    Pillow keeps Python's lock while it compresses, a tenth of a second for a photograph, in which no other answer is
    read and every clock runs on. zlib and numpy do not, and are twice as fast; what they cannot write is Pillow's.
    """
    kind = _COLOUR_TYPES.get(picture.mode)
    if kind is None or not pixels or picture.info.keys() & set(BESIDE_PIXELS):
        file = io.BytesIO()
        picture.save(file, "PNG", compress_level=COMPRESSION)
        return file.getvalue()
    head = struct.pack(">IIBBBBB", picture.width, picture.height, 8, kind, 0, 0, 0)
    body = zlib.compress(_filtered(pixels, picture.height), COMPRESSION)
    return b"".join(
        [_SIGNATURE, _chunk(b"IHDR", head), _chunk(b"IDAT", body), _chunk(b"IEND", b"")]
    )


def _filtered(pixels: bytes, height: int) -> memoryview:
    """Return each row as its difference to the one above (PNG's filter 2), after the filter's number."""
    rows = np.frombuffer(pixels, np.uint8).reshape(height, -1)
    out = np.empty((height, 1 + rows.shape[1]), np.uint8)
    out[:, 0] = 2
    out[0, 1:] = rows[0]
    np.subtract(rows[1:], rows[:-1], out=out[1:, 1:])
    return out.data


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


class Chat(ChatMessages):  # type: ignore[misc]
    """lmms-eval's messages, with pictures in memory encoded by us; whatever else it encodes itself."""

    def encode_image(self, image: Any, *arguments: Any, **options: Any) -> str:
        """Return the picture as base64. lmms-eval's own setting for another format than PNG is left to it."""
        named = arguments[1] if len(arguments) > 1 else options.get("image_format", "PNG")
        if isinstance(image, Image.Image) and str(named).upper() == "PNG":
            return _base64_png(image)
        encoded: str = super().encode_image(image, *arguments, **options)
        return encoded
