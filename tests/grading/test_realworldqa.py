"""RealWorldQA's declaration: keys of a set without ids, options inside questions, and how one response is graded."""

import argparse
import json

import pytest

from evaluator.benchmarks import get_benchmark
from evaluator.cli import grade as command
from evaluator.grading.marking import mark
from evaluator.records import HowRead, Item, Response, Ruling, Verdict

PLEASE = "Please answer directly with only the letter of the correct option and nothing else."
LETTER = {
    "question": f"Which way is it?\n\nA. Left lane\nB. Right lane\nC. Straight on\n{PLEASE}",
    "answer": "B",
    "image": {"bytes": b"", "path": None},
}
NUMBER = {"question": "How many cars?", "answer": "2"}
YES_NO = {"question": "Is there a sign?", "answer": "No"}
TEXT = {"question": "Does the road go uphill or downhill?", "answer": "Downhill"}


@pytest.fixture
def benchmark():
    return get_benchmark("realworldqa")


def grade(benchmark, row, text, ruling=None):
    item = Item(benchmark.row_key(row, 0), 0, benchmark.fields(row))
    return mark(benchmark, item, Response(item.key, 0, text), ruling).graded


def test_the_row_is_the_key(benchmark):
    assert benchmark.row_key(LETTER, 17) == "17"
    assert benchmark.row_key({**LETTER, "index": 5}, 17) == "5"
    with pytest.raises(KeyError):
        benchmark.key(LETTER)


@pytest.mark.parametrize(
    ("row", "form"),
    [(LETTER, "letter"), (NUMBER, "number"), (YES_NO, "yes_no"), (TEXT, "text")],
)
def test_form_is_a_declared_dimension(benchmark, row, form):
    fields = benchmark.fields(row)
    assert json.loads(json.dumps(fields)) == {k: row[k] for k in ("question", "answer")}
    assert benchmark.dimension_values(fields) == {"form": form}
    assert ("form", form) in {(d.axis, d.key) for d in benchmark.dimensions}


def test_options_are_the_lines_of_the_question(benchmark):
    options = benchmark.options(benchmark.fields(LETTER))
    assert options == {"A": "Left lane", "B": "Right lane", "C": "Straight on"}
    bare = benchmark.fields({"question": "Which?", "answer": "d"})
    assert (bare["answer"], list(benchmark.options(bare))) == ("D", ["A", "B", "C", "D"])
    assert benchmark.options(benchmark.fields(TEXT)) == {}


@pytest.mark.parametrize("row", [{"question": "?"}, {"answer": "A"}])
def test_a_row_without_question_or_answer_is_refused(benchmark, row):
    with pytest.raises(KeyError):
        benchmark.fields(row)
    with pytest.raises(ValueError, match="empty"):
        benchmark.fields({"question": "?", "answer": " "})
    for none in (None, ["3"], {"a": 1}):
        with pytest.raises(ValueError, match="not a text"):
            benchmark.fields({"question": "?", "answer": none})


@pytest.mark.parametrize(
    ("row", "text", "verdict"),
    [
        (LETTER, "B", Verdict.CORRECT),
        (LETTER, "b.", Verdict.CORRECT),
        (LETTER, "**B. Right lane**", Verdict.CORRECT),
        (LETTER, "Right lane", Verdict.CORRECT),
        (LETTER, "The answer is (C) because A is wrong.", Verdict.INCORRECT),
        (LETTER, "<think>A?</think>B", Verdict.CORRECT),
        (LETTER, "A lane", Verdict.UNPARSED),
        (LETTER, "Both", Verdict.UNPARSED),
        (LETTER, "", Verdict.UNPARSED),
        (NUMBER, "two", Verdict.CORRECT),
        (NUMBER, "There are 2 cars.", Verdict.CORRECT),
        (NUMBER, "3", Verdict.INCORRECT),
        (NUMBER, "2 or 3", Verdict.UNPARSED),
        (YES_NO, "No.", Verdict.CORRECT),
        (YES_NO, "没有", Verdict.CORRECT),
        (YES_NO, "Yes", Verdict.INCORRECT),
        (TEXT, "downhill.", Verdict.CORRECT),
        (TEXT, "uphill", Verdict.INCORRECT),
        (TEXT, "I think that the road goes downhill here.", Verdict.UNPARSED),
        (TEXT, "", Verdict.UNPARSED),
    ],
)
def test_response_is_graded_by_its_form(benchmark, row, text, verdict):
    assert grade(benchmark, row, text).verdict is verdict


@pytest.mark.parametrize("row", [LETTER, NUMBER, YES_NO, TEXT])
def test_a_refusal_is_told_from_an_unreadable_answer(benchmark, row):
    graded = grade(benchmark, row, "I'm sorry, I can't determine that from the image.")
    assert (graded.verdict, graded.how) == (Verdict.UNPARSED, HowRead.REFUSED)


def test_a_judge_is_asked_for_a_letter_or_for_equality(benchmark):
    for row, reply, outcome in ((LETTER, "C", "C"), (TEXT, "Correct.", "correct")):
        item = Item("0", 0, benchmark.fields(row))
        prompt = benchmark.judge_prompt(item, Response("0", 0, "well, it goes down"))
        assert row["question"].splitlines()[0] in prompt
        assert benchmark.read_ruling(item, reply) == outcome
    assert grade(benchmark, LETTER, "?", Ruling("B", "judge")).verdict is Verdict.CORRECT
    assert grade(benchmark, LETTER, "B", Ruling("none", "judge")).verdict is Verdict.UNPARSED
    assert grade(benchmark, TEXT, "it descends", Ruling("correct", "j")).verdict is Verdict.CORRECT


def test_a_file_may_ask_the_same_question_of_two_pictures(tmp_path, capsys):
    lines = [{**NUMBER, "response": "2"}, {**NUMBER, "response": "3"}, {**TEXT, "response": "up"}]
    path = tmp_path / "answers.jsonl"
    path.write_text("\n".join(json.dumps(line) for line in lines))
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    assert command.run(parser.parse_args(["realworldqa", str(path), "--json"])) == 0
    printed = json.loads(capsys.readouterr().out)
    accuracy = {s["dimension"]: (s["correct"], s["total"]) for s in printed["scores"][:3]}
    assert accuracy == {"overall": (1, 3), "number": (1, 2), "text": (0, 1)}
