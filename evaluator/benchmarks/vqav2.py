"""VQAv2: open questions about photographs, compared with the answers of ten people.

Goyal et al., "Making the V in VQA Matter", arXiv 1612.00837. Its score is VQA accuracy (``grading.vqa``): an item's points
are the credit from 0 to 1 that the answer has from the ten people's; the score is their mean. The verdict says whether
the answer has at least half of the credit, that is, whether two or more of ten gave it; no score counts verdicts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from evaluator.benchmarks.base import Benchmark, DataSource, Dimension, Text
from evaluator.grading.hub_cells import text_columns
from evaluator.grading.markup import without_markup
from evaluator.grading.reasoning import strip_reasoning
from evaluator.grading.refusal import is_refusal
from evaluator.grading.short_answers import How
from evaluator.grading.vqa import normalised, vqa_accuracy
from evaluator.metrics.by_dimension import PointsRow, mean_by_dimension
from evaluator.records import Graded, Item, Response, Ruling, Score, Verdict

METRIC = "vqa_accuracy"
_HALF = 0.5
_COLUMNS = frozenset(
    (
        "question_id",
        "image_id",
        "question",
        "question_type",
        "answer_type",
        "answers",
        "multiple_choice_answer",
        "image",
    )
)
_TEXT_COLUMNS = (
    "question_id",
    "image_id",
    "question",
    "question_type",
    "answer_type",
    "multiple_choice_answer",
)


class _VQAv2(Benchmark):
    """What the validation split and its lite subset share."""

    family = "vqav2"
    version = "2.0"
    protocol = "vqav2-official-1"
    task_folder = "vqav2"
    dimensions = (
        Dimension("overall", "overall", Text("Overall", "总体")),
        Dimension("answer_type", "yes/no", Text("Yes or no", "是或否")),
        Dimension("answer_type", "number", Text("Number", "数字")),
        Dimension("answer_type", "other", Text("Other", "其他")),
    )
    headline = ("overall", "overall", METRIC)
    board_axis = "answer_type"

    def key(self, doc: Mapping[str, Any]) -> str:
        return str(doc["question_id"])

    def fields(self, doc: Mapping[str, Any]) -> dict[str, Any]:
        """Return the row's columns, the people's answers as a list of texts.

        Raises KeyError for missing ids, types or answers, ValueError for answers that are no list, and for
        fewer than two: accuracy compares one person's with the others'.
        """
        for needed in ("question_id", "answer_type"):
            if doc[needed] is None:
                raise KeyError(needed)
        answers = doc["answers"] or ()
        if isinstance(answers, str) or not isinstance(answers, Iterable):
            raise ValueError(f"answers are {answers!r}, not a list")
        people = [str(a["answer"] if isinstance(a, Mapping) else a) for a in answers]
        if len(people) < 2:
            raise ValueError(f"answers are {len(people)}, not those of several people")
        return text_columns(doc, _TEXT_COLUMNS) | {"answers": people}

    def grade(self, item: Item, response: Response, ruling: Ruling | None = None) -> Graded:  # noqa: ARG002 - rules leave nothing open
        """Compare the whole answer; where nobody gave it, the answer without its markup."""
        text = strip_reasoning(response.text)
        if not text.strip():
            return Graded(item.key, Verdict.UNPARSED, 0.0, how=How.EMPTY)
        people = item.fields["answers"]
        said = normalised(text)
        points = vqa_accuracy(said, people)
        if not points and (words := without_markup(text)) != text.strip():
            said = normalised(words)
            points = vqa_accuracy(said, people)
        if not points and is_refusal(text, tags=()):
            return Graded(item.key, Verdict.UNPARSED, 0.0, how=How.REFUSED)
        verdict = Verdict.CORRECT if points >= _HALF else Verdict.INCORRECT
        return Graded(item.key, verdict, points, said, How.WHOLE)

    def score(self, rows: Sequence[tuple[Item, Graded]]) -> list[Score]:
        """Return VQA accuracy overall, by answer type and by question type; questions on one picture are a cluster."""
        table = [
            PointsRow(
                graded.points if graded.verdict.scored else None,
                self.dimension_values(item.fields),
                self.cluster(item),
            )
            for item, graded in rows
        ]
        return mean_by_dimension(table, [(d.axis, d.key) for d in self.dimensions], METRIC)

    def cluster(self, item: Item) -> str:
        """Return the picture's id: people asked several questions about each."""
        return str(item.fields.get("image_id", item.key))

    def gold(self, fields: Mapping[str, Any]) -> str:
        """Return what people answered, the most frequent first."""
        answers = fields["answers"]
        by_count = sorted(dict.fromkeys(answers), key=answers.count, reverse=True)
        return ", ".join(f"{answer} ({answers.count(answer)}×)" for answer in by_count)

    def dimension_values(self, fields: Mapping[str, Any]) -> dict[str, str]:
        return {axis: fields[axis] for axis in ("answer_type", "question_type") if axis in fields}


class VQAv2Val(_VQAv2):
    """The whole validation split."""

    slug = "vqav2_val"
    position = 50
    title = Text("VQAv2 (val)", "VQAv2（验证集）")
    summary = Text(
        "214,354 open questions about photographs; an answer's credit is how many of ten people gave the same.",
        "关于照片的 214,354 个开放问题；得分取决于十位标注者中有多少人给出了相同答案。",
    )
    task = "vqav2_val"
    data = DataSource("lmms-lab-encoder/VQAv2", None, "validation", _COLUMNS, 214354)


class VQAv2ValLite(_VQAv2):
    """lmms-eval's subset of the validation split."""

    slug = "vqav2_val_lite"
    position = 51
    title = Text("VQAv2 (val, lite)", "VQAv2（验证集，精简）")
    summary = Text(
        "500 questions that lmms-eval chose from VQAv2's validation split; quicker, and less precise.",
        "lmms-eval 从 VQAv2 验证集中选出的 500 个问题；更快，但精度较低。",
    )
    task = "vqav2_val_lite"
    data = DataSource("lmms-lab-encoder/LMMs-Eval-Lite", "vqav2_val", "lite", _COLUMNS, 500)
