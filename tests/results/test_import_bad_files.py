"""Files that cannot be imported: each is refused with what is wrong and where, and leaves nothing behind."""

from __future__ import annotations

import gzip
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evaluator.errors import EvaluationError, FailureCode
from leaderboard.catalog.models import DatasetVersion, VlmModel
from leaderboard.results.imports.request import ImportRequest
from leaderboard.results.imports.services import import_results
from leaderboard.runs.models import Run
from tests.factories import ensure_benchmarks, make_graded_run, make_user
from tests.hallusion_set import BENCHMARK as HALLUSION
from tests.hallusion_set import hallusion_set
from tests.results.result_files import (
    DATE,
    lines_of,
    lmms_folder,
    samples_of,
    table_rows,
    write_jsonl,
    write_table,
)
from tests.small_set import BENCHMARK, small_set, webp

pytestmark = pytest.mark.django_db

UNREADABLE, OTHER = FailureCode.RESULTS_UNREADABLE, FailureCode.RESULTS_OTHER_ITEMS


def refusal(path: Path, **fields: Any) -> EvaluationError:
    """Import a file that must be refused; return the refusal, having checked that nothing was stored."""
    ensure_benchmarks()
    models = (Run, DatasetVersion, VlmModel)
    before = [model.objects.count() for model in models]
    request = ImportRequest(**{"benchmark": BENCHMARK, "model_name": "Elsewhere VLM", **fields})
    with pytest.raises(EvaluationError) as refused:
        import_results(make_user(), path, request)
    assert [model.objects.count() for model in models] == before
    return refused.value


def rows(**changes: Any) -> list[dict[str, Any]]:
    """Return VLMEvalKit's rows of the small set, the second one with these changes (``...`` removes)."""
    made = table_rows(small_set().items)
    made[1] = {k: v for k, v in {**made[1], **changes}.items() if v is not ...}
    return made


def without(column: str) -> list[dict[str, Any]]:
    return [{k: v for k, v in row.items() if k != column} for row in rows()]


Make = Callable[[Path], Path]

UNREADABLE_FILES: dict[str, tuple[Make, str]] = {
    "empty": (lambda d: write_jsonl(d / "a.jsonl", []), "empty"),
    "blank": (lambda d: write_jsonl(d / "a.jsonl", [b"", b"  "]), "empty"),
    "binary": (lambda d: _file(d / "a.jsonl", webp("red")), "neither text nor"),
    "gzip": (lambda d: _file(d / "a.jsonl.gz", gzip.compress(b"{}")), "neither text nor"),
    "nul": (lambda d: _file(d / "a.tsv", b"index\tprediction\n\0\n"), "neither text nor"),
    "utf-16": (lambda d: _file(d / "a.tsv", "index\tprediction".encode("utf-16")), "neither text"),
    "truncated line": (
        lambda d: _file(d / "a.jsonl", json.dumps(lines_of(small_set().items)[0]).encode()[:-9]),
        "line 1: not JSON",
    ),
    "no object": (
        lambda d: write_jsonl(d / "a.jsonl", [lines_of(small_set().items)[0], [1]]),
        "line 2: not a JSON object",
    ),
    "nested": (
        lambda d: write_jsonl(d / "a.jsonl", [b'{"a":' * 100_000]),
        "line 1: not JSON",
    ),
    "other columns": (
        lambda d: write_jsonl(d / "a.jsonl", [{"question": "?", "response": "A"}]),
        "line 1: the field 'index' is missing",
    ),
    "no response": (
        lambda d: write_jsonl(d / "a.jsonl", [small_set().items[0].fields]),
        "line 1: the field 'response' is missing",
    ),
    "response of another type": (
        lambda d: write_jsonl(d / "a.jsonl", [{**small_set().items[0].fields, "response": 3}]),
        "line 1: response is int",
    ),
    "more tokens than there are": (
        lambda d: write_jsonl(
            d / "a.jsonl", [{**lines_of(small_set().items)[0], "completion_tokens": 10**400}]
        ),
        "which is no count",
    ),
    "a value without end": (
        lambda d: write_jsonl(
            d / "a.jsonl", [{**lines_of(small_set().items)[0], "index": 10**4000}]
        ),
        "0000…",
    ),
    "the same key twice": (
        lambda d: write_jsonl(d / "a.jsonl", lines_of([*small_set().items, small_set().items[0]])),
        "line 33: key 0 is already on line 1",
    ),
    "only skipped questions": (
        lambda d: write_jsonl(
            d / "a.jsonl", [{**item.fields, "skipped": True} for item in small_set().items]
        ),
        "no answer",
    ),
    "table without predictions": (
        lambda d: write_table(d / "a.xlsx", without("prediction")),
        "no column 'prediction'",
    ),
    "tsv without predictions": (
        lambda d: write_table(d / "a.tsv", without("prediction")),
        "the column 'prediction'",
    ),
    "table without an index": (
        lambda d: write_table(d / "a.json", rows(index=...)),
        "row 3: the field 'index' is missing",
    ),
    "table with an impossible answer": (
        lambda d: write_table(d / "a.xlsx", rows(answer="Q")),
        "row 3: answer is 'Q'",
    ),
    "table with a key twice": (
        lambda d: write_table(d / "a.tsv", rows(index=0)),
        "row 3: key 0 is already on row 2",
    ),
    "truncated json table": (
        lambda d: _cut(write_table(d / "a.json", rows()), 20),
        "row 33: not JSON",
    ),
    "json table without end": (
        lambda d: _cut(write_table(d / "a.json", rows()), 1),
        "no comma or closing bracket",
    ),
    "json table of numbers": (lambda d: _file(d / "a.json", b"[1, 2]"), "row 2: not a JSON object"),
    "truncated xlsx": (lambda d: _cut(write_table(d / "a.xlsx", rows()), 500), "xlsx"),
    "a zip file that is no workbook": (
        lambda d: _zip(d / "a.xlsx", {"hello.txt": b"hello"}),
        f"no *_samples_{BENCHMARK}.jsonl",
    ),
    "a workbook in name only": (
        lambda d: _zip(d / "a.xlsx", {"xl/workbook.xml": b"<nonsense"}),
        "xlsx file cannot be read",
    ),
    "a ragged table": (
        lambda d: _file(d / "a.tsv", b"index\tprediction\n1\tA\tB\n"),
        "row 2: 3 cells under 2 columns",
    ),
    "a column twice": (
        lambda d: _file(d / "a.tsv", b"index\tprediction\tindex\n1\tA\t2\n"),
        "row 1: the column 'index' is there twice",
    ),
    "an open quote": (
        lambda d: _file(d / "a.tsv", b'index\tprediction\n1\t"A\n2\tB\n'),
        "tab-separated",
    ),
    "text": (lambda d: _file(d / "a.txt", b"Dear all,\nplease find attached"), "neither JSON nor"),
    "an empty folder": (lambda d: _folder(d / "output"), "tasks with samples: none"),
    "samples of another task": (
        lambda d: lmms_folder(d, task="mme"),
        "tasks with samples: mme",
    ),
    "a file of another task": (
        lambda d: write_jsonl(d / f"{DATE}_samples_mme.jsonl", samples_of(small_set().items)),
        "samples of the task 'mme'",
    ),
    "samples of two runs": (lambda d: _twice(lmms_folder(d)), "2 sample files"),
    "a sample twice": (
        lambda d: write_jsonl(d / "a.jsonl", samples_of([small_set().items[0]] * 2)),
        "line 2: doc_id 0 is already on line 1",
    ),
    "repeats": (
        lambda d: write_jsonl(
            d / "a.jsonl",
            [{**samples_of(small_set().items)[0], "filtered_resps": ["A", "B"]}],
        ),
        "line 1: 2 answers to one question",
    ),
    "a path out of the archive": (
        lambda d: _zip(d / "a.zip", {f"../../{DATE}_samples_{BENCHMARK}.jsonl": b"{}"}),
        "a place outside",
    ),
    "an absolute path": (
        lambda d: _zip(d / "a.zip", {f"/etc/{DATE}_samples_{BENCHMARK}.jsonl": b"{}"}),
        "a place outside",
    ),
    "a path as Windows writes it": (
        lambda d: _zip(d / "a.zip", {f"..\\x_samples_{BENCHMARK}.jsonl": b"{}"}),
        "a place outside",
    ),
    "a name that no file system takes": (
        lambda d: _zip(d / "a.zip", {f"{'x' * 250}_samples_{BENCHMARK}.jsonl": b"{}"}),
        "a name that is too long",
    ),
    "a name in no known writing": (
        lambda d: _misnamed(_zip(d / "a.zip", {f"ü_samples_{BENCHMARK}.jsonl": b"{}"})),
        "zip file cannot be read",
    ),
    "an archive that begins before itself": (
        lambda d: _before_itself(_zip(d / "a.zip", {f"x_samples_{BENCHMARK}.jsonl": b"{}"})),
        "zip file cannot be read",
    ),
    "a broken archive": (
        lambda d: _broken(_zip(d / "a.zip", {f"x_samples_{BENCHMARK}.jsonl": b"{}" * 5000})),
        "zip file cannot be read",
    ),
}


@pytest.mark.parametrize("name", UNREADABLE_FILES)
def test_a_bad_file_is_refused_with_its_place_and_stores_nothing(name: str, tmp_path: Path) -> None:
    make, said = UNREADABLE_FILES[name]
    error = refusal(make(tmp_path))
    assert error.code is UNREADABLE
    assert said in error.detail


@pytest.mark.parametrize("member", [f"x_samples_{BENCHMARK}.jsonl", "xl/workbook.xml"])
def test_an_archive_made_to_fill_the_memory_is_refused_unopened(
    member: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evaluator.results_files.source.MAX_UNPACKED_BYTES", 1_000_000)
    monkeypatch.setattr("evaluator.results_files.tables.MAX_WORKBOOK_BYTES", 1_000_000)
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(member, b" " * 2_000_000)
    assert path.stat().st_size < 10_000
    error = refusal(path)
    assert (error.code, "unpacks to 2,000,000 bytes" in error.detail) == (UNREADABLE, True)


def test_an_entity_bomb_in_a_workbook_is_refused(tmp_path: Path) -> None:
    levels = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    bomb = f'<?xml version="1.0"?><!DOCTYPE b [<!ENTITY e0 "boom">{levels}]><b>&e11;</b>'
    path = write_table(tmp_path / "a.xlsx", rows())
    members = {}
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members["xl/workbook.xml"] = bomb.encode()
    assert refusal(_zip(path, members)).code is UNREADABLE


def test_verdicts_of_others_are_refused(tmp_path: Path) -> None:
    items = hallusion_set().items
    lines = lines_of(items, lambda _: "Yes")
    lines[2]["label"] = 1
    error = refusal(write_jsonl(tmp_path / "a.jsonl", lines), benchmark=HALLUSION)
    assert (error.code, "entry 3: it carries a verdict" in error.detail) == (UNREADABLE, True)


def test_unknown_keys_are_named(tmp_path: Path) -> None:
    make_graded_run()
    lines = lines_of(small_set().items)
    lines[5]["index"] = 777
    error = refusal(write_jsonl(tmp_path / "a.jsonl", lines))
    assert error.code is OTHER
    assert "1 of 32 answers are not to items" in error.detail
    assert "entry 6: there is no item '777'" in error.detail


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"question": "Another question?"}, "another question"),
        ({"answer": "B"}, "another right answer"),
        ({"A": "mauve"}, "another set of options"),
    ],
)
def test_an_item_that_differs_is_named(change: dict[str, str], said: str, tmp_path: Path) -> None:
    make_graded_run()
    lines = lines_of(small_set().items)
    assert lines[2] != {**lines[2], **change}
    lines[2] |= change
    error = refusal(write_jsonl(tmp_path / "a.jsonl", lines))
    assert error.code is OTHER
    assert f"entry 3: item '2' has {said}" in error.detail


def test_items_of_a_relative_are_not_taken_for_the_benchmarks_own(tmp_path: Path) -> None:
    make_graded_run()
    path = write_jsonl(tmp_path / "a.jsonl", lines_of(small_set().items))
    error = refusal(path, benchmark="mmbench_cn_dev")
    assert error.code is OTHER
    assert f"are of {BENCHMARK}, none is of mmbench_cn_dev" in error.detail


def test_samples_need_a_data_set_that_the_site_knows(tmp_path: Path) -> None:
    error = refusal(lmms_folder(tmp_path))
    assert error.code is OTHER
    assert "no data set" in error.detail


def test_a_prompt_that_asks_something_else_is_found(tmp_path: Path) -> None:
    make_graded_run()
    samples = samples_of(small_set().items)
    samples[7]["input"] = samples[6]["input"]
    error = refusal(write_jsonl(tmp_path / "a.jsonl", samples))
    assert error.code is OTHER
    assert "line 8: the prompt does not ask item '7'" in error.detail


def test_a_rotation_of_the_same_question_is_told_by_its_options(tmp_path: Path) -> None:
    """All rotations of a question have one text: only the order of the options tells them apart."""
    make_graded_run()
    samples = samples_of(small_set().items)
    samples[0]["input"], samples[8]["input"] = samples[8]["input"], samples[0]["input"]
    error = refusal(write_jsonl(tmp_path / "a.jsonl", samples))
    assert "2 of 32 answers" in error.detail


def test_a_row_beyond_the_data_set_is_found(tmp_path: Path) -> None:
    make_graded_run()
    samples = samples_of(small_set().items)
    samples[0]["doc_id"] = 32
    error = refusal(write_jsonl(tmp_path / "a.jsonl", samples))
    assert "line 1: there is no row 32" in error.detail


def _file(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def _cut(path: Path, end: int) -> Path:
    return _file(path, path.read_bytes()[:-end])


def _zip(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data)
    return path


def _broken(path: Path) -> Path:
    data = bytearray(path.read_bytes())
    middle = len(data) // 4
    data[middle : middle + 40] = b"\xff" * 40
    return _file(path, bytes(data))


def _misnamed(path: Path) -> Path:
    return _file(path, path.read_bytes().replace("ü".encode(), b"\xff\xff"))


def _before_itself(path: Path) -> Path:
    """Have the archive's end say that its members begin a mebibyte before the file."""
    data = path.read_bytes()
    return _file(path, data[:-6] + (2**20).to_bytes(4, "little") + data[-2:])


def _folder(path: Path) -> Path:
    path.mkdir()
    return path


def _twice(folder: Path) -> Path:
    first = next(folder.rglob("*_samples_*"))
    first.with_name(first.name.replace(DATE, "20261124_000000")).write_bytes(first.read_bytes())
    return folder
