"""HallusionBench: yes-or-no questions on pictures that mislead, and on the same pictures edited.

Guan et al., "HallusionBench: An Advanced Diagnostic Suite for Entangled Language Hallucination and Visual Illusion in
Large Vision-Language Models", arXiv 2310.14566; code and data: tianyi-lab/HallusionBench.

A pair is one question over the figures of a set; figure 0 is the original. In the visual dependent part (VD) that is
a picture; in the visual supplement part (VS) it is none, and the question is to be answered from what is known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from evaluator.benchmarks.base import Benchmark, DataSource, Dimension, Text
from evaluator.grading.judge_prompts import (
    CORRECT,
    INCORRECT,
    UNCLEAR,
    agreement_prompt,
    read_agreement,
)
from evaluator.grading.yes_no import How, extract_yes_no
from evaluator.metrics.hallucination import DIAGNOSES, hallucination_scores
from evaluator.metrics.hallucination_diagnosis import Diagnosis, diagnose
from evaluator.metrics.hallucination_table import Label, QuestionRow, QuestionTable
from evaluator.records import Graded, HowRead, Item, Response, Ruling, Score, Verdict

_FIGURES = 10
"""More than any set has."""

_REPOSITORY = "lmms-lab-encoder/HallusionBench"
_IDS = ("category", "subcategory", "set_id", "figure_id", "question_id")
_TEXTS = ("sample_note", "question", "gt_answer_details", "filename")
_COLUMNS = frozenset((*_IDS, *_TEXTS, "visual_input", "gt_answer", "image"))
_YES_NO = {"0": "No", "1": "Yes"}
_WORDS = {False: "no", True: "yes"}
_VISUAL_INPUTS = ("0", "1", "2")

_OUTCOMES = {CORRECT: Label.RIGHT, INCORRECT: Label.WRONG, UNCLEAR: Label.UNCERTAIN}
_TOLD = {"0": INCORRECT, "1": CORRECT, "2": UNCLEAR}
"""A file's ``label`` as the outcome of a ruling."""
_FLAGS = {"0": False, "1": True}
_SAME = "same_as_original"
_OF_A_FILE = "results file"
"""In place of a judge's name."""

_CATEGORIES = {
    "VD": Text("Visual dependent", "视觉依赖"),
    "VS": Text("Visual supplement", "视觉补充"),
}
_SUBCATEGORIES = {
    "VD": {
        "illusion": Text("Illusion", "视错觉"),
        "math": Text("Math", "数学"),
        "video": Text("Video", "视频"),
        "figure": Text("Figure", "图像"),
        "ocr": Text("OCR (visual dependent)", "文字识别（视觉依赖）"),
    },
    "VS": {
        "chart": Text("Chart", "统计图"),
        "table": Text("Table", "表格"),
        "map": Text("Map", "地图"),
        "ocr": Text("OCR (visual supplement)", "文字识别（视觉补充）"),
    },
}
_SHORT = {"VD": Text("OCR (VD)", "文字 (VD)"), "VS": Text("OCR (VS)", "文字 (VS)")}
_DIMENSIONS = (
    Dimension("overall", "overall", Text("Overall", "总体")),
    *(
        Dimension("category", key, title, short=Text(key, key))
        for key, title in _CATEGORIES.items()
    ),
    *(
        Dimension(
            "subcategory",
            f"{category}/{key}",
            title,
            short=_SHORT[category] if key == "ocr" else None,
            parent=category,
        )
        for category, children in _SUBCATEGORIES.items()
        for key, title in children.items()
    ),
)


class _HallusionBench(Benchmark):
    """What both variants share: everything but the rows and the protocol's name."""

    family = "hallusionbench"
    version = "1.0"
    dimensions = _DIMENSIONS
    headline = ("overall", "overall", "overall")
    board_axis = "subcategory"
    board_metrics = ("aAcc", "qAcc", "fAcc")
    board_dimension_metric = "aAcc"
    paired_metric = "aAcc"
    judge_prompt_version = "hallusion-1"
    default_max_new_tokens = 512

    def key(self, doc: Mapping[str, Any]) -> str:
        """Return the five ids joined as the authors' code joins them: "VS_chart_0_1_2"."""
        return "_".join(_text(doc, name) for name in _IDS)

    def fields(self, doc: Mapping[str, Any]) -> dict[str, Any]:
        """Return the row's columns as texts; missing notes and file names are left out.

        Raises KeyError for a missing id, question or answer, ValueError for ones that cannot be.
        """
        fields = {name: _text(doc, name) for name in (*_IDS, "visual_input", "gt_answer")}
        _check(fields, "category", _SUBCATEGORIES)
        _check(fields, "subcategory", _SUBCATEGORIES[fields["category"]])
        _check(fields, "visual_input", _VISUAL_INPUTS)
        _check(fields, "gt_answer", _YES_NO)
        texts = {name: str(doc[name]) for name in _TEXTS if doc.get(name) is not None}
        if "question" not in texts:
            raise KeyError("question")
        return {**fields, **texts}

    def grade(self, item: Item, response: Response, ruling: Ruling | None = None) -> Graded:
        """Return the verdict; its notes hold ``label`` and, where the ruling says it, ``same_as_original``.

        An uncertain answer is UNPARSED, but to a VS question without a picture it is correct: whoever is shown
        nothing need not know. An empty answer is no admission of that, and never correct.
        """
        gold = item.fields["gt_answer"] == "1"
        if ruling is not None and ruling.outcome is not None:
            label = _OUTCOMES.get(ruling.outcome, Label.UNCERTAIN)
            said = None if label is Label.UNCERTAIN else gold == (label is Label.RIGHT)
            how: str = HowRead.JUDGE
            notes = {name: ruling.notes[name] for name in (_SAME,) if name in ruling.notes}
        else:
            said, how = extract_yes_no(response.text)
            label = Label.UNCERTAIN if said is None else Label(said == gold)
            notes = {}
        verdict = _verdict(label, pardoned=_needs_no_knowledge(item.fields) and how != How.EMPTY)
        return Graded(
            key=item.key,
            verdict=verdict,
            points=float(verdict is Verdict.CORRECT),
            parsed=None if said is None else _WORDS[said],
            how=how,
            notes={"label": label.value, **notes},
        )

    def score(self, rows: Sequence[tuple[Item, Graded]]) -> list[Score]:
        """Return what ``hallucination_scores`` computes: overall, by category and by subcategory."""
        return hallucination_scores(_question_rows(rows))

    def finish(self, rows: Sequence[tuple[Item, Graded]]) -> list[Graded]:
        """Add to the notes the keys of the item's ``pair`` and ``figure``, and the ``diagnosis`` of a failed answer."""
        if not rows:
            return []
        diagnoses = diagnose(QuestionTable(_question_rows(rows))).tolist()
        return [
            replace(graded, notes=_notes(item.fields, graded, Diagnosis(diagnosis)))
            for (item, graded), diagnosis in zip(rows, diagnoses, strict=True)
        ]

    def told(self, doc: Mapping[str, Any]) -> Ruling | None:
        """Return people's or a judge's ``label`` (0 wrong, 1 right, 2 uncertain) with ``same_as_original``, if any."""
        label, same = doc.get("label"), doc.get(_SAME)
        if label is None:
            if same is not None:
                raise ValueError(f"{_SAME} stands without a label")
            return None
        outcome = _TOLD.get(_digit(label))
        if outcome is None:
            raise ValueError(f"label is {label!r}, not 0 (wrong), 1 (right) or 2 (uncertain)")
        if same is None:
            return Ruling(outcome, _OF_A_FILE)
        flag = same if isinstance(same, bool) else _FLAGS.get(_digit(same))
        if flag is None:
            raise ValueError(f"{_SAME} is {same!r}, not true or false")
        return Ruling(outcome, _OF_A_FILE, notes={_SAME: flag})

    def left_open(self, graded: Graded) -> bool:
        """Say whether neither or both of yes and no were read, also where that counts as correct."""
        return graded.verdict.scored and graded.parsed is None and graded.how != HowRead.JUDGE

    def judge_prompt(self, item: Item, response: Response) -> str | None:
        return agreement_prompt(item.fields["question"], self.gold(item.fields), response.text)

    def read_ruling(self, item: Item, reply: str) -> str | None:  # noqa: ARG002 - a hook
        return read_agreement(reply)

    def cluster(self, item: Item) -> str:
        """Return the set, which contains whole pairs and whole figures."""
        return "_".join(item.fields[name] for name in ("category", "subcategory", "set_id"))

    def gold(self, fields: Mapping[str, Any]) -> str:
        """Return yes or no, and the facts behind it."""
        details = fields.get("gt_answer_details", "")
        return f"{_YES_NO[fields['gt_answer']]}. {details}".strip()

    def dimension_values(self, fields: Mapping[str, Any]) -> dict[str, str]:
        category = fields["category"]
        return {"category": category, "subcategory": f"{category}/{fields['subcategory']}"}

    def group_keys(self, fields: Mapping[str, Any]) -> tuple[str, ...]:
        """Return the same question on every figure that the set may have, the original first."""
        figures = (str(number) for number in range(_FIGURES))
        return tuple(self.key({**fields, "figure_id": figure}) for figure in figures)


class HallusionBenchImage(_HallusionBench):
    """The questions with a picture, those that lmms-eval and OpenVLM's leaderboard count."""

    slug = "hallusion_bench_image"
    position = 20
    protocol = "hallusionbench-image-951-rules-1"
    title = Text("HallusionBench (with picture)", "HallusionBench（仅有图）")
    summary = Text(
        "951 yes-or-no questions on misleading and edited pictures; comparable with lmms-eval and OpenVLM.",
        "951 道是非题，针对误导性图片及其改动版本；可与 lmms-eval 和 OpenVLM 对比。",
    )
    task = "hallusion_bench_image"
    task_folder = "hallusion_bench"
    data = DataSource(_REPOSITORY, None, "image", _COLUMNS, 951)


class HallusionBench(_HallusionBench):
    """All questions of the paper, also those without a picture, which tell what a model believes unseen."""

    slug = "hallusion_bench"
    position = 21
    protocol = "hallusionbench-official-1129-rules-1"
    title = Text("HallusionBench", "HallusionBench")
    summary = Text(
        "1,129 yes-or-no questions, 178 of them without a picture: is the model wrong because of what it sees or what it believes?",
        "1,129 道是非题，其中 178 道不带图片：模型出错，是因为看错，还是因为先入为主？",
    )
    task = "hallusion_bench"
    task_folder = "harness:hallusion_bench"
    data = DataSource(_REPOSITORY, None, "image+non_image", _COLUMNS, 1129)


def _question_rows(rows: Sequence[tuple[Item, Graded]]) -> list[QuestionRow]:
    return [_question_row(item.fields, graded) for item, graded in rows]


def _question_row(fields: Mapping[str, Any], graded: Graded) -> QuestionRow:
    return QuestionRow(
        category=fields["category"],
        subcategory=fields["subcategory"],
        set_id=fields["set_id"],
        figure_id=fields["figure_id"],
        question_id=fields["question_id"],
        visual_input=int(fields["visual_input"]),
        gold=fields["gt_answer"] == "1",
        label=Label(graded.notes["label"]) if graded.verdict.scored else Label.UNKNOWN,
        correct=graded.verdict is Verdict.CORRECT,
        same=graded.notes.get(_SAME),
    )


def _notes(fields: Mapping[str, Any], graded: Graded, diagnosis: Diagnosis) -> dict[str, Any]:
    of_set = f"{fields['category']}_{fields['subcategory']}_{fields['set_id']}"
    notes = {
        **graded.notes,
        "pair": f"{of_set}_q{fields['question_id']}",
        "figure": f"{of_set}_f{fields['figure_id']}",
    }
    if not graded.verdict.scored:
        notes.pop("label", None)
    if diagnosis:
        notes["diagnosis"] = DIAGNOSES[diagnosis]
    return notes


def _needs_no_knowledge(fields: Mapping[str, Any]) -> bool:
    return bool(fields["category"] == "VS" and fields["figure_id"] == "0")


def _verdict(label: Label, *, pardoned: bool) -> Verdict:
    if label is Label.RIGHT or (label is Label.UNCERTAIN and pardoned):
        return Verdict.CORRECT
    return Verdict.INCORRECT if label is Label.WRONG else Verdict.UNPARSED


def _text(doc: Mapping[str, Any], name: str) -> str:
    """Return an id as text; numbers may stand for it. Raises KeyError when it is missing, ValueError when it is none."""
    value = doc[name]
    if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
        raise ValueError(f"{name} is {value!r}, not a text")
    return str(value)


def _check(fields: Mapping[str, str], name: str, known: Mapping[str, Any] | Sequence[str]) -> None:
    if fields[name] not in known:
        raise ValueError(f"{name} is {fields[name]!r}, not one of {', '.join(known)}")


def _digit(value: Any) -> str:
    """Return a whole number as text, and nothing that equals one by chance (True, 1.0)."""
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
