"""MMMU's and MMMU-Pro's declarations: their dimensions, how they read a row, how they grade one response."""

import json

import pytest

from evaluator.benchmarks import get_benchmark
from evaluator.grading.marking import mark
from evaluator.records import HowRead, Item, Response, Ruling, Verdict

CHOICE = {
    "id": "validation_Art_Theory_7",
    "question": "Who made <image 1>?",
    "options": "['Josef Albers', \"George's brother\", 'Gosnell Hall']",
    "image_1": {"bytes": b"", "path": None},
    "image_2": None,
    "img_type": "['Paintings', 'Photographs']",
    "answer": "B",
    "topic_difficulty": "Medium",
    "question_type": "multiple-choice",
    "subfield": "Art Theory",
    "explanation": "",
}
OPEN = {
    **CHOICE,
    "id": "validation_Math_15",
    "question_type": "open",
    "options": "[]",
    "answer": "['24/7', '3.429']",
    "img_type": "['Diagrams']",
}
PRO = {
    "id": "test_History_3",
    "question": "When?",
    "options": str([f"year {n}" for n in range(10)]),
    "answer": "J",
    "subject": "History",
    "img_type": "['Maps']",
    "topic_difficulty": "Hard",
}
VISION = {k: PRO[k] for k in ("id", "options", "answer", "subject")} | {"image": {"bytes": b""}}


def item_of(slug, row):
    benchmark = get_benchmark(slug)
    return benchmark, Item(benchmark.key(row), 0, benchmark.fields(row))


def grade(slug, row, text, ruling=None):
    benchmark, item = item_of(slug, row)
    return mark(benchmark, item, Response(item.key, 0, text), ruling).graded


def test_thirty_subjects_stand_under_six_disciplines():
    for slug in ("mmmu_val", "mmmu_pro_standard", "mmmu_pro_vision"):
        dimensions = get_benchmark(slug).dimensions
        disciplines = {d.key for d in dimensions if d.axis == "discipline"}
        subjects = [d for d in dimensions if d.axis == "subject"]
        assert (len(disciplines), len(subjects)) == (6, 30)
        assert {d.parent for d in subjects} == disciplines
        assert all(d.title.en.isascii() and not d.title.zh.isascii() for d in dimensions)


def test_a_hub_row_gets_options_by_letter_and_loses_its_pictures():
    _, item = item_of("mmmu_val", CHOICE)
    assert item.key == "validation_Art_Theory_7"
    assert json.loads(json.dumps(item.fields)) == {
        "id": "validation_Art_Theory_7",
        "question": "Who made <image 1>?",
        "topic_difficulty": "Medium",
        "subfield": "Art Theory",
        "subject": "Art_Theory",
        "img_type": ["Paintings", "Photographs"],
        "question_type": "multiple-choice",
        "options": {"A": "Josef Albers", "B": "George's brother", "C": "Gosnell Hall"},
        "answer": "B",
    }


@pytest.mark.parametrize(
    ("slug", "row"),
    [
        ("mmmu_val", CHOICE),
        ("mmmu_val", OPEN),
        ("mmmu_pro_standard", PRO),
        ("mmmu_pro_vision", VISION),
    ],
)
def test_fields_are_a_row_again(slug, row):
    benchmark, item = item_of(slug, row)
    assert benchmark.fields(item.fields) == item.fields


def test_open_golds_become_a_list():
    benchmark, item = item_of("mmmu_val", OPEN)
    assert item.fields["answer"] == ["24/7", "3.429"]
    assert benchmark.gold(item.fields) == "24/7 / 3.429"
    assert benchmark.options(item.fields) == {}
    _, short = item_of("mmmu_val", {**OPEN, "question_type": "short-answer", "answer": "8.4"})
    assert (short.fields["question_type"], short.fields["answer"]) == ("open", ["8.4"])


def test_an_interval_is_one_gold_not_two():
    _, item = item_of("mmmu_val", {**OPEN, "answer": "[0, 1]"})
    assert item.fields["answer"] == ["[0, 1]"]


def test_values_follow_from_the_id_and_the_columns():
    benchmark, item = item_of("mmmu_val", CHOICE)
    assert benchmark.dimension_values(item.fields) == {
        "discipline": "Art and Design",
        "subject": "Art_Theory",
        "subfield": "Art Theory",
        "difficulty": "Medium",
        "question_type": "multiple-choice",
        "img_type": "Paintings, Photographs",
    }


def test_an_item_counts_at_each_of_its_image_types():
    benchmark, item = item_of("mmmu_val", CHOICE)
    scores = benchmark.score([(item, grade("mmmu_val", CHOICE, "B"))])
    places = [(s.axis, s.dimension) for s in scores]
    assert ("img_type", "Paintings") in places
    assert ("img_type", "Photographs") in places
    assert {(s.correct, s.total) for s in scores} == {(1, 1)}
    assert (scores[0].axis, scores[0].dimension, scores[0].metric) == benchmark.headline


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"id": ...}, KeyError, "id"),
        ({"question_type": ...}, KeyError, "question_type"),
        ({"options": ...}, KeyError, "options"),
        ({"answer": ...}, KeyError, "answer"),
        ({"id": "Math-15"}, ValueError, "validation_Subject_1"),
        ({"answer": "blue"}, ValueError, "letter"),
        ({"options": "[]"}, ValueError, "options"),
        ({"options": "['a', 'b'"}, ValueError, "not a list"),
        ({"options": {"1": "a", "2": "b"}}, ValueError, "called 1, 2"),
        ({"options": ["x"] * 27}, ValueError, "more than there are letters"),
    ],
)
def test_a_row_that_cannot_be_meant_is_refused(changes, error, message):
    row = {name: value for name, value in {**CHOICE, **changes}.items() if value is not ...}
    with pytest.raises(error, match=message):
        get_benchmark("mmmu_val").fields(row)


@pytest.mark.parametrize(
    ("row", "text", "verdict", "parsed"),
    [
        (CHOICE, "B", Verdict.CORRECT, "B"),
        (CHOICE, "The answer is (C)", Verdict.INCORRECT, "C"),
        (CHOICE, "<think>(A)? Rather (C).</think>B", Verdict.CORRECT, "B"),
        (CHOICE, "<think>(B)", Verdict.UNPARSED, None),
        (CHOICE, "", Verdict.UNPARSED, None),
        (CHOICE, "ABSOLUTELY", Verdict.UNPARSED, None),
        (OPEN, "3.43", Verdict.CORRECT, "3.43"),
        (OPEN, "The speed is 24/7 feet", Verdict.CORRECT, "24/7 feet"),
        (OPEN, "<think>24/7</think>1", Verdict.INCORRECT, "1"),
        (OPEN, "<think>24/7</think>", Verdict.UNPARSED, None),
        (OPEN, " ", Verdict.UNPARSED, None),
    ],
)
def test_response_is_graded(row, text, verdict, parsed):
    graded = grade("mmmu_val", row, text)
    assert (graded.verdict, graded.parsed) == (verdict, parsed)
    assert graded.points == (verdict is Verdict.CORRECT)


@pytest.mark.parametrize("row", [CHOICE, OPEN])
def test_a_refusal_is_told_from_an_unreadable_answer(row):
    graded = grade("mmmu_val", row, "I'm sorry, but I cannot answer this question.")
    assert (graded.verdict, graded.how) == (Verdict.UNPARSED, HowRead.REFUSED)


def test_a_judges_ruling_replaces_the_rules():
    for outcome, verdict in (("B", "correct"), ("A", "incorrect"), ("none", "unparsed")):
        graded = grade("mmmu_val", CHOICE, "A", Ruling(outcome, "judge-1"))
        assert (graded.verdict, graded.how) == (verdict, HowRead.JUDGE)
    for outcome, verdict in (("correct", "correct"), ("incorrect", "incorrect"), ("?", "unparsed")):
        graded = grade("mmmu_val", OPEN, "7", Ruling(outcome, "judge-1"))
        assert (graded.verdict, graded.how) == (verdict, HowRead.JUDGE)


def test_a_judge_is_asked_for_a_letter_or_for_equality():
    benchmark, item = item_of("mmmu_val", CHOICE)
    prompt = benchmark.judge_prompt(item, Response(item.key, 0, "A) Josef Albers"))
    assert "C. Gosnell Hall" in prompt
    assert benchmark.read_ruling(item, "B") == "B"
    benchmark, item = item_of("mmmu_val", OPEN)
    prompt = benchmark.judge_prompt(item, Response(item.key, 0, "about three and a half"))
    assert "24/7 / 3.429" in prompt
    assert benchmark.read_ruling(item, "CORRECT") == "correct"
    assert benchmark.judge_prompt(item, Response(item.key, 0, "")) is None


@pytest.mark.parametrize(("slug", "row"), [("mmmu_pro_standard", PRO), ("mmmu_pro_vision", VISION)])
@pytest.mark.parametrize(
    ("text", "verdict", "parsed"),
    [
        ("J", Verdict.CORRECT, "J"),
        ("The answer is (J).", Verdict.CORRECT, "J"),
        ("(A) is tempting, but no.\nAnswer: J", Verdict.CORRECT, "J"),
        ("Answer: A\nWait.\n**Answer:** **J**", Verdict.CORRECT, "J"),
        ("Answer: I", Verdict.INCORRECT, "I"),
        ("It was (B).\n\nAnswer:", Verdict.UNPARSED, None),
        ("J. year 9", Verdict.CORRECT, "J"),
        ("year 9", Verdict.CORRECT, "J"),
        ("DNA", Verdict.UNPARSED, None),
        ("K", Verdict.UNPARSED, None),
        ("", Verdict.UNPARSED, None),
    ],
)
def test_both_variants_of_mmmu_pro_read_letters(slug, row, text, verdict, parsed):
    graded = grade(slug, row, text)
    assert (graded.verdict, graded.parsed) == (verdict, parsed)


def test_mmmu_pro_takes_the_subject_from_its_column():
    benchmark, item = item_of("mmmu_pro_vision", VISION)
    assert benchmark.dimension_values(item.fields) == {
        "discipline": "Humanities and Social Science",
        "subject": "History",
    }
    assert benchmark.question(item.fields) == ""
    graded = grade("mmmu_pro_vision", VISION, "unclear", Ruling("J", "judge-1"))
    assert (graded.verdict, graded.how) == (Verdict.CORRECT, HowRead.JUDGE)
