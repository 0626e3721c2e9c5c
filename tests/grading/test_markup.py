"""Markup is taken off an answer, and its words are kept."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.grading.markup import without_markup


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("**B**", "B"),
        ("***B***", "B"),
        ("__B__ is it", "B is it"),
        ("*dark blue*", "dark blue"),
        ("`B`", "B"),
        ("```\nB\n```", "B"),
        ("# Answer\nB", "Answer\nB"),
        ("> B", "B"),
        ("\\boxed{B}", "B"),
        ("so $\\boxed{\\text{dark blue}}$.", "dark blue"),
        ("\\boxed{1} or rather \\boxed{2}", "2"),
        ("<answer>yes</answer>", "yes"),
        ("\\textbf{B}", "B"),
        ("$x$", "x"),
        # No markup:
        ("2*3*4", "2*3*4"),
        ("a * b * c", "a * b * c"),
        ("$5 or $10", "$5 or $10"),
        ("snake_case_name", "snake_case_name"),
        ("3 > 2", "3 > 2"),
        ("#1", "#1"),
        ("\\boxed{} blue", "\\boxed{} blue"),
        ("", ""),
    ],
)
def test_words_are_what_is_left(text, words):
    assert without_markup(text) == words


@given(st.text(alphabet="ab 1.,'-\n", max_size=60))
def test_plain_text_stays_as_it_is(text):
    assert without_markup(text) == text.strip()


PIECES = st.sampled_from([*"ab*_`$#>{}\\ \n", "\\boxed{", "\\text{", "<answer>", "</answer>"])


@given(st.lists(PIECES, max_size=40).map("".join))
def test_any_text_is_read_the_same_way_twice(text):
    words = without_markup(text)
    assert words == without_markup(text)
    assert len(words) <= len(text)
