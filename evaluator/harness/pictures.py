"""Pictures as they are sent: lossless PNG, encoded once for all the questions that show the same one."""

from __future__ import annotations

import base64
import hashlib
import io
from collections import OrderedDict
from threading import Lock
from typing import Any

from lmms_eval.protocol import ChatMessages
from PIL import Image

COMPRESSION = 1
"""zlib's fastest level: the pixels are the same, the file is somewhat larger, and encoding takes a third."""
KEPT_CHARACTERS = 64 * 1024**2
"""Of encoded pictures that are kept; the rotations of a question and the questions on a figure are seldom far apart."""


class _Encoded:
    """Encoded pictures by their content; those not used for longest go first. Threads may share it."""

    def __init__(self) -> None:
        self._kept: OrderedDict[bytes, str] = OrderedDict()
        self._characters = 0
        self._lock = Lock()

    def of(self, picture: Image.Image) -> str:
        """Return the picture as base64 of a PNG file."""
        content = hashlib.sha256(f"{picture.mode} {picture.size}".encode())
        content.update(picture.tobytes())
        if picture.mode == "P":
            content.update(repr(picture.getpalette()).encode())
        key = content.digest()
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        text = _png(picture)
        with self._lock:
            if key not in self._kept:
                self._kept[key] = text
                self._characters += len(text)
            while self._characters > KEPT_CHARACTERS:
                _, oldest = self._kept.popitem(last=False)
                self._characters -= len(oldest)
        return text


def _png(picture: Image.Image) -> str:
    file = io.BytesIO()
    picture.save(file, "PNG", compress_level=COMPRESSION)
    return base64.b64encode(file.getvalue()).decode()


_ENCODED = _Encoded()


class Chat(ChatMessages):  # type: ignore[misc]
    """lmms-eval's messages, with pictures in memory encoded by us; whatever else it encodes itself."""

    def encode_image(self, image: Any, *arguments: Any, **options: Any) -> str:
        """Return the picture as base64. lmms-eval's own setting for another format than PNG is left to it."""
        named = arguments[1] if len(arguments) > 1 else options.get("image_format", "PNG")
        if isinstance(image, Image.Image) and str(named).upper() == "PNG":
            return _ENCODED.of(image)
        encoded: str = super().encode_image(image, *arguments, **options)
        return encoded
