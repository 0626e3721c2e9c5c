"""Tables as files: CSV, JSON, JSON lines and Parquet, written row by row so that memory does not grow with the rows.

A value that is not known is an empty cell in CSV and null elsewhere, never 0.
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import Any, Literal

Value = str | int | float | bool | None
Type = Literal["text", "whole", "number", "truth"]

CHUNK_ROWS = 2_000
"""Rows that are written together. In Parquet they are not a row group: those are larger."""
ROW_GROUP_ROWS = 20_000

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""A spreadsheet computes a cell that begins so; where people write Chinese or Japanese, after a full-width sign too.

Models write such answers, and anybody may name a model.
"""
BYTE_ORDER_MARK = "\ufeff"


class Format(StrEnum):
    """How a table is written; the value is the ending of the file's name."""

    CSV = "csv"
    JSON = "json"
    JSONL = "jsonl"
    PARQUET = "parquet"


CONTENT_TYPES = {
    Format.CSV: "text/csv; charset=utf-8",
    Format.JSON: "application/json",
    Format.JSONL: "application/jsonl",
    Format.PARQUET: "application/vnd.apache.parquet",
}


@dataclass(frozen=True, slots=True)
class Table:
    """A table to be written once: ``rows`` may be read one time only.

    ``columns`` maps each column's name to its type; each row has a value for each column, in order. ``name`` is the
    file's name without ending, in ASCII letters, digits, ``-`` and ``_``.
    """

    name: str
    columns: Mapping[str, Type]
    rows: Iterable[Sequence[Value]]


def write(table: Table, form: Format, *, mark: bool = False) -> Iterator[bytes]:
    """Yield the file's bytes. ``mark``: a CSV begins with a byte order mark, by which Excel knows UTF-8."""
    if form is Format.CSV:
        return _csv(table, mark)
    return _WRITERS[form](table)


def _csv(table: Table, mark: bool) -> Iterator[bytes]:
    """Texts that a spreadsheet would compute get an apostrophe in front; CSV has no other way to say "text"."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    if mark:
        buffer.write(BYTE_ORDER_MARK)
    writer.writerow(_cells(tuple(table.columns)))
    for rows in _chunks(table.rows, CHUNK_ROWS):
        writer.writerows(_cells(row) for row in rows)
        yield _drained(buffer).encode()
    yield _drained(buffer).encode()


def _cells(row: Sequence[Value]) -> list[Value]:
    return [_inert(value) if isinstance(value, str) else value for value in row]


def _inert(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def _jsonl(table: Table) -> Iterator[bytes]:
    for rows in _chunks(table.rows, CHUNK_ROWS):
        yield "".join(f"{line}\n" for line in _objects(table, rows)).encode()


def _json(table: Table) -> Iterator[bytes]:
    before = "[\n"
    for rows in _chunks(table.rows, CHUNK_ROWS):
        yield (before + ",\n".join(_objects(table, rows))).encode()
        before = ",\n"
    yield b"[]\n" if before == "[\n" else b"\n]\n"


def _objects(table: Table, rows: Iterable[Sequence[Value]]) -> Iterator[str]:
    names = tuple(table.columns)
    for row in rows:
        yield json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False)


def _parquet(table: Table) -> Iterator[bytes]:
    # Imported here: the library takes long to load and much memory, and few requests need it.
    import pyarrow as pa
    import pyarrow.parquet as pq

    types = {"text": pa.string(), "whole": pa.int64(), "number": pa.float64(), "truth": pa.bool_()}
    schema = pa.schema([(name, types[kind]) for name, kind in table.columns.items()])
    sink = _Sink()
    with pq.ParquetWriter(pa.PythonFile(sink, mode="w"), schema) as writer:
        for rows in _chunks(table.rows, ROW_GROUP_ROWS):
            columns = zip(*rows, strict=True)
            arrays = [
                pa.array(values, field.type) for values, field in zip(columns, schema, strict=True)
            ]
            writer.write_batch(
                pa.record_batch(arrays, schema=schema), row_group_size=ROW_GROUP_ROWS
            )
            yield sink.drained()
    yield sink.drained()


class _Sink(io.RawIOBase):
    """A file that can only be appended to, and emptied by its reader."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[bytes] = []
        self._length = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        part = bytes(data)
        self._parts.append(part)
        self._length += len(part)
        return len(part)

    def tell(self) -> int:
        return self._length

    def drained(self) -> bytes:
        """Return what was written since the last call."""
        parts, self._parts = self._parts, []
        return b"".join(parts)


def _chunks(rows: Iterable[Sequence[Value]], size: int) -> Iterator[list[list[Value]]]:
    source = iter(rows)
    while chunk := [_known(row) for row in islice(source, size)]:
        yield chunk


def _known(row: Sequence[Value]) -> list[Value]:
    """Return the row without numbers that are none: JSON cannot say NaN, and a reader of CSV would take it for text."""
    return [None if isinstance(v, float) and not math.isfinite(v) else v for v in row]


def _drained(buffer: io.StringIO) -> str:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text


_WRITERS: dict[Format, Callable[[Table], Iterator[bytes]]] = {
    Format.JSON: _json,
    Format.JSONL: _jsonl,
    Format.PARQUET: _parquet,
}
