"""MMMU-Pro: MMMU's questions with up to ten options, and the same ones inside a picture.

Yue et al., "MMMU-Pro: A More Robust Multi-discipline Multimodal Understanding Benchmark", arXiv 2409.02813.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evaluator.benchmarks.base import DataSource, Text
from evaluator.benchmarks.mmmu import (
    DIFFICULTY_DIMENSIONS,
    SUBJECT_DIMENSIONS,
    SubjectBenchmark,
    gold_letter,
)
from evaluator.grading.hub_cells import letter_options, list_of, present, text_columns
from evaluator.grading.last_answer import extract_last_answer
from evaluator.grading.verdicts import verdict_by_choice, verdict_on
from evaluator.records import Graded, Item, Response, Ruling

_COLUMNS = frozenset(("id", "options", "answer", "subject"))


class _MMMUPro(SubjectBenchmark):
    """What the two variants share: everything but the data and the words."""

    family = "mmmu"
    version = "1.0"
    protocol = "mmmu-pro-rules-1"
    task_folder = "mmmu_pro"
    judge_prompt_version = "mmmu-pro-judge-1"

    def fields(self, doc: Mapping[str, Any]) -> dict[str, Any]:
        """Return the row's columns, options by letter.

        Raises KeyError for a missing id, subject, answer or options, ValueError for ones that cannot be meant.
        """
        fields = text_columns(doc, ("question", "topic_difficulty"))
        if present(doc.get("img_type")):
            fields["img_type"] = list_of(doc["img_type"], "img_type")
        return fields | {
            "id": str(doc["id"]),
            "subject": str(doc["subject"]),
            "options": letter_options(doc["options"]),
            "answer": gold_letter(doc["answer"]),
        }

    def grade(self, item: Item, response: Response, ruling: Ruling | None = None) -> Graded:
        options, gold = self.options(item.fields), item.fields["answer"]
        if ruling is not None and ruling.outcome is not None:
            return verdict_by_choice(item.key, ruling, options, gold)
        choice = extract_last_answer(response.text, options)
        return verdict_on(item.key, choice.letter, choice.how, right=choice.letter == gold)


class MMMUProStandard(_MMMUPro):
    """Question and options as text, the pictures beside them."""

    slug = "mmmu_pro_standard"
    position = 31
    title = Text("MMMU-Pro (standard)", "MMMU-Pro（标准）")
    summary = Text(
        "1,730 of MMMU's questions that cannot be answered without their pictures, with up to ten options.",
        "从 MMMU 中筛选出的 1,730 道不看图便无法作答的题目，选项增至最多十个。",
    )
    task = "mmmu_pro_standard"
    data = DataSource(
        "MMMU/MMMU_Pro",
        "standard (10 options)",
        "test",
        _COLUMNS
        | {"question", "img_type", "topic_difficulty"}
        | {f"image_{number}" for number in range(1, 8)},
        1730,
    )
    dimensions = (*SUBJECT_DIMENSIONS, *DIFFICULTY_DIMENSIONS)


class MMMUProVision(_MMMUPro):
    """Question, options and pictures in one screenshot: the prompt holds none of them."""

    slug = "mmmu_pro_vision"
    position = 32
    title = Text("MMMU-Pro (vision)", "MMMU-Pro（视觉）")
    summary = Text(
        "The questions of MMMU-Pro inside a screenshot: to answer, a model must read them there.",
        "MMMU-Pro 的题目与选项都在截图里，模型必须先从图中读出题目再作答。",
    )
    task = "mmmu_pro_vision"
    data = DataSource("MMMU/MMMU_Pro", "vision", "test", _COLUMNS | {"image"}, 1730)
    dimensions = SUBJECT_DIMENSIONS
