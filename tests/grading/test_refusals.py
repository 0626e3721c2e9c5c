"""Which answers decline, and which are merely unreadable."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.grading import refusal
from evaluator.grading.refusal import is_refusal

PIECES = st.sampled_from(
    [
        "I", " can't ", " cannot ", "I'm sorry", ", but ", "determine", " see ", "the image", "as an AI", "unable to ",
        "抱歉", "无法", "确定", "。", "，", "\n", " ", "<think>", "</think>", "’", "'", "really ", "with certainty ",
    ]
)  # fmt: skip
ANSWERS = st.text() | st.lists(PIECES, max_size=60).map("".join)


@pytest.mark.parametrize(
    "text",
    [
        "I'm sorry, but I can't help with identifying people in images.",
        "I’m sorry, but I can’t assist with that request.",
        "Sorry, I am unable to answer this question.",
        "I'm sorry.",
        "I apologize, but I cannot provide that information.",
        "Unfortunately, I am not able to view images.",
        "**I cannot determine** the answer from the picture.",
        "I cannot tell.",
        "I can't really say.",
        "I cannot see the image.",
        "I can't see images directly.",
        "I'm unable to process the picture you sent.",
        "As an AI language model, I do not have eyes.",
        "As a large language model I only read text.",
        "It is impossible to determine which one is larger.",
        "It's difficult to say without more context.",
        "The answer cannot be determined from the figure.",
        "There is not enough information in the image.",
        "The image does not provide enough information.",
        "No image was provided.",
        "I don't see any image in our conversation. Please upload the picture.",
        "I don't know.",
        "I do not know which one it is",
        "I have no idea.",
        "I must decline to answer this.",
        "That would be against my guidelines.",
        "<think>Is it B? This is a person.</think>I'm sorry, I can't identify people.",
        "The picture is blurred. " * 60 + "I cannot determine the answer.",
        "抱歉，我无法识别图中的人物。",
        "很抱歉，我不能帮助您完成这个请求。",
        "对不起，我看不到图片。",
        "我无法确定答案。",
        "无法判断",
        "根据图片无法准确判断哪个更大。",
        "作为一个人工智能语言模型，我没有视觉。",
        "没有足够的信息来回答这个问题。",
        "我没有看到任何图片。",
        "请您上传图片。",
        "我不知道。",
        "非常抱歉。",
        "抱歉，我無法識別圖中的人。",
        "無法判斷",
    ],
)
def test_what_declines_is_a_refusal(text):
    assert is_refusal(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   \n",
        "A or B",
        "Both of them.",
        "The bird cannot fly.",
        "A penguin is unable to fly.",
        "I can see a dog and a cat.",
        "I can't help but notice the two dogs.",
        "I cannot see any dog in the picture.",
        "I think it is a lion.",
        "I'm sorry for the confusion. It is a lion or a tiger.",
        "The man in the picture looks sorry.",
        "This is an AI conference.",
        "Not enough chairs for everyone.",
        "The image shows a sign that reads: no dogs.",
        "企鹅不能飞。",
        "图中是一只猫和一只狗。",
        "这个人在看图片。",
        "两个都对",
        "<think>I'm sorry, I cannot determine this.</think>",
        "It shows a busy street. " * 20
        + "I cannot identify the small sign. "
        + "People walk there. " * 25,
    ],
)
def test_what_is_merely_unreadable_is_none(text):
    assert not is_refusal(text)


@given(ANSWERS)
def test_any_text_gets_one_and_the_same_answer(text):
    assert is_refusal(text) is is_refusal(text)


@given(ANSWERS)
def test_thoughts_are_no_refusal(text):
    thought = text.replace("<think>", "").replace("</think>", "")
    assert not is_refusal(f"<think>{thought}")


@given(st.text(alphabet=" \n\t.!?*_-,\u3000。，！"))
def test_an_answer_without_a_word_is_no_refusal(text):
    assert not is_refusal(text)


@given(st.text(alphabet="xyz \n"), st.sampled_from(["I cannot tell.", "我无法判断。"]))
def test_a_refusal_stays_one_after_what_else_is_said(before, refusal):
    assert is_refusal(f"{before}\n{refusal}")


def test_a_repeated_phrase_is_read_at_once():
    """An answer that repeats itself to the token limit once took the pattern exponential time."""
    assert not is_refusal("无法" + "根据" * 5000)
    assert is_refusal("无法" + "再" * 30 + "根据图片再判断")


@given(st.from_regex(refusal._ENGLISH))
def test_every_refusal_in_english_has_a_cue(text):
    assert any(cue in text for cue in refusal._ENGLISH_CUES)
