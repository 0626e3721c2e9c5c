"""Thoughts between reasoning tags are cut out, however they were left."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.grading.reasoning import reasoning_length, strip_reasoning


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


@pytest.mark.parametrize(
    ("text", "characters"),
    [("B", 0), ("", 0), ("<think>A</think>B", 16), ("A</think>B", 9), ("B<think>A", 8)],
)
def test_reasoning_is_counted_with_its_marks(text, characters):
    assert reasoning_length(text) == characters
