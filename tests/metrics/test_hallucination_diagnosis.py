"""Every branch of HallusionBench's decision tree."""

from itertools import permutations

import pytest

from evaluator.metrics.hallucination_diagnosis import Diagnosis, diagnose
from evaluator.metrics.hallucination_table import Label, QuestionRow, QuestionTable

NONE, LANGUAGE, ILLUSION, MIXED = (
    Diagnosis.NONE,
    Diagnosis.LANGUAGE_HALLUCINATION,
    Diagnosis.VISUAL_ILLUSION,
    Diagnosis.MIXED,
)
WRONG, RIGHT, UNCERTAIN, UNKNOWN = Label.WRONG, Label.RIGHT, Label.UNCERTAIN, Label.UNKNOWN


def row(category, figure, label, *, gold=True, same=None, visual_input=None):
    if visual_input is None:
        visual_input = figure if category == "VS" else min(figure + 1, 2)
    pardoned = category == "VS" and figure == 0 and label is UNCERTAIN
    return QuestionRow(
        category=category,
        subcategory="ocr",
        set_id="0",
        figure_id=str(figure),
        question_id="0",
        visual_input=visual_input,
        gold=gold,
        label=label,
        correct=label is RIGHT or pardoned,
        same=same,
    )


def of_last(*rows):
    return Diagnosis(diagnose(QuestionTable(rows))[-1])


@pytest.mark.parametrize(
    ("label", "expected"),
    [(RIGHT, NONE), (WRONG, ILLUSION), (UNCERTAIN, ILLUSION), (UNKNOWN, NONE)],
)
def test_visual_dependent_original(label, expected):
    assert of_last(row("VD", 0, label)) is expected


@pytest.mark.parametrize(
    ("original", "label", "same", "expected"),
    [
        (RIGHT, WRONG, True, MIXED),
        (RIGHT, WRONG, False, ILLUSION),
        (RIGHT, UNCERTAIN, True, ILLUSION),
        (RIGHT, RIGHT, True, NONE),
        (WRONG, WRONG, True, ILLUSION),
        (WRONG, UNCERTAIN, False, ILLUSION),
        (UNCERTAIN, WRONG, True, ILLUSION),
        (UNKNOWN, UNCERTAIN, True, ILLUSION),
        (UNKNOWN, WRONG, True, NONE),
    ],
)
def test_visual_dependent_edit(original, label, same, expected):
    assert of_last(row("VD", 0, original), row("VD", 1, label, same=same)) is expected


@pytest.mark.parametrize(
    ("label", "expected"), [(RIGHT, NONE), (WRONG, LANGUAGE), (UNCERTAIN, NONE), (UNKNOWN, NONE)]
)
def test_visual_supplement_without_a_picture(label, expected):
    assert of_last(row("VS", 0, label)) is expected


@pytest.mark.parametrize(
    ("original", "figure", "label", "same", "expected"),
    [
        (WRONG, 1, WRONG, True, LANGUAGE),
        (WRONG, 1, WRONG, False, MIXED),
        (WRONG, 2, WRONG, True, LANGUAGE),
        (WRONG, 2, UNCERTAIN, True, MIXED),
        (UNCERTAIN, 1, WRONG, True, ILLUSION),
        (UNCERTAIN, 2, UNCERTAIN, False, ILLUSION),
        (RIGHT, 1, UNCERTAIN, True, ILLUSION),
        (RIGHT, 1, WRONG, True, ILLUSION),
        (RIGHT, 2, UNCERTAIN, True, ILLUSION),
        (RIGHT, 2, WRONG, True, LANGUAGE),
        (RIGHT, 2, WRONG, False, ILLUSION),
        (RIGHT, 2, RIGHT, True, NONE),
        (UNKNOWN, 2, WRONG, True, NONE),
    ],
)
def test_visual_supplement_with_a_picture(original, figure, label, same, expected):
    assert of_last(row("VS", 0, original), row("VS", figure, label, same=same)) is expected


@pytest.mark.parametrize(
    ("gold_before", "gold", "expected"),
    [(True, False, LANGUAGE), (True, True, ILLUSION), (False, True, LANGUAGE)],
)
def test_by_rule_a_right_and_a_wrong_answer_agree_when_the_right_ones_differ(
    gold_before, gold, expected
):
    before = row("VS", 0, RIGHT, gold=gold_before)
    assert of_last(before, row("VS", 2, WRONG, gold=gold)) is expected


@pytest.mark.parametrize(("gold", "expected"), [(True, LANGUAGE), (False, MIXED)])
def test_by_rule_two_wrong_answers_agree_when_the_right_ones_do(gold, expected):
    assert of_last(row("VS", 0, WRONG, gold=True), row("VS", 1, WRONG, gold=gold)) is expected


def test_what_was_found_consistent_goes_before_the_rule():
    before = row("VD", 0, RIGHT, gold=True)
    assert of_last(before, row("VD", 1, WRONG, gold=False, same=False)) is ILLUSION
    assert of_last(before, row("VD", 1, WRONG, gold=False)) is MIXED


def test_answer_without_an_original_in_the_set_has_no_diagnosis():
    assert of_last(row("VS", 1, WRONG, same=True)) is NONE


def test_originals_are_found_wherever_they_stand():
    rows = [row("VS", 0, WRONG), row("VS", 1, WRONG), row("VS", 2, UNCERTAIN)]
    by_figure = {"0": LANGUAGE, "1": LANGUAGE, "2": MIXED}
    for order in permutations(rows):
        found = diagnose(QuestionTable(order))
        assert [by_figure[r.figure_id] for r in order] == list(found)
