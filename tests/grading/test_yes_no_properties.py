"""What holds for the yes/no rules whatever the text."""

from hypothesis import given
from hypothesis import strategies as st

from evaluator.grading.yes_no import How, extract_yes_no

PIECES = st.sampled_from(
    [
        *("yes", "no", "Yes.", "NO", "是", "否", "不是", "答案是", "<think>", "</think>", "</answer>"),
        *("<answer>", "\\boxed{", "}", "**", " ", "\n", "，", "not", "<|begin_of_box|>", "{", "é", "\ud800"),
    ]
)  # fmt: skip
TEXTS = st.one_of(st.text(), st.lists(PIECES, max_size=12).map("".join))
LETTERLESS = st.text(alphabet=" .,!?*#`\"'()-\n\t", max_size=20)


@given(TEXTS)
def test_any_text_is_read_and_always_alike(text):
    first = extract_yes_no(text)
    assert first.said in (True, False, None)
    assert (first.said is None) == (first.how in (How.OPEN, How.REFUSED, How.EMPTY))
    assert extract_yes_no(text) == first


@given(st.text(alphabet=" \n\t\r\u3000\u00a0"))
def test_blank_answer_has_no_verdict(text):
    assert extract_yes_no(text) == (None, How.EMPTY)


@given(st.text())
def test_thoughts_have_no_verdict(thoughts):
    assert extract_yes_no(f"<think>{thoughts}").said is None


@given(LETTERLESS, st.sampled_from(["yes", "Yes", "YES"]), LETTERLESS)
def test_punctuation_around_a_word_changes_nothing(before, word, after):
    assert extract_yes_no(before + word + after).said is True


@given(st.text(alphabet="bcdfghjklmpqrtvwxz .,\n"), st.booleans())
def test_single_word_decides_in_any_text_without_another(text, yes):
    assert extract_yes_no(f"{text} {'yes' if yes else 'no'} {text}").said is yes


@given(st.text(alphabet="abcdefghij .,\n"), st.text(alphabet="abcdefghij .,\n"))
def test_both_words_leave_it_open(before, between):
    assert extract_yes_no(f"{before} no {between} yes").said is None
