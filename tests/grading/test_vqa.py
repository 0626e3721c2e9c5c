"""VQA accuracy: the official normalisation, and the credit that ten people's answers give."""

import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.grading.vqa import normalised, vqa_accuracy
from tests.grading.harness_source import definitions


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Yes", "yes"),
        ("Yes.", "yes"),
        ("The dog", "dog"),
        ("a man and an umbrella", "man and umbrella"),
        ("Two", "2"),
        ("none", "0"),
        ("eleven", "eleven"),
        ("1,000", "1000"),
        ("1, 2", "1 2"),
        ("3.5", "3.5"),
        ("3.", "3"),
        ("U.S.", "us"),
        ("left-hand side", "left hand side"),
        ("left - hand", "left hand"),
        ("black/white", "black white"),
        ("black / white", "black white"),
        ("(red)", "red"),
        ('"stop"', "stop"),
        ("it's", "it's"),
        ("dont know", "don't know"),
        ("couldnt've", "couldn't've"),
        ("ow's'at", "'ow's'at"),
        ("somebody'd", "somebodyd"),
        ("lets go", "lets go"),
        ("red\nand\tblue", "red and blue"),
        ("  ", ""),
        ("the", ""),
        ("蓝色", "蓝色"),
    ],
)
def test_answer_is_normalised_as_officially(text, plain):
    assert normalised(text) == plain


PIECES = st.sampled_from(
    [
        *";/[]\"{}()=+\\_-><@`,?!.'\n\t 12aAxé\u00a0",
        *("the", "An", "none", "Ten", "2,3", "1.5", "cat"),
        *("dont", "yall'd've", "somebody'd", "Im", "youre"),
    ]
)


@given(st.lists(PIECES, max_size=16).map("".join))
def test_any_answer_is_normalised_as_lmms_eval_does(text):
    processor = definitions("_task_utils/vqa_eval_metric.py", "EvalAIAnswerProcessor")
    theirs = processor["EvalAIAnswerProcessor"]()
    one_line = text.replace("\n", " ").replace("\t", " ").strip()
    expected = theirs.process_digit_article(theirs.process_punctuation(one_line))
    if ",," not in text:  # lmms-eval takes "1,,2" for one number; the official code does not
        assert normalised(text) == expected


@given(st.text(max_size=300))
def test_any_text_is_normalised_the_same_way_twice(text):
    plain = normalised(text)
    assert plain == normalised(text)
    assert plain == " ".join(plain.split())


@given(st.lists(st.sampled_from(["yes", "no", "Yes.", "maybe"]), min_size=2, max_size=12))
def test_accuracy_is_the_mean_over_leaving_one_person_out(people):
    def without(one):
        others = [normalised(p) for i, p in enumerate(people) if i != one]
        return min(1.0, others.count("yes") / 3)

    expected = statistics.mean(without(one) for one in range(len(people)))
    assert vqa_accuracy("yes", people) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("same", "credit"), [(0, 0), (1, 0.3), (2, 0.6), (3, 0.9), (4, 1), (7, 1), (10, 1)]
)
def test_four_of_ten_people_give_full_credit(same, credit):
    people = ["Navy blue"] * same + [f"other {n}" for n in range(10 - same)]
    assert vqa_accuracy("navy blue", people) == credit


def test_people_who_say_the_same_are_still_several():
    # The official code leaves out one person, not everybody who gave an equal answer.
    assert vqa_accuracy("yes", ["yes"] * 4) == 1
