"""Short answers: which form the right one has, and what an answer of that form says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.grading.short_answers import Form, form_of, read_short


@pytest.mark.parametrize(
    ("gold", "form"),
    [
        ("A", Form.LETTER),
        (" d ", Form.LETTER),
        ("E", Form.TEXT),
        ("Yes", Form.YES_NO),
        ("no.", Form.YES_NO),
        ("3", Form.NUMBER),
        ("Two", Form.NUMBER),
        ("2.5", Form.NUMBER),
        ("1,000", Form.NUMBER),
        ("30 mph", Form.TEXT),
        ("Downhill", Form.TEXT),
    ],
)
def test_form_follows_from_the_right_answer(gold, form):
    assert form_of(gold) is form


@pytest.mark.parametrize(
    ("text", "form", "said"),
    [
        ("Yes", Form.YES_NO, "yes"),
        ("**No.**", Form.YES_NO, "no"),
        ("Yes, there is a stop sign.", Form.YES_NO, "yes"),
        ("Yes and no", Form.YES_NO, None),
        ("Probably", Form.YES_NO, None),
        ("3", Form.NUMBER, "3"),
        ("three", Form.NUMBER, "3"),
        ("The answer is 3.", Form.NUMBER, "3"),
        ("Answer: **3**", Form.NUMBER, "3"),
        ("\\boxed{3}", Form.NUMBER, "3"),
        ("There are three cars in the picture.", Form.NUMBER, "3"),
        ("There are 3 cars and 2 buses.", Form.NUMBER, None),
        ("The left one is 3 meters away", Form.NUMBER, None),
        ("many", Form.NUMBER, None),
        ("-", Form.NUMBER, None),
        ("Downhill", Form.TEXT, "downhill"),
        ("The answer is: uphill.", Form.TEXT, "uphill"),
        ("30 MPH", Form.TEXT, "30 mph"),
        ("To the left", Form.TEXT, "to left"),
        ("<think>downhill</think>uphill", Form.TEXT, "uphill"),
        ("The road in front of the car goes downhill.", Form.TEXT, None),
        ("I'm sorry, but I can't tell.", Form.TEXT, None),
        ("<think>downhill", Form.TEXT, None),
        ("", Form.TEXT, None),
        ("...", Form.TEXT, None),
    ],
)
def test_short_answer_says_one_thing_or_nothing(text, form, said):
    assert read_short(text, form).said == said


FORMS = st.sampled_from([Form.YES_NO, Form.NUMBER, Form.TEXT])


@given(st.text(max_size=200), FORMS)
def test_any_text_is_read_the_same_way_twice(text, form):
    short = read_short(text, form)
    assert short == read_short(text, form)
    assert short.said != ""


@given(st.sampled_from(["", " ", "\n", "<think>yes 3 downhill", "<think>yes</think> "]), FORMS)
def test_an_empty_answer_says_nothing(text, form):
    assert read_short(text, form) == (None, "empty")
