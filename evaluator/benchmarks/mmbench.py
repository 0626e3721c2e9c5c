"""MMBench: multiple choice on pictures, six abilities, every question in all rotations of its options.

Liu et al., arXiv 2307.06281. The release is the first (1,164 questions in the dev split), as lmms-eval runs it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from evaluator.benchmarks.base import Benchmark, DataSource, Dimension, Text
from evaluator.grading.circular import PASS_STEP
from evaluator.grading.hub_cells import text_columns
from evaluator.grading.judge_prompts import choice_prompt, read_choice
from evaluator.grading.option_letters import extract_option
from evaluator.grading.verdicts import verdict_by_choice, verdict_on
from evaluator.metrics.circular import ChoiceRow, circular_scores, circular_units
from evaluator.records import Graded, Item, Response, Ruling, Score

_LETTERS = "ABCD"
_TEXT_COLUMNS = (
    "question",
    "hint",
    *_LETTERS,
    "category",
    "L2-category",
    "source",
    "split",
    "comment",
)
_COLUMNS = frozenset(
    (
        "index",
        "question",
        "hint",
        *_LETTERS,
        "answer",
        "category",
        "image",
        "source",
        "L2-category",
        "split",
    )
)

_L1 = {
    "perception": Text("Perception", "感知"),
    "reasoning": Text("Reasoning", "推理"),
}
_L2 = {
    "coarse_perception": ("perception", "CP", Text("Coarse perception", "粗粒度感知")),
    "finegrained_perception (instance-level)": (
        "perception",
        "FP-S",
        Text("Fine-grained perception, single instance", "细粒度感知（单实例）"),
    ),
    "finegrained_perception (cross-instance)": (
        "perception",
        "FP-C",
        Text("Fine-grained perception, cross-instance", "细粒度感知（跨实例）"),
    ),
    "attribute_reasoning": ("reasoning", "AR", Text("Attribute reasoning", "属性推理")),
    "relation_reasoning": ("reasoning", "RR", Text("Relation reasoning", "关系推理")),
    "logic_reasoning": ("reasoning", "LR", Text("Logic reasoning", "逻辑推理")),
}
_L3 = {
    "coarse_perception": {
        "image_style": Text("Image style", "图像风格"),
        "image_topic": Text("Image topic", "图像主题"),
        "image_scene": Text("Image scene", "图像场景"),
        "image_emotion": Text("Image emotion", "图像情感"),
        "image_quality": Text("Image quality", "图像质量"),
    },
    "finegrained_perception (instance-level)": {
        "object_localization": Text("Object localization", "目标定位"),
        "attribute_recognition": Text("Attribute recognition", "属性识别"),
        "celebrity_recognition": Text("Celebrity recognition", "名人识别"),
        "ocr": Text("OCR", "文字识别"),
    },
    "finegrained_perception (cross-instance)": {
        "spatial_relationship": Text("Spatial relationship", "空间关系"),
        "attribute_comparison": Text("Attribute comparison", "属性比较"),
        "action_recognition": Text("Action recognition", "动作识别"),
    },
    "attribute_reasoning": {
        "physical_property_reasoning": Text("Physical property reasoning", "物理属性推理"),
        "function_reasoning": Text("Function reasoning", "功能推理"),
        "identity_reasoning": Text("Identity reasoning", "身份推理"),
    },
    "relation_reasoning": {
        "social_relation": Text("Social relation", "社会关系"),
        "nature_relation": Text("Nature relation", "自然关系"),
        "physical_relation": Text("Physical relation", "物理关系"),
    },
    "logic_reasoning": {
        "structuralized_imagetext_understanding": Text(
            "Structuralized image-text understanding", "结构化图文理解"
        ),
        "future_prediction": Text("Future prediction", "未来预测"),
    },
}
_DIMENSIONS = (
    Dimension("overall", "overall", Text("Overall", "总体")),
    *(Dimension("L1", key, title) for key, title in _L1.items()),
    *(
        Dimension("L2", key, title, short=Text(short, short), parent=parent)
        for key, (parent, short, title) in _L2.items()
    ),
    *(
        Dimension("L3", key, title, parent=parent)
        for parent, children in _L3.items()
        for key, title in children.items()
    ),
)


class _MMBench(Benchmark):
    """What the language versions share: everything but the data and the words."""

    family = "mmbench"
    version = "1.0"
    protocol = "mmbench-circular-rules-1"
    task_folder = "mmbench"
    dimensions = _DIMENSIONS
    headline = ("overall", "overall", "circular")
    board_axis = "L2"
    board_metrics = ("vanilla",)
    circular = True
    judge_prompt_version = "choice-1"

    def key(self, doc: Mapping[str, Any]) -> str:
        return str(_index(doc["index"]))

    def fields(self, doc: Mapping[str, Any]) -> dict[str, Any]:
        """Return the row's columns; missing hints, comments and options ("nan") are left out.

        The options may stand in the hub's columns or as an object ``options``. Raises KeyError for a missing index,
        answer or option A, ValueError for ones that are none.
        """
        columns = {**doc, **doc.get("options", {})}
        if "A" not in columns:
            raise KeyError("A")
        answer = doc["answer"]
        if answer not in tuple(_LETTERS):
            raise ValueError(f"answer is {answer!r}, not a letter from A to D")
        texts = text_columns(columns, _TEXT_COLUMNS)
        return {"index": _index(doc["index"]), "answer": answer, **texts}

    def grade(self, item: Item, response: Response, ruling: Ruling | None = None) -> Graded:
        options, gold = self.options(item.fields), item.fields["answer"]
        if ruling is not None and ruling.outcome is not None:
            return verdict_by_choice(item.key, ruling, options, gold)
        choice = extract_option(response.text, options)
        return verdict_on(item.key, choice.letter, choice.how, right=choice.letter == gold)

    def judge_prompt(self, item: Item, response: Response) -> str | None:
        return choice_prompt(self.question(item.fields), self.options(item.fields), response.text)

    def read_ruling(self, item: Item, reply: str) -> str | None:
        return read_choice(reply, self.options(item.fields))

    def score(self, rows: Sequence[tuple[Item, Graded]]) -> list[Score]:
        """Return what ``circular_scores`` computes, overall and by L1, L2 and L3."""
        places = [(d.axis, d.key) for d in self.dimensions if d.axis != "overall"]
        return circular_scores([self._row(item, graded) for item, graded in rows], places)

    def units(self, rows: Sequence[tuple[Item, Graded]]) -> dict[str, tuple[str, float]]:
        """Return the questions: what the headline counts."""
        return circular_units([self._row(item, graded) for item, graded in rows])

    def _row(self, item: Item, graded: Graded) -> ChoiceRow:
        return ChoiceRow(
            index=item.fields["index"],
            verdict=graded.verdict,
            predicted=graded.parsed,
            gold=item.fields["answer"],
            letters=self.options(item.fields),
            places=self.dimension_values(item.fields),
        )

    def question(self, fields: Mapping[str, Any]) -> str:
        return "\n".join(fields[name] for name in ("hint", "question") if name in fields)

    def options(self, fields: Mapping[str, Any]) -> dict[str, str]:
        return {letter: fields[letter] for letter in _LETTERS if letter in fields}

    def dimension_values(self, fields: Mapping[str, Any]) -> dict[str, str]:
        """Return L1, L2 and L3 as far as the row names them; L1 follows from L2."""
        values = {}
        if (l2 := fields.get("L2-category")) is not None:
            if l2 in _L2:
                values["L1"] = _L2[l2][0]
            values["L2"] = l2
        if (l3 := fields.get("category")) is not None:
            values["L3"] = l3
        return values

    def group_keys(self, fields: Mapping[str, Any]) -> tuple[str, ...]:
        """Return the rows that ask the same question: one for each rotation that its options can have."""
        first = fields["index"] % PASS_STEP
        return tuple(str(first + number * PASS_STEP) for number in range(len(_LETTERS)))

    def cluster(self, item: Item) -> str:
        """Return the question's number: its rotations belong together."""
        return str(item.fields["index"] % PASS_STEP)


class MMBenchEnDev(_MMBench):
    """The English dev split."""

    slug = "mmbench_en_dev"
    position = 10
    title = Text("MMBench (English, dev)", "MMBench（英文，开发集）")
    summary = Text(
        "Six abilities in 1,164 multiple-choice questions, each asked in every rotation of its options; it counts only if all are right.",
        "1,164 道选择题考察六种能力；每题按选项的各种轮换各问一次，全部答对才算对。",
    )
    task = "mmbench_en_dev"
    data = DataSource("lmms-lab-encoder/MMBench", "en", "dev", _COLUMNS, 4329)


class MMBenchCnDev(_MMBench):
    """The Chinese dev split: the same questions, translated."""

    slug = "mmbench_cn_dev"
    position = 11
    title = Text("MMBench (Chinese, dev)", "MMBench（中文，开发集）")
    summary = Text(
        "MMBench's dev questions in Chinese, asked in every rotation of their options.",
        "MMBench 开发集的中文版，每题按选项的各种轮换各问一次。",
    )
    task = "mmbench_cn_dev"
    data = DataSource("lmms-lab-encoder/MMBench", "cn", "dev", _COLUMNS, 4329)
    default_max_new_tokens: ClassVar[int] = 256


def _index(value: Any) -> int:
    """Return a row's index; ValueError unless it is a whole number from 0 to 2**53."""
    whole = isinstance(value, str | int | float) and not isinstance(value, bool)
    if not whole or not 0 <= (index := int(value)) <= 2**53 or index != float(value):
        raise ValueError(f"index is {value!r}, not a whole number")
    return index
