"""Why an answer of HallusionBench failed: language hallucination, visual illusion, or both mixed.

The decision tree of the paper (arXiv 2310.14566, section 4), per question. A language hallucination follows what the
model believed without looking; a visual illusion misreads the picture.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from evaluator.metrics.hallucination_table import NO_ROW, Label, QuestionTable

_ORIGINAL_PICTURE, _EDITED_PICTURE = 1, 2
"""Values of ``visual_input``."""


class Diagnosis(IntEnum):
    """NONE: the answer is right or not scored, it is empty to a question without a picture, or what to compare it
    with was not answered."""

    NONE = 0
    LANGUAGE_HALLUCINATION = 1
    VISUAL_ILLUSION = 2
    MIXED = 3


def diagnose(table: QuestionTable) -> NDArray[np.int8]:
    """Return the Diagnosis of every row, which compares its answer with the one to the original of its pair.

    | case | answer | diagnosis |
    |---|---|---|
    | VD, original | wrong or uncertain | visual illusion |
    | VD, edited, original right | wrong | same as the original's ? mixed : visual illusion |
    | VD, edited | otherwise wrong or uncertain | visual illusion |
    | VS, no picture | wrong | language hallucination |
    | VS, picture, original wrong | wrong | same ? language hallucination : mixed |
    | VS, picture, original wrong | uncertain | mixed |
    | VS, picture, original uncertain | wrong or uncertain | visual illusion |
    | VS, picture, original right | uncertain, or wrong on the original picture | visual illusion |
    | VS, picture, original right | wrong on an edited picture | same ? language hallucination : visual illusion |
    """
    original = np.where(table.original == NO_ROW, Label.UNKNOWN, table.label[table.original])
    wrong, uncertain = table.label == Label.WRONG, table.label == Label.UNCERTAIN
    right_before, wrong_before = original == Label.RIGHT, original == Label.WRONG
    known = original != Label.UNKNOWN
    same = _same_as_original(table, original)
    dependent, shown = table.dependent, table.visual_input != 0
    edited = table.visual_input == _EDITED_PICTURE

    illusion = Diagnosis.VISUAL_ILLUSION
    language = Diagnosis.LANGUAGE_HALLUCINATION
    cases: list[tuple[NDArray[np.bool_], Diagnosis]] = [
        (~table.failed, Diagnosis.NONE),
        (dependent & (table.first | uncertain), illusion),
        (~dependent & ~shown & wrong, language),
        (~dependent & ~shown | ~known, Diagnosis.NONE),
        (dependent & right_before & same, Diagnosis.MIXED),
        (dependent, illusion),
        (wrong_before & wrong & same, language),
        (wrong_before, Diagnosis.MIXED),
        (right_before & wrong & edited & same, language),
    ]
    return np.select(
        [condition for condition, _ in cases], [d.value for _, d in cases], illusion.value
    ).astype(np.int8)


def _same_as_original(table: QuestionTable, original: NDArray[np.int8]) -> NDArray[np.bool_]:
    """Say whether each answer agrees with the one to its pair's original.

    As somebody said; by rule, whether both imply the same yes or no. What an answer implies follows from its label
    and the right answer; an uncertain one implies nothing and agrees with nothing.
    """
    implied = table.gold == (table.label == Label.RIGHT)
    implied_before = table.gold[table.original] == (original == Label.RIGHT)
    clear = np.isin(table.label, (Label.WRONG, Label.RIGHT)) & np.isin(
        original, (Label.WRONG, Label.RIGHT)
    )
    return np.where(table.told, table.told_same, clear & (implied == implied_before))
