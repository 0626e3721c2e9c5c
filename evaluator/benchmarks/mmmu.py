"""MMMU: college-level questions in thirty subjects, answered from pictures; and what MMMU-Pro shares with it.

Yue et al., arXiv 2311.16502. The validation split, as lmms-eval asks it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from evaluator.benchmarks.base import Benchmark, DataSource, Dimension, Text
from evaluator.grading.hub_cells import letter_options, list_of, present, text_columns
from evaluator.grading.judge_prompts import (
    choice_prompt,
    equality_prompt,
    read_choice,
    read_equality,
)
from evaluator.grading.mmmu_answers import How, is_match, open_candidates, stated_parts
from evaluator.grading.mmmu_answers import read_choice as strict_choice
from evaluator.grading.reasoning import strip_reasoning
from evaluator.grading.refusal import is_refusal
from evaluator.grading.verdicts import verdict_by_choice, verdict_by_equality, verdict_on
from evaluator.metrics.by_dimension import PointsRow, Values, accuracy_by_dimension
from evaluator.records import Graded, HowRead, Item, Response, Ruling, Score

MULTIPLE_CHOICE, OPEN = "multiple-choice", "open"

_DISCIPLINES = {
    "Art and Design": (
        Text("Art & Design", "艺术与设计"),
        {
            "Art": Text("Art", "艺术"),
            "Art_Theory": Text("Art Theory", "艺术理论"),
            "Design": Text("Design", "设计"),
            "Music": Text("Music", "音乐"),
        },
    ),
    "Business": (
        Text("Business", "商科"),
        {
            "Accounting": Text("Accounting", "会计"),
            "Economics": Text("Economics", "经济学"),
            "Finance": Text("Finance", "金融"),
            "Manage": Text("Management", "管理"),
            "Marketing": Text("Marketing", "市场营销"),
        },
    ),
    "Science": (
        Text("Science", "理科"),
        {
            "Biology": Text("Biology", "生物"),
            "Chemistry": Text("Chemistry", "化学"),
            "Geography": Text("Geography", "地理"),
            "Math": Text("Math", "数学"),
            "Physics": Text("Physics", "物理"),
        },
    ),
    "Health and Medicine": (
        Text("Health & Medicine", "健康与医学"),
        {
            "Basic_Medical_Science": Text("Basic Medical Science", "基础医学"),
            "Clinical_Medicine": Text("Clinical Medicine", "临床医学"),
            "Diagnostics_and_Laboratory_Medicine": Text(
                "Diagnostics and Laboratory Medicine", "诊断与检验医学"
            ),
            "Pharmacy": Text("Pharmacy", "药学"),
            "Public_Health": Text("Public Health", "公共卫生"),
        },
    ),
    "Humanities and Social Science": (
        Text("Humanities & Social Science", "人文与社会科学"),
        {
            "History": Text("History", "历史"),
            "Literature": Text("Literature", "文学"),
            "Sociology": Text("Sociology", "社会学"),
            "Psychology": Text("Psychology", "心理学"),
        },
    ),
    "Tech and Engineering": (
        Text("Tech & Engineering", "技术与工程"),
        {
            "Agriculture": Text("Agriculture", "农学"),
            "Architecture_and_Engineering": Text("Architecture and Engineering", "建筑与工程"),
            "Computer_Science": Text("Computer Science", "计算机科学"),
            "Electronics": Text("Electronics", "电子"),
            "Energy_and_Power": Text("Energy and Power", "能源与动力"),
            "Materials": Text("Materials", "材料"),
            "Mechanical_Engineering": Text("Mechanical Engineering", "机械工程"),
        },
    ),
}
_DISCIPLINE_OF = {
    subject: discipline
    for discipline, (_, subjects) in _DISCIPLINES.items()
    for subject in subjects
}
SUBJECT_DIMENSIONS = (
    Dimension("overall", "overall", Text("Overall", "总体")),
    *(Dimension("discipline", key, title) for key, (title, _) in _DISCIPLINES.items()),
    *(
        Dimension("subject", key, title, parent=discipline)
        for discipline, (_, subjects) in _DISCIPLINES.items()
        for key, title in subjects.items()
    ),
)
DIFFICULTY_DIMENSIONS = (
    Dimension("difficulty", "Easy", Text("Easy", "简单")),
    Dimension("difficulty", "Medium", Text("Medium", "中等")),
    Dimension("difficulty", "Hard", Text("Hard", "困难")),
)
_TYPE_DIMENSIONS = (
    Dimension("question_type", MULTIPLE_CHOICE, Text("Multiple choice", "选择题")),
    Dimension("question_type", OPEN, Text("Open", "开放题")),
)
_ID = re.compile(r"(?:dev|validation|test)_(\w+)_\d+")


class SubjectBenchmark(Benchmark):
    """A benchmark of questions in MMMU's subjects, each with ``id``, ``subject``, ``options`` by letter and ``answer``.

    Items are independent. Subfields and image types are as the data name them; an item with several image types
    counts at each.
    """

    headline = ("overall", "overall", "accuracy")
    board_axis = "discipline"

    def key(self, doc: Mapping[str, Any]) -> str:
        return str(doc["id"])

    def score(self, rows: Sequence[tuple[Item, Graded]]) -> list[Score]:
        """Return the accuracy overall and by every axis (``accuracy_by_dimension``)."""
        table = [
            PointsRow(graded.points if graded.verdict.scored else None, self._values(item.fields))
            for item, graded in rows
        ]
        return accuracy_by_dimension(table, [(d.axis, d.key) for d in self.dimensions])

    def judge_prompt(self, item: Item, response: Response) -> str | None:
        return choice_prompt(self.question(item.fields), self.options(item.fields), response.text)

    def read_ruling(self, item: Item, reply: str) -> str | None:
        return read_choice(reply, self.options(item.fields))

    def options(self, fields: Mapping[str, Any]) -> dict[str, str]:
        return dict(fields.get("options", {}))

    def dimension_values(self, fields: Mapping[str, Any]) -> dict[str, str]:
        """Return the item's values; several image types are one, with commas between them."""
        return {
            axis: value if isinstance(value, str) else ", ".join(value)
            for axis, value in self._values(fields).items()
        }

    def _values(self, fields: Mapping[str, Any]) -> Values:
        subject = fields["subject"]
        values = {
            "discipline": _DISCIPLINE_OF.get(subject),
            "subject": subject,
            "subfield": fields.get("subfield"),
            "difficulty": fields.get("topic_difficulty"),
            "question_type": fields.get("question_type"),
            "img_type": fields.get("img_type"),
        }
        return {axis: value for axis, value in values.items() if value}


class MMMUVal(SubjectBenchmark):
    """The validation split: multiple-choice and open questions."""

    slug = "mmmu_val"
    family = "mmmu"
    position = 30
    version = "val"
    protocol = "mmmu-strict-1"
    title = Text("MMMU (val)", "MMMU（验证集）")
    summary = Text(
        "900 college-level questions in 30 subjects of six disciplines; an answer that cannot be read is wrong, never guessed.",
        "六大学科、30 个科目的 900 道大学水平题目；无法解析的回答一律算错，不做随机猜测。",
    )
    task = "mmmu_val"
    task_folder = "mmmu"
    data = DataSource(
        "lmms-lab-encoder/MMMU",
        None,
        "validation",
        frozenset(
            (
                "id",
                "question",
                "options",
                *(f"image_{number}" for number in range(1, 8)),
                "img_type",
                "answer",
                "topic_difficulty",
                "question_type",
                "subfield",
            )
        ),
        900,
    )
    dimensions = (*SUBJECT_DIMENSIONS, *DIFFICULTY_DIMENSIONS, *_TYPE_DIMENSIONS)
    judge_prompt_version = "mmmu-judge-1"

    def fields(self, doc: Mapping[str, Any]) -> dict[str, Any]:
        """Return the row's columns: options by letter, the golds of an open question as a list.

        ``subject`` is the middle of the id. Raises KeyError for a missing id, question type, answer or (of a multiple
        choice) options, ValueError for ones that cannot be meant.
        """
        match = _ID.fullmatch(str(doc["id"]))
        if match is None:
            raise ValueError(f"id is {doc['id']!r}, not of the form validation_Subject_1")
        fields = text_columns(doc, ("id", "question", "topic_difficulty", "subfield"))
        fields |= {"subject": match[1]}
        if present(doc.get("img_type")):
            fields["img_type"] = list_of(doc["img_type"], "img_type")
        if doc["question_type"] == MULTIPLE_CHOICE:
            options = letter_options(doc["options"])
            gold = gold_letter(doc["answer"])
            return fields | {"question_type": MULTIPLE_CHOICE, "options": options, "answer": gold}
        golds = list_of(doc["answer"], "answer")
        if not all(gold.strip() for gold in golds):
            raise ValueError("answer is empty")
        return fields | {"question_type": OPEN, "answer": golds}

    def grade(self, item: Item, response: Response, ruling: Ruling | None = None) -> Graded:
        if ruling is not None and ruling.outcome is not None:
            return self._grade_by_judge(item, ruling)
        text = strip_reasoning(response.text)
        if item.fields["question_type"] == MULTIPLE_CHOICE:
            return self._grade_choice(item, text)
        return self._grade_open(item, text)

    def _grade_by_judge(self, item: Item, ruling: Ruling) -> Graded:
        if item.fields["question_type"] == MULTIPLE_CHOICE:
            options = self.options(item.fields)
            return verdict_by_choice(item.key, ruling, options, item.fields["answer"])
        return verdict_by_equality(item.key, ruling)

    def _grade_choice(self, item: Item, text: str) -> Graded:
        letter, how = strict_choice(text, self.options(item.fields))
        return verdict_on(item.key, letter, how, right=letter == item.fields["answer"])

    def _grade_open(self, item: Item, text: str) -> Graded:
        """Compare an answer with the golds. One that declines, and is not right all the same, says nothing."""
        if not text.strip():
            return verdict_on(item.key, None, How.EMPTY, right=False)
        parts = stated_parts(text)
        right = is_match(item.fields["answer"], open_candidates(parts))
        if not right and is_refusal(text, tags=()):
            return verdict_on(item.key, None, HowRead.REFUSED, right=False)
        return verdict_on(item.key, " | ".join(parts), How.PHRASES, right=right)

    def judge_prompt(self, item: Item, response: Response) -> str | None:
        if item.fields["question_type"] == MULTIPLE_CHOICE:
            return super().judge_prompt(item, response)
        question, gold = self.question(item.fields), self.gold(item.fields)
        return equality_prompt(question, gold, response.text)

    def read_ruling(self, item: Item, reply: str) -> str | None:
        if item.fields["question_type"] == MULTIPLE_CHOICE:
            return super().read_ruling(item, reply)
        return read_equality(reply)

    def gold(self, fields: Mapping[str, Any]) -> str:
        answer = fields["answer"]
        return answer if isinstance(answer, str) else " / ".join(answer)


def gold_letter(answer: Any) -> str:
    """Return the right option's letter; ValueError for what is none."""
    letter = str(answer).strip()
    if re.fullmatch("[A-Z]", letter) is None:
        raise ValueError(f"answer is {answer!r}, not an option's letter")
    return letter
