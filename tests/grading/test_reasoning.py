"""Thoughts between reasoning tags are cut out, however they were left."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.grading.reasoning import strip_reasoning


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("B", "B"),
        ("<think>A</think>B", "B"),
        ("<thinking>A</thinking>B", "B"),
        ("◁think▷A◁/think▷B", "B"),
        ("<think>A</think>B<think>C</think>D", "BD"),
        ("A</think>B", "B"),
        ("A</think>B</think>C", "C"),
        ("<think><think>A</think>B</think>C", "C"),
        ("B<think>A", "B"),
        ("<think>", ""),
        ("", ""),
        ("<thinker>A", "<thinker>A"),
    ],
)
def test_reasoning_is_cut_out(text, rest):
    assert strip_reasoning(text) == rest


def test_other_tags_can_be_given_and_replace_the_usual_ones():
    assert strip_reasoning("<r>A</r><think>B</think>", (("<r>", "</r>"),)) == "<think>B</think>"


@given(st.text())
def test_text_without_tags_stays_as_it_is(text):
    if "think" not in text:
        assert strip_reasoning(text) == text
