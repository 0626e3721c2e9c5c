"""Decisions on graded runs: approve, reject, reopen, and the rule for trusted submitters.

Each decision is one transaction: the state change with its event, the Decision, and (through the signal of the
state change) the new board version. Of two decisions at the same moment one is made; the other raises
TransitionRefused and changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction

from leaderboard.accounts.models import User
from leaderboard.accounts.roles import is_reviewer
from leaderboard.catalog.models import Variant
from leaderboard.review.checks import Facts, examine
from leaderboard.review.models import Check, Decision
from leaderboard.runs.models import Run, RunQuerySet, Submission
from leaderboard.runs.states import RunState
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


def approve(run: Run, reviewer: User, reason: str = "") -> Decision:
    """Publish a run that awaits review.

    A run with a check that failed needs a reason. Raises PermissionDenied, NotPublishable, ReasonMissing, or
    TransitionRefused when the run does not await review.
    """
    _require_reviewer(reviewer, run)
    return _publish(run, reviewer, reason.strip())


def reject(run: Run, reviewer: User, reason: str) -> Decision:
    """Reject a run that awaits review, or withdraw a published one for good.

    Raises PermissionDenied, ReasonMissing, or TransitionRefused.
    """
    _require_reviewer(reviewer, run)
    return _decide(run, RunState.REJECTED, Decision.Action.REJECT, reviewer, _required(reason))


def reopen(run: Run, reviewer: User, reason: str) -> Decision:
    """Put a published or rejected run back to review; a published one leaves the board.

    Raises PermissionDenied, ReasonMissing, or TransitionRefused.
    """
    _require_reviewer(reviewer, run)
    return _decide(
        run,
        RunState.REVIEW,
        Decision.Action.REOPEN,
        reviewer,
        _required(reason),
        # A run that is being scored may become REVIEW too, but only by being scored.
        among=Run.objects.filter(state__in=(RunState.PUBLISHED, RunState.REJECTED)),
    )


@transaction.atomic
def attach_checks(run: Run) -> list[Check]:
    """Run every automatic check on a graded run and store what they found, in place of what was stored."""
    variant = Variant.objects.select_related("model").get(pk=run.submission.variant_id)
    facts = Facts(
        limit=run.limit,
        counts=run.counts,
        max_errored_share=settings.MAX_ERRORED_SHARE,
        max_unjudged_share=settings.MAX_UNJUDGED_SHARE,
        declared_precision=variant.precision,
        declared_components={
            name: told["declared"]
            for name, told in variant.components.items()
            if told.get("declared")
        },
        declared_parameters_b=variant.model.parameters_b,
        checkpoint=run.manifest.get("checkpoint") or {},
    )
    Check.objects.filter(run=run).delete()
    return Check.objects.bulk_create(
        Check(
            run=run,
            code=finding.code,
            status=finding.status,
            value=finding.value,
            threshold=finding.threshold,
            data=finding.data,
        )
        for finding in examine(facts)
    )


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
    if not reason and run.checks.filter(status=Check.Status.FAIL).exists():
        raise ReasonMissing("A run with a failed check is published with a reason only.")
    return _decide(run, RunState.PUBLISHED, Decision.Action.APPROVE, reviewer, reason)


@transaction.atomic
def _decide(
    run: Run,
    to: RunState,
    action: Decision.Action,
    reviewer: User | None,
    reason: str,
    *,
    among: RunQuerySet | None = None,
) -> Decision:
    # From the state that the reviewer saw: a rejection of what awaited review is no withdrawal of what was published
    # a moment ago.
    runs = (Run.objects.all() if among is None else among).filter(state=run.state)
    runs.transition(run, to, actor=reviewer, reason=reason)
    return Decision.objects.create(run=run, reviewer=reviewer, action=action, reason=reason)


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
    stripped = reason.strip()
    if not stripped:
        raise ReasonMissing("This decision needs a reason.")
    return stripped
