"""``manage.py import_results`` and ``manage.py export_results``."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from uuid import uuid4

import pyarrow.parquet as pq
import pytest
from django.core.management import CommandError, call_command

from evaluator.benchmarks import get_benchmark
from evaluator.cli.grade import grade_file
from leaderboard.runs.models import Run
from leaderboard.runs.states import RunState
from tests.factories import ensure_benchmarks, make_graded_run, make_user
from tests.results.result_files import jsonl, lmms_folder, write_jsonl
from tests.small_set import BENCHMARK, right

pytestmark = pytest.mark.django_db

GOLDEN = Path(__file__).resolve().parents[3] / "shared" / "golden"


@pytest.fixture
def rosa() -> None:
    ensure_benchmarks()
    make_user("rosa")


def imported(path: Path, *options: str, benchmark: str = BENCHMARK) -> tuple[Run, str]:
    """Run the command; return the run and what was said on standard error."""
    out, said = io.StringIO(), io.StringIO()
    told = ["--benchmark", benchmark, "--model", "Elsewhere VLM", "--user", "rosa", *options]
    call_command("import_results", str(path), *told, stdout=out, stderr=said)
    return Run.objects.get(public_id=out.getvalue().strip()), said.getvalue()


@pytest.mark.usefixtures("rosa")
def test_a_folder_is_imported_and_its_run_named(tmp_path: Path) -> None:
    make_graded_run()
    options = ("--precision", "int4", "--engine", "vllm", "--revision", "9f3c2ab", "--note", "Ours")
    run, said = imported(lmms_folder(tmp_path, right), *options)
    variant = run.submission.variant
    assert run.state == RunState.REVIEW
    assert (variant.precision, variant.engine, variant.revision) == ("int4", "vllm", "9f3c2ab")
    assert run.submission.note == "Ours"
    assert "32 answers" in said


@pytest.mark.usefixtures("rosa")
def test_what_stands_against_publishing_is_said(tmp_path: Path) -> None:
    _, said = imported(jsonl(tmp_path))
    assert "Cannot be published: 4297 of 4329 items have no response." in said


@pytest.mark.usefixtures("rosa")
@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--user", "nobody"), "no active user 'nobody'"),
        (("--benchmark", "mmbench"), "--benchmark: There is no benchmark"),
        (("--precision", "fp3"), "--precision: One of"),
        (("--parameters-b", "-1"), "--parameters-b: A number above 0"),
        (("--model", " "), "--model: This field is required"),
    ],
)
def test_a_wrong_option_is_named(tmp_path: Path, options: tuple[str, str], said: str) -> None:
    with pytest.raises(CommandError, match=re.escape(said)):
        imported(jsonl(tmp_path), *options)
    assert not Run.objects.exists()


@pytest.mark.usefixtures("rosa")
def test_a_bad_line_and_what_to_do_are_said(tmp_path: Path) -> None:
    path = jsonl(tmp_path)
    path.write_bytes(path.read_bytes() + b"{\n")
    with pytest.raises(CommandError, match="line 33: not JSON") as refused:
        imported(path)
    assert "Mend what is named below" in str(refused.value)
    with pytest.raises(CommandError, match="No such file"):
        imported(tmp_path / "nothing.jsonl")


@pytest.mark.usefixtures("rosa")
def test_a_second_import_is_refused_with_the_first_run(tmp_path: Path) -> None:
    path = jsonl(tmp_path)
    first, _ = imported(path)
    with pytest.raises(CommandError, match=str(first.public_id)):
        imported(path)


@pytest.mark.usefixtures("rosa")
@pytest.mark.skipif(not GOLDEN.is_dir(), reason=f"{GOLDEN} is not there")
@pytest.mark.parametrize(
    ("slug", "file"),
    [
        (BENCHMARK, "mmbench_llava15_13b.jsonl"),
        ("mmmu_val", "mmmu_llava15_13b.jsonl"),
        ("hallusion_bench", "hallusionbench_gpt4v.jsonl"),
    ],
)
def test_real_answers_get_the_scores_of_the_grade_command(
    slug: str, file: str, tmp_path: Path
) -> None:
    """Without the verdicts of others beside an answer (HallusionBench's labels), which an import refuses."""
    lines = [json.loads(line) for line in (GOLDEN / file).open(encoding="utf-8")]
    told = ("label", "same_as_original")
    plain = [{k: v for k, v in line.items() if k not in told} for line in lines]
    path = write_jsonl(tmp_path / "plain.jsonl", plain)
    run, _ = imported(path, benchmark=slug)
    graded = grade_file(get_benchmark(slug), path)
    assert {(s.axis, s.dimension, s.metric): s.value for s in run.scores.all()} == {
        (s.axis, s.dimension, s.metric): s.value for s in graded.scores
    }


def exported(run: Run, *options: str) -> None:
    call_command("export_results", str(run.public_id), *options, stderr=io.StringIO())


def test_every_table_is_written_in_every_format(tmp_path: Path) -> None:
    run = make_graded_run(right)
    for what, rows in (("scores", run.scores.count()), ("responses", 32)):
        for form in ("csv", "json", "jsonl", "parquet"):
            out = tmp_path / f"{what}.{form}"
            exported(run, "--what", what, "--format", form, "--out", str(out))
            assert _number_of_rows(out) == rows, out.name


def _number_of_rows(path: Path) -> int:
    if path.suffix == ".parquet":
        return int(pq.read_metadata(path).num_rows)
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".csv":
        return len(list(csv.DictReader(io.StringIO(text, newline=""))))
    return len(json.loads(text)) if path.suffix == ".json" else len(text.splitlines())


def test_an_unknown_run_and_a_path_that_cannot_be_written_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="There is no run"):
        call_command("export_results", str(uuid4()))
    with pytest.raises(CommandError, match="No such file or directory"):
        exported(make_graded_run(), "--out", str(tmp_path / "nowhere" / "a.csv"))
