"""Automatic checks of a graded run. Pure: facts in, findings out; one function per check.

A check never decides. It puts a number beside its limit for the reviewer, and only a run whose every check passes
can be published by the rule for trusted submitters.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from leaderboard.review.models import Check

Code = Check.Code
Status = Check.Status

UNPARSED_WARN = 0.05
UNPARSED_FAIL = 0.30


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of a graded run.

    ``limit`` is the number of rows that were asked for at most (None: all). ``counts`` has items (rows asked for),
    responses, and of those correct, incorrect, unparsed, errored. ``max_errored_share`` is the site's limit on
    failed requests, a fraction.
    """

    limit: int | None
    counts: Mapping[str, int]
    max_errored_share: float


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found: its number, the limit that it was held against, and what both were made from."""

    code: Check.Code
    status: Check.Status
    value: float | None
    threshold: float | None
    data: dict[str, Any] = field(default_factory=dict)


def completeness(facts: Facts) -> Finding:
    """Share of the rows asked for that have a response. Anything but all of them fails."""
    items, responses = facts.counts.get("items", 0), facts.counts.get("responses", 0)
    share = responses / items if items else None
    status = Status.PASS if items and responses == items else Status.FAIL
    data = {"responses": responses, "items": items}
    return Finding(Code.COMPLETENESS, status, share, 1.0, data)


def errored(facts: Facts) -> Finding:
    """Share of the responses whose request failed. Fails above the site's limit."""
    responses, failed = facts.counts.get("responses", 0), facts.counts.get("errored", 0)
    share = failed / responses if responses else None
    status = Status.FAIL if share is None or share > facts.max_errored_share else Status.PASS
    data = {"errored": failed, "responses": responses}
    return Finding(Code.ERRORED, status, share, facts.max_errored_share, data)


def unparsed(facts: Facts) -> Finding:
    """Share of the answers from which nothing could be read. Warns above 5 %, fails above 30 %.

    Above the higher limit the score says more of how the model writes than of what it sees.
    """
    answered = facts.counts.get("responses", 0) - facts.counts.get("errored", 0)
    unread = facts.counts.get("unparsed", 0)
    share = unread / answered if answered > 0 else None
    data = {"unparsed": unread, "answered": answered}
    if share is None or share > UNPARSED_FAIL:
        return Finding(Code.UNPARSED, Status.FAIL, share, UNPARSED_FAIL, data)
    status = Status.WARN if share > UNPARSED_WARN else Status.PASS
    return Finding(Code.UNPARSED, status, share, UNPARSED_WARN, data)


def limited(facts: Facts) -> Finding:
    """A run on the first rows only fails: a part of a benchmark is another benchmark."""
    status = Status.PASS if facts.limit is None else Status.FAIL
    return Finding(Code.LIMITED, status, facts.limit, None)


CHECKS: tuple[Callable[[Facts], Finding], ...] = (completeness, errored, unparsed, limited)
"""Every check, in the order in which a reviewer reads them."""


def examine(facts: Facts) -> list[Finding]:
    """Return what every check finds."""
    return [check(facts) for check in CHECKS]
