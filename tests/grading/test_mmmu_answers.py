"""MMMU's rules on what models really write: the authors' own readings, and nothing guessed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.grading.mmmu_answers import (
    How,
    is_match,
    normalised,
    open_candidates,
    read_choice,
    stated_parts,
)
from tests.grading.harness_source import definitions

OPTIONS = {"A": "Josef Albers", "B": "George Eastman", "C": "DNA replication", "D": "<image 1>"}


@pytest.mark.parametrize(
    ("text", "letter", "how"),
    [
        ("B", "B", How.LAST_LETTER),
        ("B.", "B", How.LAST_LETTER),
        ("'B'", "B", How.LAST_LETTER),
        ("(B)", "B", How.BRACKETED),
        ("(B) George Eastman", "B", How.BRACKETED),
        ("The answer is (C) because A is wrong.", "C", How.BRACKETED),
        ("Not (A), but rather (B).", "B", How.BRACKETED),
        ("The answer is B", "B", How.LAST_LETTER),
        ("Option B", "B", How.LAST_LETTER),
        ("First A then C then B", "B", How.LAST_LETTER),
        ("I am sure that it is george eastman himself", "B", How.LAST_TEXT),
        ("Not George Eastman at all, it is Josef Albers!", "A", How.LAST_TEXT),
        # Where the authors guess, without the markup.
        ("**B**", "B", How.LETTER),
        ("`b`", "B", How.LETTER),
        ("b", "B", How.LETTER),
        ("b)", "B", How.LETTER),
        ("$\\boxed{\\text{B}}$", "B", How.LETTER),
        ("So we get $x=2$ and\n$$\\boxed{B}$$", "B", How.LETTER),
        ("<answer>B</answer>", "B", How.LETTER),
        ("**Answer: B**", "B", How.LAST_LETTER),
        ("B\n\nHe founded the company.", "B", How.LETTER),
        ("The final answer is:\n\n**B**", "B", How.LETTER),
        ("# Answer\nb.", "B", How.LETTER),
        # Where they guess, in so many words.
        ("答案是B。", "B", How.STATED),
        ("故选B", "B", How.STATED),
        ("The answer is B: Eastman", "B", How.STATED),
        ('The answer is "B".', "B", How.STATED),
        ('{"answer": "B"}', "B", How.STATED),
        ("The final answer is \\(B\\)", "B", How.STATED),
        ("答案为：B", "B", How.STATED),
        # What they cannot read is not guessed.
        ("A) Josef Albers", None, How.OPEN),
        ("DNA carries the code", None, How.OPEN),
        ("USB.", None, How.OPEN),
        ("DNA ", None, How.OPEN),
        ("ABCD", None, How.OPEN),
        ("E", None, How.OPEN),
        ("(E)", None, How.OPEN),
        ("(b)", "B", How.LETTER),
        ("George Eastman", None, How.OPEN),  # no more than five words
        ("A\nB", None, How.OPEN),
        ("The answer is DNA.", None, How.OPEN),
        ("I cannot answer that.", None, How.REFUSED),
        ("", None, How.EMPTY),
        (" \n\t", None, How.EMPTY),
    ],
)
def test_choice_is_read_like_the_authors_do(text, letter, how):
    assert read_choice(text, OPTIONS) == (letter, how)


def test_an_option_without_text_is_in_no_answer():
    choice = read_choice("this is a longer answer with nothing in it", {"A": "", "B": "cats"})
    assert choice == (None, How.OPEN)


def test_ten_options_are_ten_letters():
    options = {letter: f"text {letter}" for letter in "ABCDEFGHIJ"}
    assert read_choice("(J)", options).letter == "J"
    assert read_choice("The answer is I", options).letter == "I"


@given(st.text(max_size=300))
def test_any_text_is_read_the_same_way_twice(text):
    choice = read_choice(text, OPTIONS)
    assert choice == read_choice(text, OPTIONS)
    assert choice.letter is None or choice.letter in OPTIONS
    assert (choice.how is How.EMPTY) == (not text.strip())


@given(st.text(alphabet="ABCD().,:;!?' \nxy*", max_size=40))
def test_a_letter_in_brackets_outweighs_all_others(text):
    choice = read_choice(f"{text} (C) ", {**OPTIONS, "D": "dee"})
    assert choice == ("C", How.BRACKETED)


# What is close to the rules: indicator words, numbers in all spellings, ends of lines.
PIECES = st.sampled_from(
    [
        *" .,=:?-\n/",
        *("A", "is ", "so ", "final ", "answer ", "could be ", "thus ", "cat", "Mg", "$x$", "é"),
        *("1,234", "1.5e3", "-.5", "0.286", "3", "24/7", "nan", "inf", "1_000", "５", "12,34"),
    ]
)


@given(st.lists(PIECES, max_size=14).map("".join), st.sampled_from(["3", "1/2", "A", "1500", "Mg"]))
def test_open_answers_are_taken_for_what_lmms_eval_takes_them(text, gold):
    names = (
        "extract_numbers",
        "check_is_number",
        "normalize_str",
        "parse_open_response",
        "eval_open",
    )
    theirs = definitions("mmmu/utils.py", *names)
    parsed = theirs["parse_open_response"](text)
    candidates = open_candidates(stated_parts(text))
    assert {repr(c) for c in candidates} == {repr(p) for p in parsed}
    assert is_match([gold], candidates) == theirs["eval_open"](gold, parsed)


@pytest.mark.parametrize(
    ("text", "golds", "right"),
    [
        ("360", ["360"], True),
        ("$360.00", ["360"], True),
        ("The total is 7,243,000 dollars.", ["7243000"], True),
        ("x = 0.286", ["0.286"], True),
        ("0.29", ["0.286"], True),  # two decimals count
        ("0.3", ["0.286"], False),
        ("The answer is embryonic stage", ["embryonic"], True),
        ("EMBRYONIC", ["embryonic"], True),
        ("It could be 3 or 4", ["3"], True),
        ("MgS", ["$MgS$", "MgS"], True),
        ("24/7", ["24/7", "3.429"], True),
        ("3.43", ["24/7", "3.429"], True),
        ("3.5", ["24/7", "3.429"], False),
        ("Tampa, I think", ["Tampa", "Florida"], True),
        ("C", ["C"], True),
        ("c", ["C"], True),
        ("acid", ["C"], False),  # a single letter is no part of a word
        ("Step b", ["B"], True),
        ("I first thought of 7.\nSo the result is 8.", ["8"], True),
        ("The value is 8.\nBut then it is 9.", ["8"], True),  # every line counts
        ("2", ["-2"], False),
        ("-120", ["-120"], True),
    ],
)
def test_open_answer_is_compared_with_any_gold(text, golds, right):
    assert is_match(golds, open_candidates(stated_parts(text))) is right


@given(st.text(max_size=300), st.text(min_size=1, max_size=20))
def test_any_open_answer_can_be_compared(text, gold):
    parts = stated_parts(text)
    assert parts
    assert is_match([gold], open_candidates(parts)) == is_match([gold], open_candidates(parts))


@given(st.floats(min_value=-1e6, max_value=1e6))
def test_a_number_equals_itself_however_it_is_grouped(number):
    assert normalised(f"{number:,.2f}") == normalised(f"{number:.2f}")


def test_an_endless_number_is_none():
    endless = "1" * 200_000
    assert open_candidates([f"{endless}a"]) == {f"{endless}a"}
