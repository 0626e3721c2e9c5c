"""The one state machine of a run: its states, what may follow what, and how each looks.

    QUEUED -> STARTING -> EVALUATING -> SCORING -> REVIEW -> PUBLISHED -> SUPERSEDED
                                                         \\-> REJECTED | QUARANTINED
    any of the first four -> FAILED | CANCELLED;  FAILED | CANCELLED -> QUEUED (a new attempt)
    FAILED -> SCORING (the kept bundle is ingested again)

QUEUED may go straight to EVALUATING or SCORING: messages from a worker can arrive out of order, and a later one
proves the earlier. PUBLISHED -> REVIEW withdraws a run from the board. Nothing but
``RunQuerySet.transition`` assigns a state.

QUARANTINED is off the board while something is looked into: its submitter and reviewers see it, like a run that was
never published. SUPERSEDED was published and a newer run has taken its place: it is off the board that is current, and
everybody may still read it, since earlier versions of the board show it. Only what is published can be superseded, so
that nothing becomes public by it which no reviewer has approved.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class RunState(models.TextChoices):
    QUEUED = "queued", _("Queued")
    STARTING = "starting", _("Starting engine")
    EVALUATING = "evaluating", _("Evaluating")
    SCORING = "scoring", _("Scoring")
    REVIEW = "review", _("Awaiting review")
    PUBLISHED = "published", _("Published")
    REJECTED = "rejected", _("Rejected")
    QUARANTINED = "quarantined", _("Quarantined")
    SUPERSEDED = "superseded", _("Superseded")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


_S = RunState

TRANSITIONS: dict[RunState, frozenset[RunState]] = {
    _S.QUEUED: frozenset({_S.STARTING, _S.EVALUATING, _S.SCORING, _S.FAILED, _S.CANCELLED}),
    _S.STARTING: frozenset({_S.EVALUATING, _S.SCORING, _S.FAILED, _S.CANCELLED}),
    _S.EVALUATING: frozenset({_S.SCORING, _S.FAILED, _S.CANCELLED}),
    _S.SCORING: frozenset({_S.REVIEW, _S.FAILED, _S.CANCELLED}),
    _S.REVIEW: frozenset({_S.PUBLISHED, _S.REJECTED, _S.QUARANTINED}),
    _S.PUBLISHED: frozenset({_S.REVIEW, _S.REJECTED, _S.QUARANTINED, _S.SUPERSEDED}),
    _S.QUARANTINED: frozenset({_S.REVIEW, _S.PUBLISHED, _S.REJECTED}),
    _S.SUPERSEDED: frozenset({_S.REVIEW, _S.REJECTED, _S.QUARANTINED}),
    _S.REJECTED: frozenset({_S.REVIEW}),
    _S.FAILED: frozenset({_S.QUEUED, _S.SCORING}),
    _S.CANCELLED: frozenset({_S.QUEUED}),
}

WAITING = frozenset({_S.QUEUED})
ON_WORKER = frozenset({_S.STARTING, _S.EVALUATING})
ACTIVE = frozenset({_S.QUEUED, _S.STARTING, _S.EVALUATING, _S.SCORING})
GRADED = frozenset({_S.REVIEW, _S.PUBLISHED, _S.REJECTED, _S.QUARANTINED, _S.SUPERSEDED})
PUBLIC = frozenset({_S.PUBLISHED, _S.SUPERSEDED})
"""What everybody may read, unless the submission itself is not public."""
RETRYABLE = frozenset({_S.FAILED, _S.CANCELLED})


def sources_of(target: RunState) -> frozenset[RunState]:
    """Return the states from which ``target`` may be entered."""
    return frozenset(source for source, targets in TRANSITIONS.items() if target in targets)
