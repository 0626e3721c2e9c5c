"""VQAv2's declaration: how it reads a row, how it grades one response, and what its scores are means of."""

import json

import pytest

from evaluator.benchmarks import get_benchmark
from evaluator.grading.judging import judgeable
from evaluator.grading.marking import mark
from evaluator.records import Graded, HowRead, Item, Response, Verdict

PEOPLE = ["blue"] * 3 + ["dark blue"] * 2 + ["Navy"] + ["black."] * 4
ROW = {
    "question_type": "what color is the",
    "multiple_choice_answer": "black",
    "answers": [
        {"answer": answer, "answer_confidence": "yes", "answer_id": number}
        for number, answer in enumerate(PEOPLE, start=1)
    ],
    "image_id": 262148,
    "answer_type": "other",
    "question_id": 262148000,
    "question": "What color is the car?",
    "image": {"bytes": b"", "path": None},
}


@pytest.fixture(params=["vqav2_val", "vqav2_val_lite"])
def benchmark(request):
    return get_benchmark(request.param)


def grade(benchmark, text, row=ROW):
    item = Item(benchmark.key(row), 0, benchmark.fields(row))
    return mark(benchmark, item, Response(item.key, 0, text)).graded


def test_a_row_keeps_what_people_said_and_loses_its_picture(benchmark):
    fields = benchmark.fields(ROW)
    assert json.loads(json.dumps(fields)) == {
        "question_id": "262148000",
        "image_id": "262148",
        "question": "What color is the car?",
        "question_type": "what color is the",
        "answer_type": "other",
        "multiple_choice_answer": "black",
        "answers": PEOPLE,
    }
    assert benchmark.fields(fields) == fields
    assert benchmark.key(ROW) == "262148000"
    assert benchmark.gold(fields) == "black. (4×), blue (3×), dark blue (2×), Navy (1×)"
    assert benchmark.dimension_values(fields) == {
        "answer_type": "other",
        "question_type": "what color is the",
    }


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"question_id": ...}, KeyError),
        ({"question_id": None}, KeyError),
        ({"answer_type": ...}, KeyError),
        ({"answers": ...}, KeyError),
        ({"answers": None}, ValueError),
        ({"answers": []}, ValueError),
        ({"answers": "yes"}, ValueError),
        ({"answers": 10}, ValueError),
        ({"answers": [{"answer": "yes"}]}, ValueError),
        ({"answers": [{"said": "yes"}] * 10}, KeyError),
    ],
)
def test_a_row_that_cannot_be_meant_is_refused(benchmark, changes, error):
    row = {name: value for name, value in {**ROW, **changes}.items() if value is not ...}
    with pytest.raises(error):
        benchmark.fields(row)


@pytest.mark.parametrize(
    ("text", "verdict", "points", "parsed"),
    [
        ("black", Verdict.CORRECT, 1.0, "black"),
        ("Black!", Verdict.CORRECT, 1.0, "black"),
        ("The blue", Verdict.CORRECT, 0.9, "blue"),
        ("dark blue", Verdict.CORRECT, 0.6, "dark blue"),
        ("navy", Verdict.INCORRECT, 0.3, "navy"),
        ("green", Verdict.INCORRECT, 0.0, "green"),
        ("The car is black", Verdict.INCORRECT, 0.0, "car is black"),
        ("**Black**", Verdict.CORRECT, 1.0, "black"),
        ("\\boxed{blue}", Verdict.CORRECT, 0.9, "blue"),
        ("<think>navy? green?</think>\nblack", Verdict.CORRECT, 1.0, "black"),
        ("<think>black", Verdict.UNPARSED, 0.0, None),
        ("", Verdict.UNPARSED, 0.0, None),
        (" \n", Verdict.UNPARSED, 0.0, None),
    ],
)
def test_response_gets_the_credit_of_the_people_who_said_the_same(
    benchmark, text, verdict, points, parsed
):
    graded = grade(benchmark, text)
    assert (graded.verdict, graded.points, graded.parsed) == (verdict, points, parsed)


def test_a_refusal_is_told_from_a_wrong_answer(benchmark):
    graded = grade(benchmark, "I'm sorry, I cannot see the image.")
    assert (graded.verdict, graded.how) == (Verdict.UNPARSED, HowRead.REFUSED)


def test_a_refusal_that_people_gave_has_their_credit(benchmark):
    row = {**ROW, "answers": [{"answer": "I don't know"}] * 10}
    assert grade(benchmark, "i dont know", row).points == 1


def test_no_judge_is_asked(benchmark):
    assert not judgeable(benchmark)


def rows(benchmark, *answers):
    """One row per (points, answer type, picture)."""
    for number, (points, kind, picture) in enumerate(answers):
        row = {**ROW, "question_id": number, "answer_type": kind, "image_id": picture}
        item = Item(benchmark.key(row), number, benchmark.fields(row))
        yield item, Graded(item.key, Verdict.CORRECT, points)


def test_scores_are_means_of_points_by_type(benchmark):
    graded = [
        *rows(
            benchmark, (1.0, "yes/no", 1), (0.3, "yes/no", 1), (0.6, "other", 2), (0.0, "other", 3)
        )
    ]
    errored = (graded[0][0], Graded("x", Verdict.ERRORED, 0.0))
    scores = {(s.axis, s.dimension): s for s in benchmark.score([*graded, errored])}
    assert {place: s.value for place, s in scores.items()} == {
        ("overall", "overall"): pytest.approx(1.9 / 4),
        ("answer_type", "yes/no"): pytest.approx(0.65),
        ("answer_type", "other"): pytest.approx(0.3),
        ("question_type", "what color is the"): pytest.approx(1.9 / 4),
    }
    whole = scores["overall", "overall"]
    assert (whole.metric, whole.correct, whole.total) == ("vqa_accuracy", None, 4)
    assert (whole.axis, whole.dimension, whole.metric) == benchmark.headline
    assert 0 <= whole.low < whole.value < whole.high <= 1


def test_questions_on_one_picture_are_one_cluster(benchmark):
    graded = list(rows(benchmark, (1.0, "other", 7), (0.0, "other", 7), (0.0, "other", 8)))
    assert {cluster for cluster, _ in benchmark.units(graded).values()} == {"7", "8"}
