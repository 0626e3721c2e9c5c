"""A fingerprint of a checkpoint's weights: equal where two checkpoints hold the same ones.

It is made of the tensors and not of their files, so that the same weights in other shards, under other file names or
with other metadata have the same fingerprint. What it proves depends on how it was made:

| method | made of | equal means | different means |
|---|---|---|---|
| content | every byte of every tensor | the same weights | other weights |
| sampled | name, type and shape of every tensor, and windows of each one's bytes | the same weights, unless somebody changed bytes between the windows on purpose | other weights |
| files | the hub's own SHA-256 of every weight file | the same files | nothing: other shards of the same weights differ |

Whatever the method, weights that were renamed, cast or quantized are others to it. Fingerprints of different methods
are never equal.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from evaluator.checkpoint.headers import WeightFile

WHOLE_BYTES = 256 * 1024**2
"""Up to this size every byte is read: about a second from a disk."""
WINDOW_BYTES = 4096
MOST_READS = 8192
"""Windows read of a larger checkpoint: some seconds from a disk, whatever its size."""
_WINDOWS = 3
"""Of each tensor, at its beginning, middle and end: training that touches a tensor changes nearly all of it."""


class Method(StrEnum):
    """How a fingerprint was made."""

    CONTENT = "content"
    SAMPLED = "sampled"
    FILES = "files"


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """``sha256`` in hex; see the module for what equality proves."""

    sha256: str
    method: Method


@dataclass(frozen=True, slots=True)
class _Stored:
    """A tensor and the place of its bytes: ``start`` to ``end`` (exclusive) of file number ``file``."""

    name: str
    kind: str
    file: int
    start: int
    end: int

    def windows(self, count: int) -> Iterator[tuple[int, int]]:
        """Yield start and length of ``count`` windows spread over the bytes; of few bytes, all of them."""
        size = self.end - self.start
        if size <= count * WINDOW_BYTES:
            yield self.start, size
            return
        room = size - WINDOW_BYTES
        for number in range(count):
            yield self.start + room * number // max(1, count - 1), WINDOW_BYTES


def fingerprint(folder: Path, files: Sequence[WeightFile]) -> Fingerprint:
    """Return the fingerprint of the weights in ``folder`` whose headers are ``files``.

    All bytes up to WHOLE_BYTES, else at most MOST_READS windows: three of each tensor; of very many tensors one, or
    one of every so many. Raises OSError.
    """
    tensors = sorted(
        (stored for number, file in enumerate(files) for stored in _stored(number, file)),
        key=lambda stored: (stored.name, stored.kind),
    )
    whole = sum(file.size for file in files) <= WHOLE_BYTES
    windows = max(1, min(_WINDOWS, MOST_READS // max(1, len(tensors))))
    step = 1 if whole else -(-len(tensors) // MOST_READS)
    contents = [b""] * len(tensors)
    by_file: dict[int, list[int]] = {}
    for place in range(0, len(tensors), max(1, step)):
        by_file.setdefault(tensors[place].file, []).append(place)
    for number, places in by_file.items():
        with (folder / files[number].name).open("rb") as data:
            for place in places:
                stored = tensors[place]
                parts = (
                    [(stored.start, stored.end - stored.start)]
                    if whole
                    else stored.windows(windows)
                )
                contents[place] = _read(data, parts)
    method = Method.CONTENT if whole else Method.SAMPLED
    digest = sha256(method.encode())
    for stored, content in zip(tensors, contents, strict=True):
        digest.update(json.dumps([stored.name, stored.kind]).encode())
        digest.update(content)
    return Fingerprint(digest.hexdigest(), method)


def fingerprint_of_files(hashes: Iterable[str]) -> Fingerprint:
    """Return the fingerprint of weight files of which only the SHA-256 are known, in any order."""
    digest = sha256(Method.FILES.encode())
    for known in sorted(hashes):
        digest.update(known.encode())
    return Fingerprint(digest.hexdigest(), Method.FILES)


def _stored(number: int, file: WeightFile) -> Iterator[_Stored]:
    """Yield a file's tensors. The header was checked when it was read (``headers.parse_weight_file``)."""
    for name, entry in json.loads(file.header).items():
        if name != "__metadata__":
            first, end = entry["data_offsets"]
            kind = f"{entry['dtype']} {entry['shape']}"
            yield _Stored(name, kind, number, file.data_start + first, file.data_start + end)


def _read(data: BinaryIO, parts: Iterable[tuple[int, int]]) -> bytes:
    """Return the SHA-256 of these parts of a file, read in pieces."""
    digest = sha256()
    for start, length in parts:
        data.seek(start)
        while length > 0 and (piece := data.read(min(length, 1 << 20))):
            digest.update(piece)
            length -= len(piece)
    return digest.digest()
