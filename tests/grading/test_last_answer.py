"""Step-by-step answers end with "Answer: X": what stands there counts before anything else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.grading.last_answer import extract_last_answer
from evaluator.grading.option_letters import extract_option

OPTIONS = {letter: f"text {letter.lower()}" for letter in "ABCDEFGHIJ"}


@pytest.mark.parametrize(
    ("text", "letter"),
    [
        ("Answer: C", "C"),
        ("Answer: (C)", "C"),
        ("Answer: C. text c", "C"),
        ("**Answer: C**", "C"),
        ("**Answer**: C", "C"),
        ("Final answer: $\\boxed{C}$", "C"),
        ("answer: c", "C"),
        ("答案：C。", "C"),
        ("The answer is (C) because A is wrong.", "C"),
        ("A and B are wrong, D is better.\n\nAnswer: D", "D"),
        ("Answer: A? No.\nAnswer: D", "D"),
        ("I think I is right.\nAnswer: I", "I"),
        ("Answer: text e", "E"),
        ("The answer is G.\nAnswer: see above", "G"),
        ("<think>Answer: A</think>Answer: B", "B"),
        # Nothing is guessed.
        ("The answer is (C).\nAnswer:", None),
        ("Answer: **", None),
        ("Answer: C or D", None),
        ("Answer: DNA", None),
        ("Answer: K", None),
        ("<think>Answer: A", None),
        ("I'm sorry, I cannot answer that.", None),
        ("", None),
    ],
)
def test_last_answer_decides(text, letter):
    assert extract_last_answer(text, OPTIONS).letter == letter


@given(st.text(max_size=200))
def test_without_the_words_all_of_the_answer_is_read(text):
    if "answer" not in text.lower() and "答案" not in text:
        assert extract_last_answer(text, OPTIONS) == extract_option(text, OPTIONS)


@given(st.text(max_size=200), st.sampled_from("ABCDEFGHIJ"))
def test_a_letter_after_it_is_chosen_whatever_stands_before(text, letter):
    if "<" not in text and "◁" not in text:
        assert extract_last_answer(f"{text}\nAnswer: {letter}", OPTIONS).letter == letter
