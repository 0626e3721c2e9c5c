"""How a demo set lies on disk: one Parquet file a split, as the hub's ``datasets`` library writes it."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image


class Column(Enum):
    """A column's type: in the file, and as the ``datasets`` library names it."""

    INTEGER = "int64"
    TEXT = "string"
    IMAGE = "image"

    @property
    def arrow(self) -> pa.DataType:
        if self is Column.IMAGE:
            return pa.struct([("bytes", pa.binary()), ("path", pa.string())])
        return pa.int64() if self is Column.INTEGER else pa.string()

    @property
    def feature(self) -> dict[str, str]:
        if self is Column.IMAGE:
            return {"_type": "Image"}
        return {"dtype": self.value, "_type": "Value"}


@dataclass(frozen=True)
class DemoSet:
    """The rows of one split, keyed by column; an image cell is what ``png`` returns."""

    split: str
    columns: Mapping[str, Column]
    rows: list[dict[str, Any]]


def png(picture: Image.Image) -> dict[str, bytes | None]:
    """Return a picture as a cell of an image column."""
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return {"bytes": buffer.getvalue(), "path": None}


def write(demo: DemoSet, folder: Path, about: Mapping[str, str]) -> Path:
    """Write ``<split>.parquet`` and ``dataset.json`` (``about``) into ``folder`` and return the Parquet file's path.

    The schema carries the features in the metadata key ``huggingface``, from which ``datasets`` knows to decode images.
    """
    features = {name: column.feature for name, column in demo.columns.items()}
    schema = pa.schema(
        [(name, column.arrow) for name, column in demo.columns.items()],
        metadata={"huggingface": json.dumps({"info": {"features": features}})},
    )
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{demo.split}.parquet"
    pq.write_table(pa.Table.from_pylist(demo.rows, schema=schema), path, compression="zstd")
    text = json.dumps(dict(about), ensure_ascii=False, indent=2)
    (folder / "dataset.json").write_text(text + "\n", encoding="utf-8")
    return path
