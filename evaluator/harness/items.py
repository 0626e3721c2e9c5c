"""The items pack: a benchmark's questions and pictures, made once per data-set fingerprint.

``<items_dir>/<fingerprint>/items.jsonl`` holds one Item per row in order, ``images/<sha256>.webp`` each picture
once, named by the sha256 of the file's bytes. The folder appears whole or not at all.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Lock

from PIL import Image

from evaluator.harness.dataset import Rows
from evaluator.harness.store import json_line, sync_folder, write_text
from evaluator.records import Item

MAX_SIDE = 1600
QUALITY = 90
LOSSLESS_COLOURS = 4096
LOSSLESS_PIXELS = 1024 * 1024

Pictures = Callable[[int], Sequence[Image.Image]]


def ensure_pack(folder: Path, rows: Rows, pictures: Pictures) -> list[Item]:
    """Return the items of the pack at ``folder``, which is made first when it is not there.

    ``pictures(position)`` gives a row's pictures in the order in which the model sees them. A pack whose keys or
    fields are not those of ``rows`` (an older declaration wrote it) is made anew.
    """
    there = _pack_of(rows, folder)
    if there is not None:
        return there
    folder.parent.mkdir(parents=True, exist_ok=True)
    building = Path(tempfile.mkdtemp(prefix=f".{folder.name[:12]}-", dir=folder.parent))
    try:
        items = _write(building, rows, pictures)
        building.chmod(0o755)
        # Another evaluation may have made the same meanwhile, and be reading it.
        if _pack_of(rows, folder) is None:
            _replace(building, folder)
    finally:
        shutil.rmtree(building, ignore_errors=True)
    return items


def _pack_of(rows: Rows, folder: Path) -> list[Item] | None:
    """Return the items of the pack at ``folder`` when they are those of ``rows``."""
    items = _read(folder)
    if items is None:
        return None
    wanted = list(zip(rows.keys, rows.fields, strict=True))
    return items if [(i.key, i.fields) for i in items] == wanted else None


def _read(folder: Path) -> list[Item] | None:
    try:
        with (folder / "items.jsonl").open(encoding="utf-8") as lines:
            loaded = [json.loads(line) for line in lines]
    except FileNotFoundError:
        return None
    return [Item.from_json(data | {"images": tuple(data["images"])}) for data in loaded]


def _write(folder: Path, rows: Rows, pictures: Pictures) -> list[Item]:
    store = _PictureStore(folder / "images")
    with ThreadPoolExecutor(max_workers=min(4, os.cpu_count() or 1)) as pool:
        names = pool.map(
            lambda position: tuple(store.add(p) for p in pictures(position)), range(len(rows.keys))
        )
        items = [
            Item(key, position, fields, images)
            for position, (key, fields, images) in enumerate(
                zip(rows.keys, rows.fields, names, strict=True)
            )
        ]
    write_text(folder / "items.jsonl", "".join(json_line(item.to_json()) for item in items))
    return items


def _replace(building: Path, folder: Path) -> None:
    """Put the new pack in place. Another process may do the same at this moment, with the same content."""
    old = building.with_name(building.name + "-old")
    with suppress(FileNotFoundError):
        folder.rename(old)
    try:
        building.rename(folder)
    except OSError:
        if not (folder / "items.jsonl").is_file():
            raise
    shutil.rmtree(old, ignore_errors=True)
    sync_folder(folder.parent)


class _PictureStore:
    """Writes pictures by content, and encodes each different picture only once."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self._folder = folder
        self._names: dict[bytes, str] = {}
        self._lock = Lock()

    def add(self, picture: Image.Image) -> str:
        """Return the name (the WebP file's sha256) under which the picture is kept."""
        # As colours: the bytes of a picture with a palette say only which entries it uses.
        picture = in_colours(picture)
        seen = hashlib.sha256(
            f"{picture.mode} {picture.size}".encode() + picture.tobytes()
        ).digest()
        with self._lock:
            known = self._names.get(seen)
        if known:
            return known
        data = encode_webp(picture)
        name = hashlib.sha256(data).hexdigest()
        (self._folder / f"{name}.webp").write_bytes(data)
        with self._lock:
            self._names[seen] = name
        return name


def in_colours(picture: Image.Image) -> Image.Image:
    """Return the picture as RGB, or as RGBA when it has transparency."""
    has_alpha = "A" in picture.getbands() or "transparency" in picture.info
    return picture.convert("RGBA" if has_alpha else "RGB")


def encode_webp(picture: Image.Image) -> bytes:
    """Return the picture as WebP, its longer side at most MAX_SIDE.

    Drawings (few colours, not large) are kept lossless, since they get smaller that way and text stays sharp.
    """
    image = in_colours(picture)
    image.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.LANCZOS)
    lossless = (
        image.width * image.height <= LOSSLESS_PIXELS
        and image.getcolors(LOSSLESS_COLOURS) is not None
    )
    out = io.BytesIO()
    image.save(out, "WEBP", lossless=lossless, quality=QUALITY, method=4)
    return out.getvalue()
