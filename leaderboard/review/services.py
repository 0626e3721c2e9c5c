"""Decisions on graded runs, and the rule for trusted submitters.

Each decision is one transaction: the state change with its event, the Decision, and (through the signal of the
state change) the new board version. Of two decisions at the same moment one is made; the other raises
TransitionRefused, or ReviewChanged where it said what it had seen, and changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction

from leaderboard.accounts.models import User
from leaderboard.accounts.roles import is_reviewer
from leaderboard.core.text import storable
from leaderboard.results import corrections
from leaderboard.results.corrections import Place
from leaderboard.results.models import ScoreCorrection
from leaderboard.review.models import Check, Decision
from leaderboard.review.succession import locked_successor
from leaderboard.review.versions import version_of
from leaderboard.runs.models import Run, Submission, TransitionRefused
from leaderboard.runs.reruns import repeat
from leaderboard.runs.states import ACTIVE, GRADED, RunState, sources_of
from leaderboard.runs.visibility import Visibility

TRUSTED_RULE = "Published by rule: trusted submitter, every automatic check passed."


class NotPublishable(Exception):
    """Something stands against publishing; ``blockers`` says what, each ``{"code", "detail"}``. Nothing changed."""

    def __init__(self, run: Run, blockers: Sequence[dict[str, Any]]) -> None:
        codes = ", ".join(str(blocker.get("code")) for blocker in blockers)
        super().__init__(f"run {run.public_id} cannot be published: {codes}")
        self.run = run
        self.blockers = list(blockers)


class ReasonMissing(ValueError):
    """The decision needs a reason and has none. Nothing changed."""


class OwnRun(PermissionDenied):
    """The reviewer submitted it; somebody else decides. Nothing changed."""


class NoSuccessor(Exception):
    """There is no newer run that could take the place of this one, or the one that was named cannot. Nothing changed."""


class RerunUnderWay(Exception):
    """A re-run of the run was asked for and has not ended yet. Nothing changed."""


class ReviewChanged(Exception):
    """The run is not as the reviewer saw it: something has happened to it since. Nothing changed."""

    def __init__(self, run: Run, version: str) -> None:
        super().__init__(f"run {run.public_id} is at {version}")
        self.run = run
        self.version = version


Action = Decision.Action

SOURCES: dict[str, frozenset[RunState]] = {
    Action.APPROVE: frozenset({RunState.REVIEW, RunState.QUARANTINED}),
    Action.REJECT: sources_of(RunState.REJECTED),
    Action.REOPEN: GRADED - {RunState.REVIEW},
    Action.QUARANTINE: sources_of(RunState.QUARANTINED),
    Action.SUPERSEDE: sources_of(RunState.SUPERSEDED),
    Action.RERUN: GRADED,
}
"""The states in which a run can be decided on so. A run that is being scored enters REVIEW too, but by being scored."""
TARGETS = {
    Action.APPROVE: RunState.PUBLISHED,
    Action.REJECT: RunState.REJECTED,
    Action.REOPEN: RunState.REVIEW,
    Action.QUARANTINE: RunState.QUARANTINED,
    Action.SUPERSEDE: RunState.SUPERSEDED,
}
"""What a run becomes by a decision; a re-run leaves it as it is."""


def decide(
    run: Run,
    action: str,
    reviewer: User,
    reason: str,
    *,
    seen: str | None = None,
    successor: Run | None = None,
) -> Decision:
    """Make a decision on a graded run.

    The run in hand says which state the reviewer saw; ``seen``, where given, which ``versions.version_of`` it.
    ``successor`` is the run that supersedes it; without one the newest that fits (``succession``).
    Raises PermissionDenied, OwnRun (which is one), ReasonMissing, ReviewChanged, NotPublishable, NoSuccessor,
    RerunUnderWay, TransitionRefused when the state does not allow it, ImportedRun (which is one) for a re-run of an import.
    """
    _require_reviewer(reviewer, run)
    action, reason = Action(action), _required(reason)
    with transaction.atomic():
        _require_unchanged(run, seen)
        if action is Action.APPROVE:
            return _publish(run, reviewer, reason)
        if action is Action.RERUN:
            return _repeat(run, reviewer, reason)
        if action is not Action.SUPERSEDE:
            return _decide(run, action, reviewer, reason)
        _require_source(run, action)
        chosen = locked_successor(run, successor)
        if chosen is None:
            raise NoSuccessor("No newer published run of the same model can take its place.")
        return _decide(run, action, reviewer, reason, other=chosen)


def approve(run: Run, reviewer: User, reason: str) -> Decision:
    """Publish a run that awaits review or is in quarantine. Raises as ``decide``."""
    return decide(run, Action.APPROVE, reviewer, reason)


def reject(run: Run, reviewer: User, reason: str) -> Decision:
    """Reject a graded run; a published one is withdrawn for good. Raises as ``decide``."""
    return decide(run, Action.REJECT, reviewer, reason)


def reopen(run: Run, reviewer: User, reason: str) -> Decision:
    """Put a run that was decided on back to review; a published one leaves the board. Raises as ``decide``."""
    return decide(run, Action.REOPEN, reviewer, reason)


def quarantine(run: Run, reviewer: User, reason: str) -> Decision:
    """Take a run off the board, or out of the queue, while something is looked into. Raises as ``decide``."""
    return decide(run, Action.QUARANTINE, reviewer, reason)


def supersede(run: Run, reviewer: User, reason: str, successor: Run | None = None) -> Decision:
    """Have a newer published run take the place of a published one. Raises as ``decide``."""
    return decide(run, Action.SUPERSEDE, reviewer, reason, successor=successor)


def request_rerun(run: Run, reviewer: User, reason: str) -> Decision:
    """Have a graded run made once more; ``Decision.other`` is the new run. Raises as ``decide``."""
    return decide(run, Action.RERUN, reviewer, reason)


def correct_score(
    run: Run,
    reviewer: User,
    place: Place,
    value: float | None,
    reason: str,
    *,
    seen: str | None = None,
) -> ScoreCorrection:
    """Correct one score of a graded run; None shows what was computed again. ``seen`` as for ``decide``.

    Raises PermissionDenied, OwnRun (which is one), ReasonMissing, ReviewChanged, NotCorrectable.
    """
    _require_reviewer(reviewer, run)
    reason = _required(reason)
    with transaction.atomic():
        _require_unchanged(run, seen)
        return corrections.correct(run, place, value, author=reviewer, reason=reason)


def publish_by_rule(run: Run, checks: Sequence[Check]) -> Decision | None:
    """Publish a run of a trusted submitter when every check passes and nothing blocks it; else return None.

    An imported run never: that its answers are the model's is for a reviewer to believe.
    """
    trusted = run.submission.submitter.trusted_submitter and not run.submission.imported
    clean = bool(checks) and all(check.status == Check.Status.PASS for check in checks)
    public = _visibility_of(run) == Visibility.PUBLIC
    if not (trusted and clean and public and not run.blockers and run.state == RunState.REVIEW):
        return None
    return _publish(run, None, TRUSTED_RULE)


@transaction.atomic
def _publish(run: Run, reviewer: User | None, reason: str) -> Decision:
    # Locked, so that no ingest adds a blocker between the look and the decision, and nobody makes it private.
    blockers = Run.objects.select_for_update(no_key=True).get(pk=run.pk).blockers
    if blockers := [*blockers, *_visibility_blockers(run)]:
        raise NotPublishable(run, blockers)
    return _decide(run, Action.APPROVE, reviewer, reason)


def _decide(
    run: Run, action: Action, reviewer: User | None, reason: str, *, other: Run | None = None
) -> Decision:
    """Move the run and write the decision. Call it in a transaction."""
    # From the state that the reviewer saw: a rejection of what awaited review is no withdrawal of what was published
    # a moment ago.
    seen, to = run.state, TARGETS[action]
    runs = Run.objects.filter(state__in=SOURCES[action]).filter(state=seen)
    changes: dict[str, Any] = {"superseded_by": other} if action is Action.SUPERSEDE else {}
    runs.transition(run, to, actor=reviewer, reason=reason, **changes)
    return Decision.objects.create(
        run=run,
        reviewer=reviewer,
        action=action,
        from_state=seen,
        to_state=to,
        other=other,
        reason=reason,
    )


def _repeat(run: Run, reviewer: User, reason: str) -> Decision:
    _require_source(run, Action.RERUN)
    # Held, so that two who ask at once get one.
    Run.objects.select_for_update(of=("self",), no_key=True).get(pk=run.pk)
    if run.reruns.filter(state__in=ACTIVE).exists():
        raise RerunUnderWay(f"A re-run of {run.public_id} has not ended yet.")
    again = repeat(run, actor=reviewer, reason=reason)
    return Decision.objects.create(
        run=run,
        reviewer=reviewer,
        action=Action.RERUN,
        from_state=run.state,
        to_state=run.state,
        other=again,
        reason=reason,
    )


def _require_source(run: Run, action: Action) -> None:
    if run.state not in SOURCES[action]:
        raise TransitionRefused(run, TARGETS.get(action, RunState.QUEUED), run.state)


def _require_unchanged(run: Run, seen: str | None) -> None:
    """Hold the run, so that nothing happens to it between this look and the decision."""
    if seen is None:
        return
    Run.objects.select_for_update(of=("self",), no_key=True).get(pk=run.pk)
    version = version_of(run)
    if version != seen:
        raise ReviewChanged(run, version)


def _visibility_blockers(run: Run) -> list[dict[str, Any]]:
    visibility = _visibility_of(run)
    if visibility == Visibility.PUBLIC:
        return []
    detail = f"Its visibility is “{visibility}”: only public submissions are published."
    return [{"code": "not_public", "detail": detail}]


def _visibility_of(run: Run) -> str:
    """Return it as it is now: the object in hand may be older."""
    return Submission.objects.values_list("visibility", flat=True).get(pk=run.submission_id)


def _require_reviewer(user: User, run: Run) -> None:
    if not is_reviewer(user):
        raise PermissionDenied("Only reviewers decide on runs.")
    if run.submission.submitter_id == user.pk and not settings.REVIEW_OWN:
        raise OwnRun("Who submitted a run does not decide on it.")


def _required(reason: str) -> str:
    stripped = storable(reason).strip()
    if not stripped:
        raise ReasonMissing("This decision needs a reason.")
    return stripped
