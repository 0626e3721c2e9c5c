"""Labelled answers of HallusionBench as columns, and the groups that its metrics count.

Guan et al., "HallusionBench: An Advanced Diagnostic Suite for Entangled Language Hallucination and Visual Illusion in
Large Vision-Language Models", arXiv 2310.14566, and the authors' ``utils.py`` (tianyi-lab/HallusionBench).
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

NO_ROW = -1
"""In a column of row numbers: there is none."""


class Label(IntEnum):
    """What an answer is. UNKNOWN: the request failed or no judge ruled, so that the answer is not scored."""

    UNKNOWN = -1
    WRONG = 0
    RIGHT = 1
    UNCERTAIN = 2


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """One answer. ``category`` is VD or VS; ``figure_id`` "0" is the original of its pair, without a picture in VS.

    ``visual_input`` is 0 for no picture, 1 for the original and 2 for an edited one. ``gold``: the right answer is yes.
    ``same``: whether somebody found the answer consistent with the one to the original; None: the rules decide.
    """

    category: str
    subcategory: str
    set_id: str
    figure_id: str
    question_id: str
    visual_input: int
    gold: bool
    label: Label
    correct: bool
    same: bool | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """What became of groups of rows, by group.

    ``cluster`` is the cluster that the group lies in. A group with a row that is not scored is not ``known``: to keep
    it only when it is wrong already would push scores down with every failed request. ``right``: all of its rows are;
    ``wrong``: none is.
    """

    cluster: NDArray[np.intp]
    known: NDArray[np.bool_]
    right: NDArray[np.bool_]
    wrong: NDArray[np.bool_]


class QuestionTable:
    """The rows as columns, in their order.

    ``pair`` is the code of (category, subcategory, set, question), ``figure`` of (..., set, figure), ``cluster`` of
    (..., set), which contains whole pairs and whole figures; ``clusters`` are the latter's keys in the codes' order.
    ``original`` is the number of the row that asks the same of figure 0, or NO_ROW. ``failed``: scored, not correct.
    """

    def __init__(self, rows: Sequence[QuestionRow]) -> None:
        keys = [(r.category, r.subcategory, r.set_id) for r in rows]
        self.clusters = sorted(set(keys))
        self.cluster = _codes(keys)
        self.pair = _codes([(*k, r.question_id) for k, r in zip(keys, rows, strict=True)])
        self.figure = _codes([(*k, r.figure_id) for k, r in zip(keys, rows, strict=True)])
        self.label = np.array([r.label for r in rows], dtype=np.int8)
        self.scored = self.label != Label.UNKNOWN
        self.correct = np.array([r.correct for r in rows], dtype=np.bool_) & self.scored
        self.failed: NDArray[np.bool_] = self.scored & ~self.correct
        self.gold = np.array([r.gold for r in rows], dtype=np.bool_)
        self.visual_input = np.array([r.visual_input for r in rows], dtype=np.int8)
        self.dependent = np.array([r.category == "VD" for r in rows], dtype=np.bool_)
        self.first = np.array([r.figure_id == "0" for r in rows], dtype=np.bool_)
        self.told = np.array([r.same is not None for r in rows], dtype=np.bool_)
        self.told_same = np.array([r.same is True for r in rows], dtype=np.bool_)
        self.original = _originals(self.pair, self.first)

    def groups(self, codes: NDArray[np.intp], among: NDArray[np.bool_]) -> Groups:
        """Return the groups that ``codes`` (by row) make of the rows in ``among``."""
        names, first, code = np.unique(codes[among], return_index=True, return_inverse=True)

        def count(flags: NDArray[np.bool_]) -> NDArray[np.intp]:
            return np.bincount(code[flags[among]], minlength=len(names))

        return Groups(
            cluster=self.cluster[among][first],
            known=count(~self.scored) == 0,
            right=count(~self.correct) == 0,
            wrong=count(self.correct) == 0,
        )


def _codes(keys: Sequence[Hashable]) -> NDArray[np.intp]:
    """Number the keys in their sorted order, which does not depend on the rows' order."""
    numbers = {key: number for number, key in enumerate(sorted(set(keys)))}  # type: ignore[type-var]
    return np.fromiter((numbers[key] for key in keys), dtype=np.intp, count=len(keys))


def _originals(pair: NDArray[np.intp], first: NDArray[np.bool_]) -> NDArray[np.intp]:
    of_pair = np.full(pair.max(initial=-1) + 1, NO_ROW, dtype=np.intp)
    of_pair[pair[first]] = np.flatnonzero(first)
    return of_pair[pair]
