"""Yes or no as models really say it: exactly one of the words, whatever is around it."""

import pytest

from evaluator.grading.yes_no import How, extract_yes_no

YES = (
    "Yes",
    "yes.",
    "YES!",
    "Yes, the left line is longer.",
    "**Yes**",
    "_Yes_",
    "***yes***, it does",
    "`yes`",
    "> Yes",
    "# Yes",
    "1. Yes",
    "- yes",
    "(Yes)",
    '"Yes"',
    "“Yes.”",
    "Answer: Yes",
    "The answer is yes.",
    "The answer to the question is **Yes**: both are red.",
    "Yes. Yes, they are the same.",
    "I see nothing that would speak against it, so yes",
    "A note on the northern border: yes, it is known.",
    "\\boxed{Yes}",
    "$\\boxed{\\text{yes}}$",
    "No wait. <answer>Yes</answer>",
    "There is no doubt: \\boxed{Yes}",
    "Yes \\boxed{1}",
    "<|begin_of_box|>Yes<|end_of_box|>",
    "<think>Yes or no? No...</think>Yes",
    "no clue yet</think>\n\nYes.",
    "Ｙｅｓ",
    "𝐘𝐞𝐬",
    "答案是yes",
    "Yes，两条线一样长。",
    "是",
    "是的。",
    "是的，两条线一样长。",
    "**是**",
    "对",
    "對。",
    "对的，图中有三个人。",
    "正确。",
    "没错！",
    "有。",
    "肯定的",
    "答案：是",
    "答案是：是的",
    "因此，最终答案是肯定的。",
    "回答：对",
    "是的 (Yes)",
)
NO = (
    "No",
    "no",
    "No.",
    "NO",
    "No, the images are not in the correct order.",
    "**No**, the circles have the same size.",
    "*No*",
    "Nope? no",
    "The answer is: no",
    "No. 1 is larger than 2",
    "So the answer is \\boxed{No}.",
    "Yes? <answer> no </answer>",
    "<thinking>it says yes</thinking> No",
    "◁think▷Yes?◁/think▷No.",
    "我认为答案是 No。",
    "否",
    "否。",
    "不",
    "不，左边的更长。",
    "不是。",
    "不是的，它们一样长。",
    "不对",
    "不对，两条线一样长。",
    "不對。",
    "不正确。",
    "错误",
    "錯。",
    "没有。",
    "并不是，图片被修改过。",
    "答案是否",
    "答案是否定的。",
    "答案为：否",
    "所以答案是：不是",
    "【否】",
)
OPEN = (
    "It is longer.",
    "Both lines have the same length.",
    "Yes. There is no text in the picture.",
    "No. Yes.",
    "yes/no",
    "yes_no",
    "Yes or no?",
    "Noted: the nose knows its eyes; yesterday's noon",
    "não",
    "noël",
    "yes1",
    "True",
    "\\boxed{Yes or No}",
    "<answer>Yes</answer> ... <answer>No</answer>",
    "\\boxed{2}",
    "这是一只狗。",
    "图中的线是一样长的。",
    "是否一样长要看情况。",
    "是不是一样长？",
    "请回答“是”或“否”",
    "是，也不是。",
    "答案是",
    "答案是狗",
    "不是狗，而是猫",
    "有三个人。",
    "没有任何文字",
    "对面有一只猫",
    "无法",
    ".",
    "?",
)
REFUSED = (
    "I'm sorry, but I cannot determine this.",
    "As an AI language model, I don't have access to the image.",
    "抱歉，我无法看到图片。",
)
EMPTY = ("", "  \n\t", "<think>Yes, it is", "<think>No</think>", "<think>yes</think>\n ")


@pytest.mark.parametrize("text", YES)
def test_yes_is_read(text):
    assert extract_yes_no(text).said is True


@pytest.mark.parametrize("text", NO)
def test_no_is_read(text):
    assert extract_yes_no(text).said is False


@pytest.mark.parametrize("text", OPEN)
def test_neither_or_both_stay_open(text):
    assert extract_yes_no(text) == (None, How.OPEN)


@pytest.mark.parametrize("text", REFUSED)
def test_open_answer_that_declines_is_a_refusal(text):
    assert extract_yes_no(text) == (None, How.REFUSED)


@pytest.mark.parametrize("text", EMPTY)
def test_empty_answer_says_nothing(text):
    assert extract_yes_no(text) == (None, How.EMPTY)


def test_other_reasoning_tags_can_be_given():
    text = "[[no, not yet]] Yes"
    assert extract_yes_no(text).said is None
    assert extract_yes_no(text, tags=(("[[", "]]"),)).said is True
