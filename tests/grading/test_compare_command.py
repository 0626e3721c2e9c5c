"""``python -m evaluator compare``: two files of answers to the same items."""

import json

import pytest

from evaluator.__main__ import main

ROW = {"question": "?", "A": "cat", "B": "dog", "answer": "A"}


def lines(answers):
    """The file of the answers by index; None is a failed request."""
    texts = {
        index: {"error": "timeout"} if answer is None else {"response": answer}
        for index, answer in answers.items()
    }
    return "\n".join(json.dumps({"index": index, **ROW, **text}) for index, text in texts.items())


@pytest.fixture
def command(tmp_path, capsys):
    """Write both files, run the command, return (exit code, standard output, standard error)."""

    def run(first, second, *options):
        for name, answers in (("a.jsonl", first), ("b.jsonl", second)):
            text = answers if isinstance(answers, str) else lines(answers)
            (tmp_path / name).write_text(text)
        files = [str(tmp_path / name) for name in ("a.jsonl", "b.jsonl")]
        code = main(["compare", "mmbench_en_dev", *files, *options])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


def test_questions_are_compared_as_the_headline_counts_them(command):
    first = {1: "A", 1_000_001: "A", 2: "A", 1_000_002: "A", 3: "B", 4: "A", 5: "A"}
    second = {1: "A", 1_000_001: "B", 2: "A", 1_000_002: "A", 3: "A", 4: None}
    code, out, _ = command(first, second, "--json")
    document = json.loads(out)
    assert code == 0
    assert (document["metric"], document["protocol"]) == ("circular", "mmbench-circular-rules-1")
    assert (document["n"], document["first_only"], document["second_only"]) == (3, 2, 0)
    assert (document["first_better"], document["second_better"], document["p"]) == (1, 1, 1.0)
    assert document["difference"] == 0.0


def test_without_json_a_person_reads_the_difference_in_points(command):
    code, out, _ = command({1: "A", 2: "A"}, {1: "A", 2: "B"})
    assert code == 0
    assert "A 100.00 %, B 50.00 %" in out
    assert "A - B: 50.00 points" in out


def test_files_without_a_common_item_are_said_to_have_none(command):
    code, out, _ = command({1: "A"}, {2: "A"})
    assert code == 0
    assert "0 units in common; 1 only in A, 1 only in B" in out


@pytest.mark.parametrize(
    ("first", "second", "words"),
    [
        ({1: "A"}, "{", "b.jsonl: line 1: not JSON"),
        ("", {1: "A"}, "a.jsonl: the file is empty"),
    ],
)
def test_a_bad_file_is_refused_by_its_name(command, first, second, words):
    code, out, err = command(first, second)
    assert (code, out) == (2, "")
    assert words in err
