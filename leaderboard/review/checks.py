"""Automatic checks of a graded run. Pure: facts in, findings out; one function per check.

A check never decides. It puts a number beside its limit for the reviewer, and only a run whose every check passes
can be published by the rule for trusted submitters.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from evaluator.checkpoint.components import Component
from evaluator.checkpoint.precision import BITS, Agreement, agreement
from leaderboard.review.models import Check

Code = Check.Code
Status = Check.Status

UNPARSED_WARN = 0.05
UNPARSED_FAIL = 0.30
PARAMETERS_WARN = 0.1
PARAMETERS_FAIL = 0.5

_STATUS_OF = {
    Agreement.SAME: Status.PASS,
    Agreement.CONVERTED: Status.WARN,
    Agreement.CONTRARY: Status.FAIL,
}
_AGREEMENTS = tuple(_STATUS_OF)
"""From good to bad."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of a graded run.

    ``limit`` is the number of rows that were asked for at most (None: all). ``counts`` has items (rows asked for),
    responses, and how many of those have each verdict. ``max_errored_share`` is the site's limit on failed requests,
    ``max_unjudged_share`` the one on answers that the judge failed on; fractions. ``declared_precision`` (a scheme, or
    "unknown"), ``declared_components`` (component -> scheme) and ``declared_parameters_b`` are the submitter's word;
    ``checkpoint`` is what the worker read, empty for an endpoint.
    """

    limit: int | None
    counts: Mapping[str, int]
    max_errored_share: float
    max_unjudged_share: float
    declared_precision: str = "unknown"
    declared_components: Mapping[str, str] = field(default_factory=dict)
    declared_parameters_b: float | None = None
    checkpoint: Mapping[str, Any] = field(default_factory=dict)

    def count(self, name: str) -> int:
        """Return one of the counts; 0 for one that a run graded by an older site has not."""
        return self.counts.get(name, 0)

    @property
    def asked(self) -> int:
        """Responses without those to questions that were not asked."""
        return self.count("responses") - self.count("skipped")

    @property
    def answered(self) -> int:
        """Questions asked, without those whose request failed."""
        return self.asked - self.count("errored")


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
    """Share of the questions asked whose request failed. Fails above the site's limit."""
    failed, asked = facts.count("errored"), facts.asked
    data = {"errored": failed, "responses": asked}
    return _bounded(Code.ERRORED, failed, asked, facts.max_errored_share, data)


def unparsed(facts: Facts) -> Finding:
    """Share of the answers from which nothing could be read. Warns above 5 %, fails above 30 %.

    Above the higher limit the score says more of how the model writes than of what it sees.
    """
    unread, answered = facts.count("unparsed"), facts.answered
    share = unread / answered if answered > 0 else None
    data = {"unparsed": unread, "answered": answered}
    if share is None or share > UNPARSED_FAIL:
        return Finding(Code.UNPARSED, Status.FAIL, share, UNPARSED_FAIL, data)
    status = Status.WARN if share > UNPARSED_WARN else Status.PASS
    return Finding(Code.UNPARSED, status, share, UNPARSED_WARN, data)


def unjudged(facts: Facts) -> Finding:
    """Share of the answers that the rules left open and the judge failed on. Fails above the site's limit."""
    failed, answered = facts.count("unjudged"), facts.answered
    data = {"unjudged": failed, "answered": answered}
    return _bounded(Code.UNJUDGED, failed, answered, facts.max_unjudged_share, data)


def _bounded(
    code: Check.Code, number: int, among: int, limit: float, data: dict[str, Any]
) -> Finding:
    share = number / among if among > 0 else None
    status = Status.FAIL if share is None or share > limit else Status.PASS
    return Finding(code, status, share, limit, data)


def limited(facts: Facts) -> Finding:
    """A run on the first rows only fails: a part of a benchmark is another benchmark."""
    status = Status.PASS if facts.limit is None else Status.FAIL
    return Finding(Code.LIMITED, status, facts.limit, None)


def precision(facts: Facts) -> Finding | None:
    """The precision that was declared against the one that the worker read of the checkpoint, in bits.

    Warns where the engine only casts (FP16 stored, BF16 declared), fails where they contradict each other; None where
    nothing was declared or read. The worst component decides.
    """
    read = facts.checkpoint.get("precision") or {}
    declared = dict(facts.declared_components)
    if facts.declared_precision != "unknown":
        # Of a whole model people name the language model's precision.
        declared.setdefault(Component.LANGUAGE.value, facts.declared_precision)
    found = {name: str(told.get("scheme")) for name, told in read.items() if name in declared}
    known = {name: scheme for name, scheme in found.items() if scheme != "unknown"}
    if not known:
        return None
    worst = max(known, key=lambda name: _AGREEMENTS.index(agreement(declared[name], known[name])))
    status = _STATUS_OF[agreement(declared[worst], known[worst])]
    data = {"component": worst, "declared": declared[worst], "read": known[worst]}
    return Finding(Code.PRECISION, status, read[worst].get("bits"), BITS.get(declared[worst]), data)


def parameters(facts: Facts) -> Finding | None:
    """The number of parameters that was declared against the one in the checkpoint, in billions.

    Warns beyond 10 % (people round), fails beyond 50 %; None where one of the two is not known for certain.
    """
    read, declared = facts.checkpoint.get("parameters"), facts.declared_parameters_b
    if not read or not declared or not facts.checkpoint.get("parameters_exact"):
        return None
    billions = read / 1e9
    off = abs(billions - declared) / declared
    status = Status.PASS
    if off > PARAMETERS_WARN:
        status = Status.FAIL if off > PARAMETERS_FAIL else Status.WARN
    return Finding(Code.PARAMETERS, status, billions, declared, {"parameters": read})


CHECKS: tuple[Callable[[Facts], Finding | None], ...] = (
    completeness,
    errored,
    unparsed,
    unjudged,
    limited,
    precision,
    parameters,
)
"""Every check, in the order in which a reviewer reads them."""


def examine(facts: Facts) -> list[Finding]:
    """Return what every check finds that has something to look at."""
    return [finding for check in CHECKS if (finding := check(facts)) is not None]
