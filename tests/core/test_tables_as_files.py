"""Tables written as files: what a reader gets back, and that writing is lazy."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterator

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaderboard.core import tables
from leaderboard.core.tables import FORMULA_STARTS, Format, Table, Value, write

COLUMNS = {"name": "text", "n": "whole", "share": "number", "good": "truth"}

TEXTS = st.text(st.characters(codec="utf-8"), max_size=20)
ROWS = st.lists(
    st.tuples(
        st.none() | TEXTS,
        st.none() | st.integers(-(2**53), 2**53),
        st.none() | st.floats(),
        st.none() | st.booleans(),
    ),
    max_size=8,
)


def file_of(rows: list[tuple[Value, ...]], form: Format) -> bytes:
    return b"".join(write(Table("t", COLUMNS, rows), form))  # type: ignore[arg-type]


def known(rows: list[tuple[Value, ...]]) -> list[dict[str, Value]]:
    """Return the rows as a reader should find them."""
    return [
        {
            name: None if isinstance(v, float) and not math.isfinite(v) else v
            for name, v in zip(COLUMNS, row, strict=True)
        }
        for row in rows
    ]


@given(ROWS)
def test_json_lines_and_parquet_give_back_what_was_written(rows: list[tuple[Value, ...]]) -> None:
    assert json.loads(file_of(rows, Format.JSON)) == known(rows)
    lines = file_of(rows, Format.JSONL).decode().split("\n")[:-1]
    assert [json.loads(line) for line in lines] == known(rows)
    assert pq.read_table(io.BytesIO(file_of(rows, Format.PARQUET))).to_pylist() == known(rows)


@given(ROWS)
def test_a_csv_gives_back_numbers_and_texts_that_are_no_formulas(
    rows: list[tuple[Value, ...]],
) -> None:
    text = file_of(rows, Format.CSV).decode()
    found = list(csv.reader(io.StringIO(text, newline="")))
    assert found[0] == list(COLUMNS)
    for cells, row in zip(found[1:], known(rows), strict=True):
        name = row["name"]
        assert not cells[0].startswith(FORMULA_STARTS)
        assert cells[0].removeprefix("'") == (name or "").removeprefix("'")
        assert cells[1:] == ["" if row[c] is None else str(row[c]) for c in ("n", "share", "good")]


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\n", "＝", "＋", "－", "＠"])
def test_a_text_that_a_spreadsheet_computes_begins_with_an_apostrophe(sign: str) -> None:
    found = list(
        csv.reader(io.StringIO(file_of([(f"{sign}1+1", 1, 0.5, True)], Format.CSV).decode()))
    )
    assert found[1][0] == f"'{sign}1+1"


def test_a_table_without_rows_is_a_file_all_the_same() -> None:
    assert file_of([], Format.CSV) == b"name,n,share,good\r\n"
    assert file_of([], Format.JSON) == b"[]\n"
    assert file_of([], Format.JSONL) == b""
    assert pq.read_table(io.BytesIO(file_of([], Format.PARQUET))).column_names == list(COLUMNS)


@pytest.mark.parametrize("form", list(Format))
def test_rows_are_read_as_they_are_written(form: Format, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "CHUNK_ROWS", 10)
    monkeypatch.setattr(tables, "ROW_GROUP_ROWS", 10)
    read = 0

    def rows() -> Iterator[tuple[Value, ...]]:
        nonlocal read
        for number in range(1000):
            read += 1
            yield ("x", number, 0.5, True)

    parts = write(Table("t", COLUMNS, rows()), form)  # type: ignore[arg-type]
    next(parts)
    next(parts)
    assert read <= 20
    assert sum(1 for _ in parts) > 10
    assert read == 1000
