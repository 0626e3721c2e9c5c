"""Which answers know what the model was not shown, and which only sound like it."""

from __future__ import annotations

import pytest

from evaluator.benchmarks import get_benchmark
from evaluator.records import Item
from leaderboard.review.leaks import Leak, leak_in

MMBENCH, HALLUSION = get_benchmark("mmbench_en_dev"), get_benchmark("hallusion_bench")
REFERENCE = "The bars of 2019 and 2020 were swapped, so that revenue now falls although it rose."
CHOICE = Item(
    "3000241",
    0,
    {
        "index": 3000241,
        "answer": "B",
        "question": "Which curve is the ground truth, according to the legend?",
        "hint": "The diagram shows how a detector's boxes are compared with boxes drawn by hand.",
        "A": "the red one",
        "B": "the blue one",
        "comment": "Annotated twice; the second annotator first had A and then changed it to B.",
    },
)
CHART = Item(
    "VS_chart_0_1_2",
    0,
    {
        "category": "VS",
        "subcategory": "chart",
        "set_id": "0",
        "figure_id": "1",
        "question_id": "2",
        "visual_input": "2",
        "gt_answer": "0",
        "question": "Does revenue rise from 2019 to 2020?",
        "gt_answer_details": REFERENCE,
        "filename": "./hallusion_bench/VS/chart/0_1.png",
    },
)


@pytest.mark.parametrize(
    "text",
    [
        "The ground truth answer is No.",
        "No (ground truth: No)",
        "As the reference answer says, no.",
        "According to the answer key, this is no.",
        "GT: No",
        "GT = 0, so no.",
        "This item of HallusionBench has the answer no.",
        "标准答案是否。",
        "根据参考答案，选否。",
    ],
)
def test_speaking_of_the_key_is_a_leak(text: str) -> None:
    assert leak_in(HALLUSION, CHART, text) is Leak.CLAIM


@pytest.mark.parametrize(
    "text",
    [
        "VS_chart_0_1_2: no",
        "vs_chart_0_1_2",
        "See ./hallusion_bench/VS/chart/0_1.png. No.",
    ],
)
def test_naming_the_row_or_its_file_is_a_leak(text: str) -> None:
    assert leak_in(HALLUSION, CHART, text) is Leak.NAME


def test_a_long_number_of_a_row_is_its_name_and_part_of_a_longer_one_is_not() -> None:
    assert leak_in(MMBENCH, CHOICE, "Question 3000241: B") is Leak.NAME
    assert leak_in(MMBENCH, CHOICE, "13000241 people, so B") is None
    assert leak_in(MMBENCH, CHOICE, "30002417") is None


def test_a_short_number_of_a_row_is_no_name() -> None:
    item = Item("241", 0, {**CHOICE.fields, "index": 241})
    assert leak_in(MMBENCH, item, "I count 241 boxes, so B.") is None


def test_quoting_the_reference_word_for_word_is_a_leak() -> None:
    said = f"No. {REFERENCE.upper()}"
    assert leak_in(HALLUSION, CHART, said) is Leak.QUOTE
    assert leak_in(MMBENCH, CHOICE, f"B, since:\n{CHOICE.fields['comment']}") is Leak.QUOTE


def test_what_the_question_and_the_hint_say_is_no_leak() -> None:
    assert leak_in(MMBENCH, CHOICE, "The ground truth is the blue one, B.") is None
    hint = CHOICE.fields["hint"]
    assert leak_in(MMBENCH, CHOICE, f"{hint} So B.") is None
    other = Item("1", 0, {**CHOICE.fields, "question": "Which curve is the higher one?"})
    assert leak_in(MMBENCH, other, "The ground truth is the blue one, B.") is Leak.CLAIM


def test_the_question_turned_into_a_statement_is_no_leak() -> None:
    long = "Does the revenue of the company rise in every year from 2019 to 2020 and then to 2021?"
    statement = (
        "The revenue of the company does rise in every year from 2019 to 2020, then to 2021."
    )
    fields = {**CHART.fields, "question": long, "gt_answer_details": statement}
    assert leak_in(HALLUSION, Item(CHART.key, 0, fields), f"Yes. {statement}") is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "No",
        "The correct answer is no.",
        "正确答案是否。",
        "The key to the answer is the axis: no.",
        "The chart is titled “Ground truth and prediction”; revenue falls.",
        "The GT model of the car is red.",
        "The bottle with the gold label is the larger one, so no.",
        "According to the annotation in the chart, no.",
        "Accuracy in the test set falls.",
        "The golden retriever answers to its name.",
        "The reference point of the answer is 2019.",
        "According to the chart, no.",
        "<think>The ground truth is probably no; the answer key may differ.</think>No",
        "Revenue was swapped with profit, so it falls.",
    ],
)
def test_answers_that_only_sound_like_it_are_no_leaks(text: str) -> None:
    assert leak_in(HALLUSION, CHART, text) is None


def test_reasoning_that_names_the_row_is_a_leak_all_the_same() -> None:
    assert leak_in(HALLUSION, CHART, "<think>VS_chart_0_1_2, I know it</think>No") is Leak.NAME
