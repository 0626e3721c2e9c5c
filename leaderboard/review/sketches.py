"""Sketches of a run's answers: small enough to compare a run with a thousand others, exact where they look. Pure.

A sketch has a code for every n-th row of the data set, at most LENGTH in all, the same rows for every run. The code is
31 bits of a hash of the answer's text, and one bit that says whether it is telling; 0 stands for no answer.

An answer is *telling* when it is long, or not right: two models that know the answer say the same "B", but no two say
the same three sentences, and they err in different places. Two runs are compared on the rows where either answer is
telling. Their agreement is Cohen's kappa there, which takes away what they would agree on by chance: two models that
always say yes agree on everything, and that tells nothing. (Cohen 1960, "A Coefficient of Agreement for Nominal Scales")
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LENGTH = 1024
LONG = 100
"""Characters from which on two models do not write the same by chance: longer than an option with its letter."""
MIN_COMPARED = 50
"""Telling rows that two runs must share for the comparison to say something."""
CLOSEST = 5
"""Runs whose answers are the same most often, of which the agreement is computed."""

Codes = NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class Likeness:
    """Which of the other runs is most alike: ``equal`` of ``compared`` telling rows; ``agreement`` beyond chance."""

    other: int
    equal: int
    compared: int
    agreement: float


def step_of(rows: int) -> int:
    """Return of how many rows of a data set one is in the sketch."""
    return max(1, -(-rows // LENGTH))


def code_of(text: str, *, right: bool) -> int:
    """Return the code of an answer; white space around it does not count."""
    said = text.strip()
    number = int.from_bytes(hashlib.sha256(said.encode("utf-8", "replace")).digest()[:4]) >> 1
    telling = len(said) >= LONG or not right
    return max(1, number) << 1 | telling


def sketch_of(answers: Iterable[tuple[int, str, bool]], rows: int) -> Codes:
    """Return the sketch of a run's answers, each position in the data set, text and whether it is right.

    ``rows``: of the data set. Answers to other rows than the sketch's are passed over.
    """
    step = step_of(rows)
    codes = np.zeros(-(-rows // step), dtype=np.uint32)
    for position, text, right in answers:
        place, other = divmod(position, step)
        if not other and place < len(codes):
            codes[place] = code_of(text, right=right)
    return codes


def most_alike(own: Codes, others: Sequence[Codes]) -> Likeness | None:
    """Return the run among ``others`` that agrees most; None where none shares MIN_COMPARED telling rows.

    Linear in the codes. Only sketches of the same data set may be compared; one of another length is passed over.
    """
    places = [place for place, other in enumerate(others) if len(other) == len(own)]
    if not places:
        return None
    table = np.stack([others[place] for place in places])
    compared = _compared(own, table)
    equal = compared & (table >> 1 == own >> 1)
    sizes, hits = compared.sum(axis=1), equal.sum(axis=1)
    enough = np.flatnonzero(sizes >= MIN_COMPARED)
    # The agreement beyond chance is never above the share that is equal: a copy is among the highest shares.
    shares = hits[enough] / sizes[enough]
    closest = enough[np.argsort(-shares, kind="stable")[:CLOSEST]]
    likenesses = [
        Likeness(
            places[row],
            int(hits[row]),
            int(sizes[row]),
            _kappa(own[compared[row]] >> 1, table[row][compared[row]] >> 1),
        )
        for row in closest
    ]
    return max(likenesses, key=lambda found: found.agreement, default=None)


def _compared(own: Codes, table: NDArray[np.uint32]) -> NDArray[np.bool_]:
    telling = ((own | table) & 1) == 1
    compared: NDArray[np.bool_] = telling & (own != 0) & (table != 0)
    return compared


def _kappa(first: Codes, second: Codes) -> float:
    """Return the agreement of two columns of answers beyond chance; 0 where chance leaves no room for any."""
    answers, codes = np.unique(np.concatenate([first, second]), return_inverse=True)
    rows = len(first)
    one = np.bincount(codes[:rows], minlength=len(answers)) / rows
    two = np.bincount(codes[rows:], minlength=len(answers)) / rows
    chance = float((one * two).sum())
    if chance >= 1:
        return 0.0
    return (float((first == second).mean()) - chance) / (1 - chance)
