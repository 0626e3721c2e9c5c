"""Which kind of results a path holds, told by its content, and the file in it that has the answers."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from evaluator.benchmarks.base import Benchmark
from evaluator.results_files.answers import Answered, BadResults, shown
from evaluator.results_files.jsonl import parse_object, read_jsonl
from evaluator.results_files.lmms_eval import SAMPLES, Facts, is_sample, read_facts
from evaluator.results_files.tables import (
    WORKBOOK,
    json_rows,
    looks_like_text,
    translated,
    tsv_rows,
    xlsx_rows,
)
from evaluator.results_files.vlmevalkit import PREDICTION, read_table

MAX_MEMBERS = 10_000
MAX_UNPACKED_BYTES = 1024**3
MAX_NAME_BYTES = 255
"""Of a file in an archive: what file systems take."""
HEAD_BYTES = 64 * 1024
RESULTS_SUFFIX = "_results.json"


class Kind(StrEnum):
    """Who wrote the file."""

    LMMS_EVAL = "lmms-eval"
    VLMEVALKIT = "vlmevalkit"
    JSONL = "jsonl"


class Form(StrEnum):
    """How a file of answers is written."""

    SAMPLES = "samples"
    LINES = "lines"
    XLSX = "xlsx"
    TSV = "tsv"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Source:
    """The file with the answers, how it is written, and what its harness says of the run."""

    path: Path
    form: Form
    facts: Facts

    @property
    def kind(self) -> Kind:
        if self.form is Form.SAMPLES:
            return Kind.LMMS_EVAL
        return Kind.JSONL if self.form is Form.LINES else Kind.VLMEVALKIT


@contextmanager
def open_source(path: Path, benchmark: Benchmark) -> Iterator[Source]:
    """Find the benchmark's answers in a file, a folder of lmms-eval's, or a zip file of one.

    Raises BadResults when there are none or it is not clear which, OSError.
    """
    if path.is_dir():
        yield _in_folder(path, benchmark)
    elif _is_archive(path):
        with TemporaryDirectory(prefix="vlmlb-results-") as folder:
            _unpack(path, Path(folder))
            yield _in_folder(Path(folder), benchmark)
    else:
        form = _form_of(path)
        if form is Form.SAMPLES:
            _check_task(path.name, benchmark)
        facts = _facts_beside(path, benchmark) if form is Form.SAMPLES else Facts()
        yield Source(path, form, facts)


def read_answers(benchmark: Benchmark, source: Source) -> Iterator[Answered]:
    """Yield the answers of a file that tells the items. Raises BadResults; ValueError for lmms-eval's samples."""
    if source.form is Form.LINES:
        with source.path.open("rb") as lines:
            yield from read_jsonl(benchmark, lines)
    elif source.form is Form.XLSX:
        yield from read_table(benchmark, xlsx_rows(source.path))
    elif source.form is Form.TSV:
        yield from read_table(benchmark, tsv_rows(source.path))
    elif source.form is Form.JSON:
        yield from read_table(benchmark, json_rows(source.path))
    else:
        raise ValueError("samples do not tell their items")


def _is_archive(path: Path) -> bool:
    """Say whether the file is a zip file that is no xlsx file."""
    if not zipfile.is_zipfile(path):
        return False
    with _readable_zip(path) as archive:
        return WORKBOOK not in archive.namelist()


def _form_of(path: Path) -> Form:
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if head.startswith(b"PK"):
        return Form.XLSX
    if not head.strip():
        raise BadResults("the file is empty")
    if not looks_like_text(head):
        raise BadResults(
            "neither text nor an xlsx file nor a zip file; give JSON lines, an xlsx, tsv or json "
            "table of VLMEvalKit, or lmms-eval's output folder"
        )
    start = head.decode("utf-8-sig", errors="ignore").lstrip()
    if start.startswith("["):
        return Form.JSON
    if not start.startswith("{"):
        return _tsv_of(start)
    return Form.SAMPLES if _begins_with_sample(path) else Form.LINES


def _tsv_of(start: str) -> Form:
    first = start.partition("\n")[0]
    if PREDICTION not in [name.strip().strip('"') for name in first.split("\t")]:
        raise BadResults(
            "neither JSON nor a tab-separated table with the column 'prediction'; "
            f"the first line is {shown(first)!r}"
        )
    return Form.TSV


def _begins_with_sample(path: Path) -> bool:
    with path.open("rb") as lines:
        first = next(line for line in lines if line.strip())
    try:
        return is_sample(parse_object(first, 1))
    except BadResults:
        return False


def _in_folder(folder: Path, benchmark: Benchmark) -> Source:
    """Return the one samples file of the benchmark's task below ``folder``."""
    found = {path: match for path in _files(folder) if (match := SAMPLES.search(path.name))}
    wanted = sorted(path for path, match in found.items() if match["task"] == benchmark.task)
    if not wanted:
        tasks = ", ".join(sorted({shown(match["task"]) for match in found.values()})) or "none"
        raise BadResults(
            f"there is no *_samples_{benchmark.task}.jsonl (lmms-eval writes it with --log_samples); "
            f"tasks with samples: {tasks}"
        )
    if len(wanted) > 1:
        names = ", ".join(shown(path.name) for path in wanted[:5])
        raise BadResults(
            f"{len(wanted)} sample files of {benchmark.task}: {names}; give the one to import"
        )
    return Source(wanted[0], Form.SAMPLES, _facts_beside(wanted[0], benchmark))


def _files(folder: Path) -> Iterator[Path]:
    """Yield the files below a folder; links are not followed out of it."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            yield path


def _check_task(name: str, benchmark: Benchmark) -> None:
    match = SAMPLES.search(name)
    if match and match["task"] != benchmark.task:
        raise BadResults(
            f"these are samples of the task {shown(match['task'])!r}; "
            f"{benchmark.slug} is the task {benchmark.task!r}"
        )


def _facts_beside(samples: Path, benchmark: Benchmark) -> Facts:
    match = SAMPLES.search(samples.name)
    date = match["date"] if match else None
    beside = samples.with_name(f"{date}{RESULTS_SUFFIX}") if date else None
    return read_facts(beside, benchmark.task) if beside and beside.is_file() else Facts()


def _unpack(path: Path, folder: Path) -> None:
    """Copy the samples and results files out of a zip file, into numbered folders.

    Raises BadResults for an archive that names places outside of itself, or says that it unpacks to too much; more
    than it says is never read.
    """
    with _readable_zip(path) as archive:
        members = archive.infolist()
        if len(members) > MAX_MEMBERS:
            raise BadResults(f"the zip file holds {len(members):,} files")
        for member in members:
            _check_name(member.filename)
        wanted = {member.filename: member for member in members if _is_wanted(member)}
        unpacked = sum(member.file_size for member in wanted.values())
        if unpacked > MAX_UNPACKED_BYTES:
            raise BadResults(
                f"the zip file unpacks to {unpacked:,} bytes; at most {MAX_UNPACKED_BYTES:,} are read"
            )
        # A folder of ours for each of theirs: a run's results lie beside its samples.
        folders: dict[PurePosixPath, Path] = {}
        for name, member in wanted.items():
            inside = PurePosixPath(name)
            home = folders.setdefault(inside.parent, folder / str(len(folders)))
            home.mkdir(exist_ok=True)
            with archive.open(member) as packed, (home / inside.name).open("wb") as file:
                shutil.copyfileobj(packed, file)


def _check_name(name: str) -> None:
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or ":" in name.split("/")[0]:
        raise BadResults(f"the zip file names a place outside of itself: {shown(name)!r}")
    if len(path.name.encode()) > MAX_NAME_BYTES:
        raise BadResults(f"the zip file holds a name that is too long: {shown(name)!r}")


def _is_wanted(member: zipfile.ZipInfo) -> bool:
    name = PurePosixPath(member.filename).name
    return not member.is_dir() and bool(SAMPLES.search(name) or name.endswith(RESULTS_SUFFIX))


@contextmanager
def _readable_zip(path: Path) -> Iterator[zipfile.ZipFile]:
    with translated("the zip file cannot be read"), zipfile.ZipFile(path) as archive:
        yield archive
