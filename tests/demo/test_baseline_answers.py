"""The baselines answer in the form that a question asks for, whatever benchmark it comes from."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo.server.answers import BASELINES, always_a, at_random, candidates

NOTE = "\nAnswer the question using a single word or phrase."
LETTER_NOTE = "Please answer directly with only the letter of the correct option and nothing else."


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("What is this?\nA. cat\nB. dog\n\nAnswer with the option's letter.", "A"),
        ("Is it day?\n\nA. Yes\nB. No\n" + LETTER_NOTE, "A"),
        ("Answer with the option letter from the given choices directly.", "A"),
        ("Is there a cat in the image?", "Yes"),
        ("Are the two lines the same length?" + NOTE, "Yes"),
        ("According to the chart, does a spider have more legs than an ant?", "Yes"),
        ("How many dots are in the image?" + NOTE, "1"),
        ("What is the color of the circle?" + NOTE, "red"),
        ("According to the chart, how many cars are there?", "1"),
        ("What is this?" + NOTE, "cat"),
        ("Describe nothing.", "Yes"),
    ],
)
def test_always_a_answers_in_the_form_that_is_asked_for(question, answer):
    assert always_a(question) == answer


def test_ten_options_are_all_possible():
    listed = "\n".join(f"{letter}. {letter.lower() * 3}" for letter in "ABCDEFGHIJ")
    assert "".join(candidates(f"Which one?\n{listed}")) == "ABCDEFGHIJ"


def test_random_uses_every_candidate():
    answers = {at_random(f"How many dots are in picture number {i}?") for i in range(80)}
    assert answers == {"1", "2", "3", "4", "5"}


@given(st.text(), st.sampled_from(sorted(BASELINES)))
def test_any_text_has_one_answer_among_its_candidates(question, name):
    answer = BASELINES[name](question)
    assert answer in candidates(question)
    assert answer == BASELINES[name](question)
