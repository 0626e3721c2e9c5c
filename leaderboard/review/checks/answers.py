"""Checks of how many answers there are, and of what state they are in."""

from __future__ import annotations

from typing import Any

from leaderboard.review.checks import thresholds
from leaderboard.review.checks.facts import (
    SAMPLES,
    Code,
    Facts,
    Finding,
    Rate,
    Status,
    held_against,
)
from leaderboard.review.checks.thresholds import Limits


def completeness(facts: Facts) -> Finding:
    """Share of the rows asked for that have a response. Anything but all of them fails."""
    items, responses = facts.counts.get("items", 0), facts.counts.get("responses", 0)
    share = responses / items if items else None
    status = Status.PASS if items and responses == items else Status.FAIL
    data = {"responses": responses, "items": items}
    return Finding(Code.COMPLETENESS, status, share, 1.0, data)


def errored(facts: Facts) -> Finding:
    """Share of the questions asked whose request failed. Fails above the site's limit."""
    limit = facts.max_errored_share
    return _share(Code.ERRORED, facts.count("errored"), "responses", facts.asked, limit)


def unjudged(facts: Facts) -> Finding:
    """Share of the answers that the rules left open and the judge failed on. Fails above the site's limit."""
    limit = facts.max_unjudged_share
    return _share(Code.UNJUDGED, facts.count("unjudged"), "answered", facts.answered, limit)


def unparsed(facts: Facts) -> Finding:
    """Share of the answers from which nothing could be read."""
    unread, answered = facts.count("unparsed"), facts.answered
    share = unread / answered if answered > 0 else None
    data = {"unparsed": unread, "answered": answered}
    return held_against(Code.UNPARSED, share, thresholds.UNPARSED, data)


def limited(facts: Facts) -> Finding:
    """A run on the first rows only fails: a part of a benchmark is another benchmark."""
    status = Status.PASS if facts.limit is None else Status.FAIL
    return Finding(Code.LIMITED, status, facts.limit, None)


def truncated(facts: Facts) -> Finding | None:
    """Share of the answers that the limit on new tokens cut off; None where no finish reason is known."""
    rate = facts.answers.truncated
    return _rate(Code.TRUNCATED, rate, thresholds.TRUNCATED) if rate.among else None


def refused(facts: Facts) -> Finding | None:
    """Share of the answers that decline; None for a run without pictures, where declining is honest."""
    rate = facts.answers.refused
    checked = facts.pictures_shown and rate.among
    return _rate(Code.REFUSED, rate, thresholds.REFUSED) if checked else None


def leaked(facts: Facts) -> Finding | None:
    """Share of the answers that know what the model was not shown; one that names a row by it warns in any case."""
    rate, named = facts.answers.leaked, facts.answers.named
    if not rate.among:
        return None
    found = _rate(Code.LEAKED, rate, thresholds.LEAKED, named=named)
    if named and found.status == Status.PASS:
        return Finding(Code.LEAKED, Status.WARN, found.value, 0.0, found.data)
    return found


def _share(code: Code, number: int, of: str, among: int, limit: float) -> Finding:
    share = number / among if among > 0 else None
    status = Status.FAIL if share is None or share > limit else Status.PASS
    return Finding(code, status, share, limit, {code.value: number, of: among})


def _rate(code: Code, rate: Rate, limits: Limits, **further: Any) -> Finding:
    data: dict[str, Any] = {code.value: rate.number, "answered": rate.among, **further}
    if rate.samples:
        data[SAMPLES] = list(rate.samples)
    return held_against(code, rate.share, limits, data)
