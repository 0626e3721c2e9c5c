"""Tables of results as VLMEvalKit writes them: xlsx, tsv, or a JSON list of objects. One row at a time."""

from __future__ import annotations

import codecs
import csv
import errno
import json
import math
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from evaluator.results_files.answers import BadResults, shown

Row = tuple[int, dict[str, Any]]
"""A row's number, counted as a spreadsheet does (the header is row 1), and its cells by column; empty ones left out."""

UNIT = "row"
WORKBOOK = "xl/workbook.xml"
"""The member by which a zip file is known to be an xlsx file."""

MAX_WORKBOOK_BYTES = 128 * 1024**2
"""Unpacked. Reading a workbook takes seconds and megabytes for each of these; larger results come as text."""
MAX_COLUMNS = 1_000
MAX_CELL_CHARACTERS = 16 * 1024**2

_BROKEN = (
    InvalidFileException,
    csv.Error,
    ParseError,
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    KeyError,
    ValueError,
    TypeError,
    AttributeError,
    IndexError,
    NotImplementedError,
    RuntimeError,
)
"""What openpyxl, zipfile and csv raise for files that are not theirs: they name no common base. RuntimeError and
NotImplementedError are zipfile's words for an encrypted member and for an unknown compression."""


def xlsx_rows(path: Path) -> Iterator[Row]:
    """Yield the rows of the workbook's first sheet. Raises BadResults.

    An archive that says that it unpacks to more than ``MAX_WORKBOOK_BYTES`` is refused before anything is unpacked;
    more than it says is never read. Numbers come as numbers.
    """
    with translated("the xlsx file cannot be read"):
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
        if unpacked > MAX_WORKBOOK_BYTES:
            raise BadResults(
                f"the xlsx file unpacks to {unpacked:,} bytes; at most {MAX_WORKBOOK_BYTES:,} are read. Save it as tsv"
            )
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        sheet = book.worksheets[0]
        # The sheet's own statement of its size may be wrong; then rows would be missing.
        sheet.reset_dimensions()
        yield from _with_header(sheet.iter_rows(values_only=True))


def tsv_rows(path: Path) -> Iterator[Row]:
    """Yield the rows of a tab-separated file with a header; cells in double quotes may hold line breaks.

    Raises BadResults.
    """
    csv.field_size_limit(MAX_CELL_CHARACTERS)
    with (
        path.open(encoding="utf-8-sig", newline="") as lines,
        translated("not a tab-separated file"),
    ):
        yield from _with_header(csv.reader(lines, delimiter="\t", strict=True))


def json_rows(path: Path) -> Iterator[Row]:
    """Yield the objects of a JSON list. Raises BadResults, naming the object where the file stops being JSON.

    The text is in memory, its objects are not.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadResults(f"not UTF-8 text ({error.reason} at byte {error.start:,})") from error
    # Counted like a table's rows, of which the first is the header.
    for number, value in enumerate(_elements(text), start=2):
        if not isinstance(value, dict):
            raise BadResults("not a JSON object", number, UNIT)
        yield number, {name: cell for name, cell in value.items() if not is_empty(cell)}


def is_empty(cell: Any) -> bool:
    """Say whether a cell holds nothing: pandas writes missing values as empty cells, null or NaN."""
    return cell is None or cell == "" or (isinstance(cell, float) and math.isnan(cell))


def looks_like_text(head: bytes) -> bool:
    """Say whether a file that begins with ``head`` may be UTF-8 text."""
    try:
        # Not final: the last character may be cut.
        codecs.getincrementaldecoder("utf-8-sig")().decode(head)
    except UnicodeDecodeError:
        return False
    return b"\0" not in head


def _with_header(rows: Iterator[Sequence[Any]]) -> Iterator[Row]:
    header = [str(name).strip() if name is not None else "" for name in next(rows, ())]
    if len(header) > MAX_COLUMNS:
        raise BadResults(f"{len(header):,} columns; at most {MAX_COLUMNS:,} are read", 1, UNIT)
    twice = {name for name in header if name and header.count(name) > 1}
    if twice:
        raise BadResults(f"the column {shown(min(twice))!r} is there twice", 1, UNIT)
    for number, cells in enumerate(rows, start=2):
        if len(cells) > len(header) and any(not is_empty(cell) for cell in cells[len(header) :]):
            raise BadResults(f"{len(cells)} cells under {len(header)} columns", number, UNIT)
        row = {
            name: cell
            for name, cell in zip(header, cells, strict=False)
            if name and not is_empty(cell)
        }
        if row:
            yield number, row


def _elements(text: str) -> Iterator[Any]:
    """Yield the elements of the JSON list that ``text`` is, decoding one after another."""
    decode = json.JSONDecoder().raw_decode
    place = _blank(text, 0)
    if text[place : place + 1] != "[":
        raise BadResults("a JSON file of results is a list of objects")
    place, number = _blank(text, place + 1), 2
    while text[place : place + 1] != "]":
        value, place = _decoded(decode, text, place, number)
        yield value
        place = _blank(text, place)
        if text[place : place + 1] == ",":
            place = _blank(text, place + 1)
        elif text[place : place + 1] != "]":
            raise BadResults(f"no comma or closing bracket at character {place:,}", number, UNIT)
        number += 1


def _decoded(
    decode: Callable[[str, int], tuple[Any, int]], text: str, place: int, number: int
) -> tuple[Any, int]:
    try:
        return decode(text, place)
    except (ValueError, RecursionError) as error:
        cut = " (the file ends there)" if place >= len(text) else ""
        raise BadResults(f"not JSON{cut}: {error}", number, UNIT) from error


def _blank(text: str, place: int) -> int:
    """Return the place of the next character that is no white space."""
    while place < len(text) and text[place] in " \t\r\n":
        place += 1
    return place


@contextmanager
def translated(what: str) -> Iterator[None]:
    """Raise BadResults, beginning with ``what``, for what the readers of archives and tables raise at a broken file."""
    try:
        yield
    except BadResults:
        raise
    except OSError as error:
        # So zipfile says that an archive names a place before its beginning; other errors are the disk's.
        if error.errno != errno.EINVAL:
            raise
        raise BadResults(f"{what} ({error})") from error
    except _BROKEN as error:
        raise BadResults(f"{what} ({type(error).__name__}: {shown(error)})") from error
