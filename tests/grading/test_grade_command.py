"""``python -m evaluator grade``: what it prints, and how it refuses."""

import argparse
import json
import subprocess
import sys
from pathlib import Path

import pytest

from evaluator.cli import grade

ROOT = Path(__file__).resolve().parents[2]
RATES = ("unparsed", "refused", "judged", "unjudged", "truncated", "errored", "skipped")
HUB_ROW = {
    "index": 5,
    "question": "What is it?",
    "hint": "nan",
    "A": "cat",
    "B": "dog",
    "C": "nan",
    "D": "nan",
    "answer": "A",
    "category": "ocr",
    "L2-category": "finegrained_perception (instance-level)",
    "response": "A",
}
OBJECT_ROW = {
    "index": 5,
    "question": "?",
    "options": {"A": "cat", "B": "dog"},
    "answer": "A",
    "response": "A",
}


def row(**changes):
    return {name: value for name, value in {**HUB_ROW, **changes}.items() if value is not ...}


@pytest.fixture
def command(tmp_path, capsys):
    """Write the lines to a file, run the command, return (exit code, standard output, standard error)."""

    def run(lines, *options, benchmark="mmbench_en_dev"):
        path = tmp_path / "answers.jsonl"
        texts = [line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines]
        path.write_bytes(b"\n".join(texts))
        parser = argparse.ArgumentParser()
        grade.add_arguments(parser)
        code = grade.run(parser.parse_args([benchmark, str(path), *options]))
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


def test_json_holds_protocol_counts_and_scores(command):
    lines = [
        row(),
        row(index=1_000_005, answer="B", response="B"),
        row(index=6, response="It is a dog."),
        row(index=7, response="I cannot tell."),
        row(index=8, response=..., error="HTTP 500"),
        row(index=9, response="[LMMS_EVAL_REQUEST_FAILED after 5 retries] timeout"),
    ]
    code, out, _ = command(lines, "--json")
    document = json.loads(out)
    assert code == 0
    assert list(document) == ["protocol", "counts", "answer_lengths", "scores"]
    assert document["counts"] == {
        "items": 6,
        "correct": 2,
        "incorrect": 1,
        "unparsed": 1,
        "errored": 2,
        "unjudged": 0,
        "skipped": 0,
    }
    scores = {(s["axis"], s["dimension"], s["metric"]): s for s in document["scores"]}
    circular = scores["overall", "overall", "circular"]
    assert list(circular) == [
        "axis", "dimension", "metric", "value", "correct", "total", "low", "high",
    ]  # fmt: skip
    assert (circular["correct"], circular["total"]) == (1, 3)
    assert scores["L1", "perception", "circular"]["total"] == 3
    assert scores["L3", "ocr", "vanilla"]["correct"] == 1


def test_rates_and_lengths_are_of_the_files_answers(command):
    lines = [
        row(finish_reason="stop", completion_tokens=1),
        row(index=6, response="I'm sorry, I can't see it.", finish_reason="length"),
        row(index=7, response=..., skipped=True),
        row(index=8, response=..., error="HTTP 500"),
    ]
    document = json.loads(command(lines, "--json")[1])
    scores = {s["metric"]: s for s in document["scores"] if s["axis"] == "overall"}
    assert {name: (scores[name]["correct"], scores[name]["total"]) for name in RATES} == {
        "unparsed": (1, 2),
        "refused": (1, 2),
        "judged": (0, 2),
        "unjudged": (0, 2),
        "truncated": (1, 2),
        "errored": (1, 3),
        "skipped": (1, 4),
    }
    assert document["answer_lengths"]["completion_tokens"]["n"] == 1
    out = command(lines)[1]
    assert "1 skipped" in out
    assert "0 unjudged" not in out
    assert "characters per answer: mean 13.5, median 14" in out


def test_reasoning_is_mentioned_where_there_is_some(command):
    assert "reasoning" not in command([row()])[1]
    assert "reasoning in 1 answers, 88.89 %" in command([row(response="<think>x</think>A.")])[1]


def test_options_as_an_object_grade_like_the_hubs_columns(command):
    columns = json.loads(command([row()], "--json")[1])
    as_object = json.loads(command([OBJECT_ROW], "--json")[1])
    assert as_object["counts"] == columns["counts"]


def test_rows_without_categories_have_overall_scores_only(command):
    _, out, _ = command([OBJECT_ROW], "--json")
    assert {s["axis"] for s in json.loads(out)["scores"]} == {"overall"}


def test_what_cannot_be_computed_is_null(command):
    _, out, _ = command([row(response=..., error="timeout")], "--json")
    values = {s["metric"]: s["value"] for s in json.loads(out)["scores"] if s["axis"] == "overall"}
    assert values["circular"] is None
    assert values["errored"] == 1.0


def test_without_json_a_person_reads_a_table(command):
    code, out, err = command([row()])
    assert code == 0
    assert "mmbench-circular-rules-1" in out
    assert any(
        line.split()[:4] == ["overall", "overall", "circular", "100.00"]
        for line in out.splitlines()
    )
    assert "1 items; mmbench_en_dev has 4,329" in err


def test_blank_lines_and_a_byte_order_mark_do_no_harm(command):
    lines = [b"\xef\xbb\xbf" + json.dumps(row()).encode(), b"", b"  ", row(index=6), b""]
    code, out, _ = command(lines, "--json")
    assert code == 0
    assert json.loads(out)["counts"]["items"] == 2


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([row(), b"{'index': 6}"], "line 2: not JSON"),
        ([row(), b"\xff\xfe"], "line 2: not JSON"),
        ([b"[" * 100_000], "line 1: not JSON"),
        ([row(), b"[1, 2]"], "line 2: not a JSON object"),
        ([row(response=...)], "line 1: the field 'response' is missing"),
        ([row(), row(index=6, response=None)], "line 2: the field 'response' is missing"),
        ([row(response=4)], "line 1: response is int, not text"),
        ([row(skipped=False, response=...)], "line 1: the field 'response' is missing"),
        ([row(finish_reason=4)], "line 1: finish_reason is int, not str"),
        ([row(completion_tokens=True)], "line 1: completion_tokens is bool, not int"),
        ([row(index=...)], "line 1: the field 'index' is missing"),
        ([row(answer=...)], "line 1: the field 'answer' is missing"),
        ([row(A=...)], "line 1: the field 'A' is missing"),
        ([row(answer="Z")], "line 1: answer is 'Z'"),
        ([row(index="five")], "line 1: "),
        ([row(index=10**400)], "line 1: "),
        ([row(index=None)], "line 1: "),
        ([row(options=["cat", "dog"])], "line 1: "),
        ([row(), row(index=6), row()], "line 3: key 5 is already on line 1"),
        ([], "the file is empty"),
        ([b"", b" "], "the file is empty"),
    ],
)
def test_a_bad_file_is_refused_with_the_line_and_the_reason(command, lines, words):
    code, out, err = command(lines, "--json")
    assert (code, out) == (2, "")
    assert words in err
    assert "Traceback" not in err


def test_an_unknown_benchmark_is_refused_with_near_misses(command):
    code, _, err = command([row()], benchmark="mmbench_en_dv")
    assert code == 2
    assert "Did you mean mmbench_en_dev" in err


def test_a_benchmark_that_is_declared_as_data_is_graded_by_the_files_own_metrics(command, tmp_path):
    declaration = {
        "slug": "pope",
        "title": {"en": "POPE", "zh": "POPE"},
        "task": "pope",
        "metric": "pope_accuracy",
        "data": {"path": "lmms-lab/POPE", "split": "test", "rows": 9000},
    }
    path = tmp_path / "pope.json"
    path.write_text(json.dumps(declaration))
    lines = [
        {"question": "?", "answer": "yes", "response": "Yes", "metrics": {"pope_accuracy": 1}},
        {"question": "?", "answer": "no", "response": "Yes", "metrics": {"pope_accuracy": 0}},
    ]
    code, out, _ = command(lines, "--json", "--declaration", str(path), benchmark="pope")
    scores = {s["metric"]: s["value"] for s in json.loads(out)["scores"]}
    assert code == 0
    assert scores["pope_accuracy"] == 0.5

    path.write_text("{")
    code, _, err = command(lines, "--declaration", str(path), benchmark="pope")
    assert code == 2
    assert "pope.json" in err


def test_a_file_that_cannot_be_read_is_refused(tmp_path, capsys):
    for path in (tmp_path / "none.jsonl", tmp_path):
        assert (
            grade.run(
                argparse.Namespace(
                    benchmark="mmbench_en_dev", file=path, json=True, declaration=None
                )
            )
            == 2
        )
        assert str(path) in capsys.readouterr().err


def test_the_golden_file_through_the_real_command(golden, expected):
    argv = [sys.executable, "-m", "evaluator", "grade", "mmbench_en_dev"]
    done = subprocess.run(
        [*argv, str(golden / "mmbench_llava15_13b.jsonl"), "--json"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        timeout=120,
    )
    document = json.loads(done.stdout)
    official = expected["mmbench_llava15_13b"]
    scores = {s["metric"]: s for s in document["scores"]}
    assert scores["circular"]["correct"] == official["circular"]["correct"]
    assert scores["circular"]["total"] == official["circular"]["groups"]
    assert document["counts"]["correct"] == official["vanilla_all_passes"]["correct"]
