"""The artifact store: a folder, or any fsspec URL such as ``s3://bucket/prefix``. Shared by the site and the workers."""

from __future__ import annotations

import posixpath
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any
from uuid import uuid4

import fsspec

from evaluator.errors import EvaluationError, FailureCode

_KEY = re.compile(r"^[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)*$")


class ArtifactStore:
    """Files by key (``bundles/…/….zip``). Every failure of the store is EvaluationError(ARTIFACTS_UNAVAILABLE).

    A key names its content for good: putting a key that exists changes nothing. On a folder a put writes to a
    temporary name and renames; object stores are atomic by themselves.
    """

    def __init__(self, url: str) -> None:
        options: dict[str, Any] = {} if "://" in url else {"auto_mkdir": True}
        try:
            self._fs, self._root = fsspec.core.url_to_fs(url, **options)
        except (ImportError, ValueError, OSError) as error:
            raise EvaluationError(
                FailureCode.ARTIFACTS_UNAVAILABLE, f"{type(error).__name__} on opening the store"
            ) from error
        self._local = "file" in _protocols(self._fs)

    def exists(self, key: str) -> bool:
        with _translated(key):
            return bool(self._fs.exists(self._path(key)))

    def put_file(self, local: Path, key: str) -> None:
        """Store a file under ``key``, unless the key exists."""
        self._put(key, lambda path: self._fs.put_file(str(local), path))

    def put_bytes(self, data: bytes, key: str) -> None:
        """Store bytes under ``key``, unless the key exists."""
        self._put(key, lambda path: self._fs.pipe_file(path, data))

    @contextmanager
    def open(self, key: str) -> Iterator[IO[bytes]]:
        """Open a stored file for reading; FileNotFoundError is translated like every failure."""
        with _translated(key), self._fs.open(self._path(key), "rb") as file:
            yield file

    def fetch(self, key: str, local: Path) -> None:
        """Copy a stored file to ``local``."""
        with self.open(key) as source, local.open("wb") as target:
            shutil.copyfileobj(source, target)

    def _put(self, key: str, write: Callable[[str], None]) -> None:
        path = self._path(key)
        with _translated(key):
            if self._fs.exists(path):
                return
            if not self._local:
                # In one call: leaving an open file by an exception would store what was written so far.
                write(path)
                return
            part = f"{path}.{uuid4().hex}.part"
            try:
                write(part)
                Path(part).replace(path)
            except BaseException:
                Path(part).unlink(missing_ok=True)
                raise

    def _path(self, key: str) -> str:
        if not _KEY.match(key):
            raise ValueError(f"{key!r} is not an artifact key")
        return posixpath.join(self._root, key)


def _protocols(fs: Any) -> tuple[str, ...]:
    return (fs.protocol,) if isinstance(fs.protocol, str) else tuple(fs.protocol)


@contextmanager
def _translated(key: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise EvaluationError(
            FailureCode.ARTIFACTS_UNAVAILABLE, f"{key}: {error.strerror or type(error).__name__}"
        ) from error
