"""The decisions as pages and the API offer them, and making one on many runs at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from leaderboard.accounts.models import User
from leaderboard.review import services
from leaderboard.review.models import Check, Decision
from leaderboard.review.services import (
    SOURCES,
    NoSuccessor,
    NotPublishable,
    OwnRun,
    RerunUnderWay,
    ReviewChanged,
)
from leaderboard.review.wording import CheckWords, words_of
from leaderboard.runs.models import ImportedRun, Run, TransitionRefused
from leaderboard.runs.states import RunState

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

REASON_LENGTH = 2000
Action = Decision.Action


@dataclass(frozen=True, slots=True)
class Choice:
    """A decision as it is offered. ``done`` says what then has become of the run. Each needs a reason."""

    name: str
    label: _StrPromise
    done: _StrPromise

    @property
    def sources(self) -> frozenset[RunState]:
        """The states in which it is offered."""
        return SOURCES[self.name]


CHOICES = {
    choice.name: choice
    for choice in (
        Choice(Action.APPROVE.value, _("Approve and publish"), _("published")),
        Choice(Action.REJECT.value, _("Reject"), _("rejected")),
        Choice(Action.QUARANTINE.value, _("Put in quarantine"), _("put in quarantine")),
        Choice(Action.SUPERSEDE.value, _("Replace by a newer run"), _("replaced by a newer run")),
        Choice(Action.REOPEN.value, _("Put back to review"), _("put back to review")),
        Choice(Action.RERUN.value, _("Ask for a re-run"), _("queued to be run again")),
    )
}
"""Every decision by its name, in the order in which they are offered."""


def choices_for(run: Run) -> list[Choice]:
    """Return the decisions that the run's state allows. Reads its submission's variant."""
    return [
        choice
        for choice in CHOICES.values()
        if run.state in choice.sources
        and not (choice.name == Action.RERUN and run.submission.imported)
    ]


def doubts_of(run: Run) -> list[CheckWords]:
    """Return the checks that do not pass, in words."""
    return [words_of(check) for check in run.checks.all() if check.status != Check.Status.PASS]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a decision on one run: the decision, or ``code`` (stable) and ``detail`` (a sentence) of why not."""

    run: Run
    decision: Decision | None = None
    code: str = ""
    detail: str = ""


def decide_each(
    runs: Sequence[Run],
    action: str,
    reviewer: User,
    reason: str,
    *,
    seen: Mapping[int, str] | None = None,
) -> list[Outcome]:
    """Decide on each run in its own transaction: one that cannot be is told of and leaves the others alone.

    ``seen`` has the version of each run, by primary key, that the reviewer looked at. Raises PermissionDenied for one
    who is no reviewer and ReasonMissing; nothing is decided then.
    """
    outcomes = []
    for run in runs:
        version = seen[run.pk] if seen is not None else None
        try:
            decision = services.decide(run, action, reviewer, reason, seen=version)
        except REFUSALS as error:
            code, detail = refusal(error)
            outcomes.append(Outcome(run, None, code, detail))
        else:
            outcomes.append(Outcome(run, decision))
    return outcomes


REFUSALS = (
    NotPublishable,
    OwnRun,
    NoSuccessor,
    RerunUnderWay,
    ReviewChanged,
    TransitionRefused,
)
"""What can stand against a decision on one run, and not against the same on others."""


def refusal(error: Exception) -> tuple[str, str]:
    """Return the stable code and the sentence, in the current language, of one of ``REFUSALS``."""
    if isinstance(error, NotPublishable):
        return "not-publishable", "; ".join(str(b["detail"]) for b in error.blockers)
    if isinstance(error, OwnRun):
        return "own-run", gettext("You submitted it yourself: another reviewer decides.")
    if isinstance(error, NoSuccessor):
        told = gettext(
            "No newer published run of the same model, data set and protocol can take its place."
        )
        return "no-successor", told
    if isinstance(error, RerunUnderWay):
        return "rerun-under-way", gettext("A re-run of it was asked for and has not ended yet.")
    if isinstance(error, ReviewChanged):
        told = gettext("Something has happened to it since you looked. Look again, then decide.")
        return "precondition-failed", told
    if isinstance(error, ImportedRun):
        told = gettext("Its answers were imported: no worker can be asked for them again.")
        return "imported-run", told
    if isinstance(error, TransitionRefused):
        told = gettext("It is in the state “%s”.") % RunState(error.found).label
        return "transition-refused", told
    raise error
