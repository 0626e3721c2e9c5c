"""Whatever a model writes: no exception, the same verdict every time, no verdict from nothing."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from evaluator.grading.option_letters import How, extract_option

PIECES = st.sampled_from(
    [
        "A", "B", "C", "D", "E", "a", "b", "the answer is ", "Answer: ", "option ", "not ", "but ", " or ", ", ",
        "(", ")", "**", ".", "\n", " ", "cat", "dog", "\\boxed{", "}", "<answer>", "</answer>", "<think>", "</think>",
        "答案是", "选", "。", "Ｂ", "'", "°", "is wrong", "ß", "İ", "\x00",
    ]
)  # fmt: skip
ANSWERS = st.text() | st.lists(PIECES, max_size=30).map("".join)
OPTIONS = st.dictionaries(st.sampled_from("ABCDEFGHIJ"), st.text() | PIECES, max_size=6)


@given(ANSWERS, OPTIONS)
def test_any_text_gets_one_and_the_same_verdict(text, options):
    first = extract_option(text, options)
    assert first.letter is None or first.letter in options
    assert (first.letter is None) == (first.how in (How.EMPTY, How.OPEN, How.REFUSED))
    assert extract_option(text, dict(reversed(options.items()))) == first


@given(st.text(alphabet=st.characters(categories=["Z", "Cc"]).filter(str.isspace)), OPTIONS)
def test_blank_answers_have_no_verdict(text, options):
    assert extract_option(text, options).letter is None


@given(ANSWERS, OPTIONS)
def test_nothing_is_read_out_of_reasoning(text, options):
    thought = text.replace("<think>", "").replace("</think>", "")
    assert extract_option(f"<think>{thought}</think>", options).letter is None
    assert extract_option(f"<think>{thought}", options).letter is None


@given(st.sampled_from("ABCD"), ANSWERS)
def test_a_lone_letter_is_that_option_whatever_the_options_say(letter, text):
    options = dict.fromkeys("ABCD", text)
    assert extract_option(f"{letter}.", options).letter == letter


@given(
    st.lists(st.sampled_from("ABCD"), min_size=2, unique=True),
    st.sampled_from([" or ", " and ", "/", ", "]),
)
def test_a_list_of_letters_chooses_none_of_them(letters, separator):
    assert extract_option(separator.join(letters), dict.fromkeys("ABCD", "?")).letter is None


@given(st.text(alphabet=st.characters(codec="utf-8")))
def test_the_form_of_unicode_does_not_matter(text):
    options = {"A": "café", "B": "thé"}
    composed, decomposed = (unicodedata.normalize(form, text) for form in ("NFKC", "NFKD"))
    assert extract_option(composed, options) == extract_option(decomposed, options)
