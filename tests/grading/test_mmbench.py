"""MMBench's declaration: its dimensions, how it reads a row, how it grades one response."""

import json
import math

import pytest

from evaluator.benchmarks import get_benchmark
from evaluator.grading.marking import mark
from evaluator.grading.option_letters import How
from evaluator.records import Item, Response, Verdict

ROW = {
    "index": 1_000_241,
    "question": "What animal is it?",
    "hint": "nan",
    "A": "cat",
    "B": "dog",
    "C": "nan",
    "D": None,
    "answer": "B",
    "category": "attribute_recognition",
    "L2-category": "finegrained_perception (instance-level)",
    "image": b"...",
    "source": "somewhere",
    "split": "dev",
    "comment": math.nan,
}


@pytest.fixture(params=["mmbench_en_dev", "mmbench_cn_dev"])
def benchmark(request):
    return get_benchmark(request.param)


def test_dimensions_form_the_tree_of_the_paper(benchmark):
    by_axis = {}
    for dimension in benchmark.dimensions:
        by_axis.setdefault(dimension.axis, {})[dimension.key] = dimension
    assert {axis: len(found) for axis, found in by_axis.items()} == {
        "overall": 1,
        "L1": 2,
        "L2": 6,
        "L3": 20,
    }
    assert all(d.parent in by_axis["L1"] for d in by_axis["L2"].values())
    assert {d.parent for d in by_axis["L3"].values()} == set(by_axis["L2"])
    shorts = [d.short.get("zh") for d in by_axis["L2"].values()]
    assert shorts == ["CP", "FP-S", "FP-C", "AR", "RR", "LR"]
    titles = [d.title for d in benchmark.dimensions]
    assert all(t.en.isascii() and not t.zh.isascii() for t in titles)
    assert benchmark.headline[:2] == ("overall", "overall")
    assert benchmark.board_axis == "L2"


def test_a_row_loses_its_picture_and_its_missing_cells(benchmark):
    fields = benchmark.fields(ROW)
    assert json.loads(json.dumps(fields)) == {
        "index": 1_000_241,
        "question": "What animal is it?",
        "A": "cat",
        "B": "dog",
        "answer": "B",
        "category": "attribute_recognition",
        "L2-category": "finegrained_perception (instance-level)",
        "source": "somewhere",
        "split": "dev",
    }
    assert benchmark.key(ROW) == "1000241"
    assert benchmark.options(fields) == {"A": "cat", "B": "dog"}
    assert benchmark.question(fields) == "What animal is it?"
    assert benchmark.gold(fields) == "B"


def test_fields_of_fields_are_the_same_fields(benchmark):
    fields = benchmark.fields(ROW)
    assert benchmark.fields(fields) == fields


def test_options_may_stand_in_an_object(benchmark):
    doc = {
        "index": 1,
        "question": "?",
        "options": {"A": "cat", "B": "dog", "C": "nan"},
        "answer": "A",
    }
    assert benchmark.options(benchmark.fields(doc)) == {"A": "cat", "B": "dog"}


def test_the_question_begins_with_its_hint(benchmark):
    fields = benchmark.fields({**ROW, "hint": "It barks."})
    assert benchmark.question(fields) == "It barks.\nWhat animal is it?"


def test_dimension_values_name_all_three_levels_or_none(benchmark):
    assert benchmark.dimension_values(benchmark.fields(ROW)) == {
        "L1": "perception",
        "L2": "finegrained_perception (instance-level)",
        "L3": "attribute_recognition",
    }
    bare = {"index": 1, "A": "cat", "answer": "A"}
    assert benchmark.dimension_values(benchmark.fields(bare)) == {}


@pytest.mark.parametrize("missing", ["index", "answer", "A"])
def test_a_missing_column_is_named(benchmark, missing):
    doc = {name: value for name, value in ROW.items() if name != missing}
    with pytest.raises(KeyError, match=missing):
        benchmark.fields(doc)


@pytest.mark.parametrize("answer", ["", "E", "b", "AB", None, 1, ["A"]])
def test_an_answer_that_is_no_letter_is_refused(benchmark, answer):
    with pytest.raises(ValueError, match="not a letter"):
        benchmark.fields({**ROW, "answer": answer})


@pytest.mark.parametrize("index", [-1, 1.5, "x", True, 10**30, math.inf, math.nan])
def test_an_index_that_is_no_whole_number_is_refused(benchmark, index):
    with pytest.raises((ValueError, OverflowError)):
        benchmark.key({**ROW, "index": index})


@pytest.mark.parametrize(
    ("text", "verdict", "points", "parsed", "how"),
    [
        ("B", Verdict.CORRECT, 1.0, "B", How.LETTER),
        ("It is a cat.", Verdict.INCORRECT, 0.0, "A", How.TEXT),
        ("C", Verdict.UNPARSED, 0.0, None, How.OPEN),
        ("nan", Verdict.UNPARSED, 0.0, None, How.OPEN),
        ("", Verdict.UNPARSED, 0.0, None, How.EMPTY),
    ],
)
def test_a_response_is_right_wrong_or_unparsed(benchmark, text, verdict, points, parsed, how):
    item = Item("1", 0, benchmark.fields(ROW))
    graded = benchmark.grade(item, Response("1", 0, text))
    assert (graded.verdict, graded.points, graded.parsed, graded.how) == (
        verdict,
        points,
        parsed,
        how,
    )


def test_a_failed_request_is_not_a_wrong_answer(benchmark):
    item = Item("1", 0, benchmark.fields(ROW))
    marked = mark(benchmark, item, Response("1", 0, "", error="HTTP 500"))
    assert marked.graded.verdict is Verdict.ERRORED


def test_scores_by_dimension_use_the_data_sets_own_names(benchmark):
    item = Item("1", 0, benchmark.fields({**ROW, "index": 241}))
    scores = benchmark.score([(item, benchmark.grade(item, Response("1", 0, "B")))])
    places = {(s.axis, s.dimension) for s in scores if s.metric == "circular"}
    assert places == {
        ("overall", "overall"),
        ("L1", "perception"),
        ("L2", "finegrained_perception (instance-level)"),
        ("L3", "attribute_recognition"),
    }
    assert benchmark.headline in {(s.axis, s.dimension, s.metric) for s in scores}
