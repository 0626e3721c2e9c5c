"""Verdicts on answers that were read, by the rules or by a judge."""

from __future__ import annotations

from collections.abc import Collection

from evaluator.grading.judge_prompts import CORRECT, INCORRECT
from evaluator.records import Graded, HowRead, Ruling, Verdict


def verdict_on(key: str, said: str | None, how: str, *, right: bool) -> Graded:
    """Return the verdict on an answer that says ``said``, read by the rule ``how``; UNPARSED when that is None."""
    if said is None:
        return Graded(key, Verdict.UNPARSED, 0.0, how=how)
    return Graded(key, Verdict.CORRECT if right else Verdict.INCORRECT, float(right), said, how)


def verdict_by_choice(key: str, ruling: Ruling, letters: Collection[str], gold: str) -> Graded:
    """Return the verdict when a judge said which of ``letters`` the answer chooses; UNPARSED for none of them."""
    letter = ruling.outcome if ruling.outcome in letters else None
    return verdict_on(key, letter, HowRead.JUDGE, right=letter == gold)


def verdict_by_equality(key: str, ruling: Ruling) -> Graded:
    """Return the verdict when a judge compared the answer with the right one; UNPARSED for an unknown outcome."""
    if ruling.outcome not in (CORRECT, INCORRECT):
        return Graded(key, Verdict.UNPARSED, 0.0, how=HowRead.JUDGE)
    right = ruling.outcome == CORRECT
    verdict = Verdict.CORRECT if right else Verdict.INCORRECT
    return Graded(key, verdict, float(right), how=HowRead.JUDGE)
