"""CircularEval: every question is asked once per rotation of its options, and counts only if all are right.

Liu et al., "MMBench: Is Your Multi-modal Model an All-around Player?", arXiv 2307.06281, section 4.1; rows belong
together as in VLMEvalKit's ``mcq_circular_eval``: by ``index % 1_000_000``. The number of passes is whatever the data
has: it is not the number of options.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

PASS_STEP = 1_000_000
"""A row's index is its question's, plus this much for every pass after the first."""


@dataclass(frozen=True, slots=True, eq=False)
class CircularGroups:
    """The questions behind a run's rows.

    By row: ``code`` (its group, from 0) and ``number`` (its pass, from 1: the main row). By group: ``first`` (the
    position of its earliest pass), ``known`` (whether all rows are right is decided) and ``right`` (every row is).
    """

    code: NDArray[np.intp]
    number: NDArray[np.int64]
    first: NDArray[np.intp]
    known: NDArray[np.bool_]
    right: NDArray[np.bool_]


def circular_groups(
    index: NDArray[np.int64],
    correct: NDArray[np.bool_],
    wrong: NDArray[np.bool_],
    skipped: NDArray[np.bool_],
) -> CircularGroups:
    """Group rows, given each row's index and whether it is correct, wrong, or was not asked.

    A row that is none of these (its request failed, or its judge) leaves its group unknown, even when another of its
    rows is wrong. To keep it only when it is wrong already would leave out right groups alone, and push the score
    down with every failure.

    A row that was not asked (frugal CircularEval) changes nothing where another row of its group is wrong: the group
    is wrong whatever the answer would have been. Without a wrong one the group is unknown.
    """
    order = np.argsort(index, kind="stable")
    _, first, code_in_order = np.unique(
        index[order] % PASS_STEP, return_index=True, return_inverse=True
    )
    code = np.empty(len(index), dtype=np.intp)
    code[order] = code_in_order
    lost = np.bincount(code, weights=~(correct | wrong | skipped)) > 0
    undecided = (np.bincount(code, weights=skipped) > 0) & (np.bincount(code, weights=wrong) == 0)
    return CircularGroups(
        code=code,
        number=index // PASS_STEP + 1,
        first=order[first],
        known=~(lost | undecided),
        right=np.bincount(code, weights=~correct) == 0,
    )
