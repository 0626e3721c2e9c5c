"""VLMEvalKit's tables, as its own releases name and fill their columns."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest

from evaluator.benchmarks import get_benchmark
from evaluator.grading.marking import mark
from evaluator.records import Verdict
from evaluator.results_files.answers import Answered, BadResults
from evaluator.results_files.tables import xlsx_rows
from evaluator.results_files.vlmevalkit import read_table

MMBENCH = {
    "index": 1_000_241,
    "question": "Which is larger?",
    "hint": "Look at the scale.",
    "A": "the left one",
    "B": 12,
    "answer": "B",
    "category": "ocr",
    "l2-category": "finegrained_perception (instance-level)",
    "split": "dev",
    "prediction": "B",
}
HALLUSION = {
    "index": "VS_chart_1_3_2_0",
    "question": "Is the bar on the left the highest?",
    "answer": "No",
    "category": "VS",
    "l2-category": "chart",
    "prediction": "No, it is not.",
}
MMMU = {
    "index": 7,
    "id": "validation_Accounting_1",
    "question": "<image 1> What is the profit?",
    "A": "$6",
    "B": 7,
    "answer": "B",
    "split": "validation",
    "category": "Accounting",
    "l2-category": "Business",
    "topic_difficulty": "Easy",
    "prediction": "B",
}
OPEN_MMMU = {
    "index": 8,
    "id": "validation_Math_2",
    "question": "How many?",
    "answer": 4,
    "split": "validation",
    "prediction": "The answer is 4.",
}
REALWORLDQA = {
    "index": 3.0,
    "question": "How many lanes are there?",
    "A": 2,
    "B": 3,
    "answer": "A",
    "prediction": "A",
}


def read(slug: str, *rows: dict[str, Any]) -> list[Answered]:
    return list(read_table(get_benchmark(slug), enumerate(rows, start=2)))


@pytest.mark.parametrize(
    ("slug", "row", "key"),
    [
        ("mmbench_en_dev", MMBENCH, "1000241"),
        ("hallusion_bench_image", HALLUSION, "VS_chart_3_2_0"),
        ("mmmu_val", MMMU, "validation_Accounting_1"),
        ("mmmu_val", OPEN_MMMU, "validation_Math_2"),
        ("realworldqa", REALWORLDQA, "3"),
    ],
)
def test_a_row_is_an_item_with_the_hubs_key_and_is_graded_right(
    slug: str, row: dict[str, Any], key: str
) -> None:
    benchmark = get_benchmark(slug)
    (answer,) = read(slug, row)
    assert answer.item.key == key
    marked = mark(benchmark, answer.item, answer.response)
    assert marked.graded.verdict is Verdict.CORRECT


def test_mmbench_keeps_abilities_and_options() -> None:
    (answer,) = read("mmbench_en_dev", MMBENCH)
    benchmark = get_benchmark("mmbench_en_dev")
    assert benchmark.dimension_values(answer.item.fields) == {
        "L1": "perception",
        "L2": "finegrained_perception (instance-level)",
        "L3": "ocr",
    }
    assert benchmark.options(answer.item.fields) == {"A": "the left one", "B": "12"}


def test_hallusionbenchs_index_says_which_picture_was_shown() -> None:
    (answer,) = read("hallusion_bench_image", HALLUSION)
    fields = answer.item.fields
    assert (fields["visual_input"], fields["figure_id"], fields["gt_answer"]) == ("1", "2", "0")


@pytest.mark.parametrize("change", [{"index": "VS_chart_1_3"}, {"answer": "Maybe"}])
def test_a_row_that_is_none_of_hallusionbenchs_is_refused(change: dict[str, str]) -> None:
    with pytest.raises(BadResults, match=r"row 2: index .* is none of HallusionBench's"):
        read("hallusion_bench_image", HALLUSION | change)


def test_mmmus_dev_rows_are_left_out() -> None:
    dev = {**MMMU, "id": "dev_Accounting_1", "split": "dev"}
    assert [a.item.key for a in read("mmmu_val", dev, MMMU)] == ["validation_Accounting_1"]


def test_failed_requests_are_errors() -> None:
    (answer,) = read("mmbench_en_dev", MMBENCH | {"prediction": "Failed to obtain answer via API."})
    assert (answer.response.text, answer.response.error) == ("", "Failed to obtain answer via API.")


def test_an_empty_prediction_is_an_empty_answer_and_not_missing() -> None:
    other = {k: v for k, v in (MMBENCH | {"index": 5}).items() if k != "prediction"}
    answers = read("mmbench_en_dev", MMBENCH, other)
    assert [a.response.text for a in answers] == ["B", ""]


def test_a_spreadsheets_numbers_are_read_as_they_were_written(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["index", "id", "question", "answer", "prediction"])
    sheet.append([8, "validation_Math_2", "How many?", 4, 4.0])
    sheet.append([9, "validation_Math_3", "How much?", 0.5, 0.5])
    book.save(tmp_path / "a.xlsx")
    answers = list(read_table(get_benchmark("mmmu_val"), xlsx_rows(tmp_path / "a.xlsx")))
    assert [a.response.text for a in answers] == ["4", "0.5"]
    assert [a.item.fields["answer"] for a in answers] == [["4"], ["0.5"]]
