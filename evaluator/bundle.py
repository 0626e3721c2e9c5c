"""Bundles (one benchmark's responses) and items packs (one data set's questions and pictures), as zip files.

Written to a temporary name, then renamed, so that a file that exists is whole. Reading verifies every member
against its hash before anything of it is used. Members are looked up by the names that the format allows; nothing
is ever extracted by a name that the archive chose.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

from evaluator.errors import EvaluationError, FailureCode
from evaluator.records import Item, Manifest, Response

MANIFEST = "manifest.json"
RESPONSES = "responses.jsonl"
LOG = "harness.log"
DATASET = "dataset.json"
ITEMS = "items.jsonl"
IMAGE_NAME = re.compile(r"^images/([0-9a-f]{64})\.webp$")

MAX_MEMBER_BYTES = 2 * 1024**3
"""A member that says it is larger is refused: a guard against a zip made to fill the disk."""

_UNREADABLE = (zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, EOFError)
_ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)


def sha256_of(path: Path) -> str:
    """Return the sha256 of a file, in hex."""
    with path.open("rb") as file:
        return _digest(file)


def _digest(file: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while chunk := file.read(1 << 20):
        digest.update(chunk)
    return digest.hexdigest()


def read_responses(path: Path) -> list[Response]:
    """Return the responses of a ``responses.jsonl``: for each item the last one, in the order of the data set.

    An item that failed and was asked again has two lines; the later one counts. A last line that a kill cut
    short is dropped; a broken line elsewhere raises EvaluationError(BUNDLE_CORRUPT).
    """
    by_key: dict[str, Response] = {}
    lines = path.read_bytes().split(b"\n") if path.exists() else []
    whole, tail = lines[:-1], lines[-1:]
    for number, line in enumerate(whole, start=1):
        if line.strip():
            response = _response(line, number)
            by_key[response.key] = response
    if tail and tail[0].strip():
        try:
            response = _response(tail[0], len(lines))
        except EvaluationError:
            pass
        else:
            by_key[response.key] = response
    return sorted(by_key.values(), key=lambda r: r.position)


def _response(line: bytes | str, number: int) -> Response:
    try:
        return Response.from_json(json.loads(line))
    except (ValueError, TypeError, AttributeError) as error:
        raise EvaluationError(
            FailureCode.BUNDLE_CORRUPT, f"{RESPONSES} line {number} is not a response"
        ) from error


def write_bundle(
    target: Path, manifest: Manifest, responses: Iterable[Response], log: Path | None = None
) -> str:
    """Write a bundle and return its sha256. ``manifest.files`` is filled in here."""
    body = b"".join(_line(r.to_json()) for r in responses)
    members = {RESPONSES: body, LOG: log.read_bytes() if log and log.exists() else b""}
    files = {name: hashlib.sha256(data).hexdigest() for name, data in members.items()}
    head = json.dumps(replace(manifest, files=files).to_json(), indent=1, sort_keys=True).encode()
    with _writing(target) as archive:
        _add(archive, MANIFEST, head)
        for name, data in members.items():
            _add(archive, name, data)
    return sha256_of(target)


@dataclass(frozen=True, slots=True)
class Bundle:
    """A verified bundle. ``responses`` reads lazily from the open file."""

    manifest: Manifest
    archive: zipfile.ZipFile

    def responses(self) -> Iterator[Response]:
        with self.archive.open(RESPONSES) as lines:
            for number, line in enumerate(lines, start=1):
                yield _response(line, number)

    def log(self) -> str:
        return self.archive.read(LOG).decode(errors="replace")


@contextmanager
def open_bundle(path: Path) -> Iterator[Bundle]:
    """Open a bundle and verify each member against the manifest.

    Raises EvaluationError(BUNDLE_CORRUPT) when anything is missing, too large or does not match its hash.
    """
    with _reading(path) as archive:
        manifest = _manifest(archive)
        for name in (RESPONSES, LOG):
            expected = manifest.files.get(name)
            with _member(archive, name) as member:
                found = _digest(member)
            if expected != found:
                raise EvaluationError(FailureCode.BUNDLE_CORRUPT, f"{name} does not match its hash")
        yield Bundle(manifest, archive)


def _manifest(archive: zipfile.ZipFile) -> Manifest:
    with _member(archive, MANIFEST) as member:
        try:
            return Manifest.from_json(json.load(member))
        except (ValueError, TypeError, AttributeError) as error:
            raise EvaluationError(
                FailureCode.BUNDLE_CORRUPT, f"{MANIFEST} cannot be read: {error}"
            ) from error


def pack_items(folder: Path, dataset: Mapping[str, Any], target: Path) -> str:
    """Pack a harness items folder (``items.jsonl``, ``images/``) and what it said of the data set.

    Return the sha256 of the pack.
    """
    with _writing(target) as archive:
        _add(archive, DATASET, json.dumps(dataset, sort_keys=True).encode())
        _add(archive, ITEMS, (folder / ITEMS).read_bytes())
        for image in sorted((folder / "images").glob("*.webp")):
            _add(archive, f"images/{image.name}", image.read_bytes(), compress=False)
    return sha256_of(target)


@dataclass(frozen=True, slots=True)
class ItemsPack:
    """An open items pack. ``dataset`` is what the harness said of the data set."""

    dataset: Mapping[str, Any]
    archive: zipfile.ZipFile

    def items(self) -> Iterator[Item]:
        """Yield the items. Raises EvaluationError(BUNDLE_CORRUPT) at a line that is none."""
        with _member(self.archive, ITEMS) as lines:
            for number, line in enumerate(lines, start=1):
                yield _item(line, number)

    def image(self, sha256: str) -> bytes:
        """Return a picture's WebP bytes.

        Raises EvaluationError(BUNDLE_CORRUPT) when it is not there or is not what its name says.
        """
        with _member(self.archive, f"images/{sha256}.webp") as member:
            data = member.read()
        if hashlib.sha256(data).hexdigest() != sha256:
            raise EvaluationError(
                FailureCode.BUNDLE_CORRUPT, f"picture {sha256[:12]} does not match its hash"
            )
        return data


def _item(line: bytes, number: int) -> Item:
    try:
        data = json.loads(line)
        return Item.from_json(data | {"images": tuple(data.get("images", ()))})
    except (ValueError, TypeError, AttributeError) as error:
        raise EvaluationError(
            FailureCode.BUNDLE_CORRUPT, f"{ITEMS} line {number} is not an item"
        ) from error


@contextmanager
def open_items(path: Path) -> Iterator[ItemsPack]:
    """Open an items pack. Raises EvaluationError(BUNDLE_CORRUPT) when it is none."""
    with _reading(path) as archive:
        with _member(archive, DATASET) as member:
            try:
                dataset = json.load(member)
            except ValueError as error:
                raise EvaluationError(
                    FailureCode.BUNDLE_CORRUPT, f"{DATASET} cannot be read"
                ) from error
        yield ItemsPack(dataset, archive)


def _line(data: Mapping[str, Any]) -> bytes:
    # Escaped, because a model may write half of a surrogate pair, which has no UTF-8 form.
    return json.dumps(data, separators=(",", ":")).encode() + b"\n"


@contextmanager
def _writing(target: Path) -> Iterator[zipfile.ZipFile]:
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
                yield archive
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _add(archive: zipfile.ZipFile, name: str, data: bytes, *, compress: bool = True) -> None:
    # A fixed time stamp: the same content gives the same file, and so the same hash.
    info = zipfile.ZipInfo(name, _ZIP_EPOCH)
    info.compress_type = zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED
    archive.writestr(info, data)


@contextmanager
def _reading(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except _UNREADABLE as error:
        raise EvaluationError(
            FailureCode.BUNDLE_CORRUPT, f"not a readable archive: {error}"
        ) from error


@contextmanager
def _member(archive: zipfile.ZipFile, name: str) -> Iterator[IO[bytes]]:
    try:
        info = archive.getinfo(name)
    except KeyError:
        raise EvaluationError(FailureCode.BUNDLE_CORRUPT, f"{name} is not in the archive") from None
    if info.file_size > MAX_MEMBER_BYTES:
        raise EvaluationError(FailureCode.BUNDLE_CORRUPT, f"{name} is too large")
    try:
        with archive.open(info) as file:
            yield file
    except (*_UNREADABLE, RuntimeError, NotImplementedError) as error:
        # The two last ones: zipfile's words for an encrypted member and for an unknown compression.
        raise EvaluationError(
            FailureCode.BUNDLE_CORRUPT, f"{name} cannot be read: {error}"
        ) from error
