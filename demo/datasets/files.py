"""How a demo set lies on disk: one Parquet file a split, as the hub's ``datasets`` library writes it."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

Row = dict[str, Any]
"""One row, keyed by column. An image cell is what ``png`` returns, or None where there is no picture."""


@dataclass(frozen=True)
class Column:
    """A column's type: ``arrow`` in the file, ``feature`` as the ``datasets`` library describes it."""

    arrow: pa.DataType
    feature: dict[str, Any]


def _value(arrow: pa.DataType) -> Column:
    return Column(arrow, {"dtype": str(arrow), "_type": "Value"})


INTEGER = _value(pa.int64())
TEXT = _value(pa.string())
IMAGE = Column(pa.struct([("bytes", pa.binary()), ("path", pa.string())]), {"_type": "Image"})


def records(**members: Column) -> Column:
    """Return the type of a column whose cells are lists of dicts with these ``members``."""
    return Column(
        pa.list_(pa.struct([(name, member.arrow) for name, member in members.items()])),
        {
            "feature": {name: member.feature for name, member in members.items()},
            "_type": "List",
        },
    )


@dataclass(frozen=True)
class DemoSet:
    """The rows of each split, in order; all splits have the same columns."""

    columns: Mapping[str, Column]
    splits: Mapping[str, list[Row]]

    @property
    def rows(self) -> list[Row]:
        """Every row, split after split."""
        return [row for rows in self.splits.values() for row in rows]


def png(picture: Image.Image) -> dict[str, bytes | None]:
    """Return a picture as a cell of an image column."""
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return {"bytes": buffer.getvalue(), "path": None}


def write(demo: DemoSet, folder: Path, about: Mapping[str, str]) -> list[Path]:
    """Write one ``<split>.parquet`` a split and ``dataset.json`` (``about``) into ``folder``; return the Parquet files.

    The schema carries the features in the metadata key ``huggingface``, from which ``datasets`` knows to decode images.
    """
    features = {name: column.feature for name, column in demo.columns.items()}
    schema = pa.schema(
        [(name, column.arrow) for name, column in demo.columns.items()],
        metadata={"huggingface": json.dumps({"info": {"features": features}})},
    )
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for split, rows in demo.splits.items():
        written.append(folder / f"{split}.parquet")
        pq.write_table(pa.Table.from_pylist(rows, schema=schema), written[-1], compression="zstd")
    text = json.dumps(dict(about), ensure_ascii=False, indent=2)
    (folder / "dataset.json").write_text(text + "\n", encoding="utf-8")
    return written
