"""Files that come and go."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import uuid
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from vlm_leaderboard.errors import BadInput

Destination = str | os.PathLike[str] | BinaryIO

LMMS_EVAL_FILES = re.compile(r"_samples_.+\.jsonl$|_results\.json$")
"""What of lmms-eval's output folder is sent; its logs and whatever else lies there are nobody's business."""


def written(out: Destination, fill: Callable[[BinaryIO], None], *, overwrite: bool) -> None:
    """Let ``fill`` write a file, and put it in its place once it is whole.

    ``fill`` gets a file that it may begin anew. Raises BadInput for a path that is taken or that cannot be written.
    """
    if not isinstance(out, str | os.PathLike):
        with tempfile.TemporaryFile() as file:
            fill(file)
            file.seek(0)
            shutil.copyfileobj(file, out)
        return
    path = Path(out)
    if path.exists() and not overwrite:
        raise BadInput(f"{path} is there already.")
    part = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}.part")
    try:
        with part.open("x+b") as file:
            fill(file)
        part.replace(path)
    except OSError as error:
        raise BadInput(f"{path} cannot be written: {error.strerror}.") from error
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def results_file(path: str | os.PathLike[str]) -> Iterator[tuple[str, BinaryIO]]:
    """Open a results file to send it; lmms-eval's output folder as a zip file. Raises BadInput."""
    source = Path(path)
    if not source.is_dir():
        try:
            file = source.open("rb")
        except OSError as error:
            raise BadInput(f"{source} cannot be read: {error.strerror}.") from error
        with file:
            yield source.name, file
        return
    chosen = [p for p in sorted(source.rglob("*")) if LMMS_EVAL_FILES.search(p.name)]
    chosen = [p for p in chosen if p.is_file() and not p.is_symlink()]
    if not chosen:
        raise BadInput(
            f"{source} has no *_samples_*.jsonl in it, which lmms-eval writes with --log_samples."
        )
    with tempfile.TemporaryFile() as packed:
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False) as archive:
            for found in chosen:
                archive.write(found, found.relative_to(source))
        packed.seek(0)
        yield f"{source.resolve().name}.zip", packed
