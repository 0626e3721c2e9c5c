"""Automatic checks of a graded run. Pure: facts in, findings out; one function per check.

A check never decides. It puts a number beside its limit for the reviewer, and only a run whose every check passes
can be published by the rule for trusted submitters. The limits stand in ``thresholds``; ``review.gathering`` finds the
facts.
"""

from __future__ import annotations

from collections.abc import Callable

from leaderboard.review.checks import answers, declared, scores
from leaderboard.review.checks.facts import Facts, Finding

__all__ = ["CHECKS", "Facts", "Finding", "examine"]

CHECKS: tuple[Callable[[Facts], Finding | None], ...] = (
    answers.completeness,
    answers.limited,
    answers.errored,
    answers.unparsed,
    answers.truncated,
    answers.refused,
    answers.unjudged,
    answers.leaked,
    scores.yes_bias,
    scores.letter_bias,
    scores.jump,
    scores.size_class,
    scores.blind,
    scores.same_answers,
    declared.same_weights,
    declared.precision,
    declared.parameters,
)
"""Every check, in the order in which a reviewer reads them."""


def examine(facts: Facts) -> list[Finding]:
    """Return what every check finds that has something to look at."""
    return [finding for check in CHECKS if (finding := check(facts)) is not None]
