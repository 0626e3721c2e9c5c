"""RealWorldQA: questions about photographs taken in the real world, many of them from cars.

Released by xAI with Grok-1.5 Vision (April 2024). Its data set has no ids: an item's key is its row.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from evaluator.benchmarks.base import Benchmark, DataSource, Dimension, Text
from evaluator.grading.judge_prompts import (
    choice_prompt,
    equality_prompt,
    read_choice,
    read_equality,
)
from evaluator.grading.option_letters import extract_option
from evaluator.grading.short_answers import Form, form_of, read_short
from evaluator.grading.verdicts import verdict_by_choice, verdict_by_equality, verdict_on
from evaluator.grading.vqa import normalised
from evaluator.metrics.by_dimension import PointsRow, accuracy_by_dimension
from evaluator.records import Graded, Item, Response, Ruling, Score

_LETTERS = "ABCD"
_OPTION_LINE = re.compile(rf"^[ \t]*\(?([{_LETTERS}])[.):][ \t]*(\S.*?)[ \t]*$", re.MULTILINE)


class RealWorldQA(Benchmark):
    """The only split. The right answer is an option's letter, or a word or number to be given as it is."""

    slug = "realworldqa"
    family = "realworldqa"
    position = 40
    version = "1.0"
    protocol = "realworldqa-rules-1"
    title = Text("RealWorldQA", "RealWorldQA")
    summary = Text(
        "765 questions about photographs of streets and rooms; answers are option letters, numbers or a few words.",
        "关于街道、室内等真实照片的 765 个问题；答案为选项字母、数字或简短词语。",
    )
    task = "realworldqa"
    task_folder = "realworldqa"
    data = DataSource(
        "lmms-lab-encoder/RealWorldQA",
        None,
        "test",
        frozenset(("image", "question", "answer")),
        765,
    )
    dimensions = (
        Dimension("overall", "overall", Text("Overall", "总体")),
        Dimension("form", Form.LETTER, Text("Option letter", "选项字母")),
        Dimension("form", Form.YES_NO, Text("Yes or no", "是或否")),
        Dimension("form", Form.NUMBER, Text("Number", "数字")),
        Dimension("form", Form.TEXT, Text("A few words", "简短词语")),
    )
    headline = ("overall", "overall", "accuracy")
    board_axis = "form"
    judge_prompt_version = "realworldqa-judge-1"

    def key(self, doc: Mapping[str, Any]) -> str:
        """Return the row's number where the row tells it as ``index``; the data set itself does not."""
        return str(doc["index"])

    def row_key(self, doc: Mapping[str, Any], position: int) -> str:
        return self.key(doc) if "index" in doc else str(position)

    def fields(self, doc: Mapping[str, Any]) -> dict[str, Any]:
        """Return question and answer. Raises KeyError for a missing one, ValueError for an empty answer or none."""
        if not isinstance(doc["answer"], str | int | float):
            raise ValueError(f"answer is {doc['answer']!r}, not a text")
        answer = str(doc["answer"]).strip()
        if not answer:
            raise ValueError("answer is empty")
        if form_of(answer) is Form.LETTER:
            answer = answer.upper()
        return {"question": str(doc["question"]), "answer": answer}

    def grade(self, item: Item, response: Response, ruling: Ruling | None = None) -> Graded:
        gold, options = item.fields["answer"], self.options(item.fields)
        if ruling is not None and ruling.outcome is not None:
            if options:
                return verdict_by_choice(item.key, ruling, options, gold)
            return verdict_by_equality(item.key, ruling)
        if options:
            choice = extract_option(response.text, options)
            return verdict_on(item.key, choice.letter, choice.how, right=choice.letter == gold)
        said, how = read_short(response.text, form_of(gold))
        return verdict_on(item.key, said, how, right=said == normalised(gold))

    def judge_prompt(self, item: Item, response: Response) -> str | None:
        question, gold = self.question(item.fields), self.gold(item.fields)
        if options := self.options(item.fields):
            return choice_prompt(question, options, response.text)
        return equality_prompt(question, gold, response.text)

    def read_ruling(self, item: Item, reply: str) -> str | None:
        options = self.options(item.fields)
        return read_choice(reply, options) if options else read_equality(reply)

    def score(self, rows: Sequence[tuple[Item, Graded]]) -> list[Score]:
        """Return the accuracy overall and by the form of the right answer."""
        table = [
            PointsRow(
                graded.points if graded.verdict.scored else None, self.dimension_values(item.fields)
            )
            for item, graded in rows
        ]
        return accuracy_by_dimension(table, [(d.axis, d.key) for d in self.dimensions])

    def options(self, fields: Mapping[str, Any]) -> dict[str, str]:
        """Return the options that the question lists, a line each; of a letter's question without such lines, A to D."""
        if form_of(fields["answer"]) is not Form.LETTER:
            return {}
        listed = dict(_OPTION_LINE.findall(fields["question"]))
        return listed if fields["answer"] in listed else dict.fromkeys(_LETTERS, "")

    def dimension_values(self, fields: Mapping[str, Any]) -> dict[str, str]:
        return {"form": form_of(fields["answer"]).value}
