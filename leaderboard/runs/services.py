"""What people do with submissions: submit, cancel, retry. And, by name, what workers and the clock do.

Whoever changes runs of a submission locks the submission first, so that no two such changes interleave.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from evaluator.messages import queue_for
from leaderboard.accounts.models import Organization, User
from leaderboard.accounts.roles import is_reviewer
from leaderboard.core.sealing import seal
from leaderboard.runs.attempts import locked, requeue, stop_attempt_on_commit
from leaderboard.runs.changes import apply_changes, in_words
from leaderboard.runs.dispatch import send_on_commit
from leaderboard.runs.models import ImportedRun, Run, RunEvent, Submission, TransitionRefused
from leaderboard.runs.ownership import owner_of, ownership_errors
from leaderboard.runs.planning import planned_runs
from leaderboard.runs.quota import claim_quota
from leaderboard.runs.reaper import reap
from leaderboard.runs.reports import apply_report
from leaderboard.runs.specs import evaluation_spec
from leaderboard.runs.states import ACTIVE, RETRYABLE, RunState
from leaderboard.runs.submission import QuotaExceeded, SubmissionInvalid, SubmissionRequest
from leaderboard.runs.validation import checked
from leaderboard.runs.variants import variant_of

__all__ = [
    "QuotaExceeded",
    "SubmissionInvalid",
    "SubmissionRequest",
    "apply_report",
    "cancel",
    "checked_for",
    "reap",
    "retry",
    "submit",
]


def submit(user: User, request: SubmissionRequest) -> Submission:
    """Take a submission: store it with its queued runs (see ``planning``), and send it once that is committed.

    Raises SubmissionInvalid with every error, QuotaExceeded; nothing is stored then.
    """
    request = checked_for(user, request)
    sealed = seal(request.api_key) if request.api_key else ""
    with transaction.atomic():
        owner = owner_of(user, request.owner)
        claim_quota(user, owner)
        return _store(user, owner, request, sealed)


def cancel(run_or_submission: Run | Submission, actor: User | None, reason: str = "") -> list[Run]:
    """Cancel a run, or every active run of a submission; return the cancelled runs.

    They are CANCELLED at once, whatever the worker does: its later reports of them are ignored. When no run of the
    attempt is left to do, the worker is told to stop.
    Raises TransitionRefused when the run (or each run of the submission) is finished.
    """
    if isinstance(run_or_submission, Submission):
        submission_id, wanted = run_or_submission.pk, Q()
    else:
        submission_id, wanted = run_or_submission.submission_id, Q(pk=run_or_submission.pk)
    with transaction.atomic():
        submission = locked(submission_id)
        # Locked as well: scoring ends without the submission's lock, and must not refuse the other runs' end.
        runs = list(submission.runs.select_for_update(no_key=True).filter(wanted).order_by("id"))
        active = [run for run in runs if run.state in ACTIVE]
        if not active:
            raise TransitionRefused(runs[0], RunState.CANCELLED, runs[0].state)
        for run in active:
            Run.objects.transition(
                run, RunState.CANCELLED, actor=actor, reason=reason, finished_at=timezone.now()
            )
        for attempt in {run.attempt for run in active}:
            if not submission.runs.filter(attempt=attempt, state__in=ACTIVE).exists():
                stop_attempt_on_commit(submission, attempt)
        return active


def retry(
    submission: Submission,
    actor: User | None,
    reason: str = "",
    *,
    changes: Mapping[str, Any] | None = None,
) -> list[Run]:
    """Send the submission's failed and cancelled runs again, as a new attempt; return them.

    Its other runs stay as they are. ``changes`` are to how its checkpoint is served (``runs.changes``), for this and
    later attempts. It is counted for the quota of whose submission it is, unless a reviewer or the clock retries it.
    Raises TransitionRefused when there is nothing to retry; ImportedRun, which is one, when it never is; QuotaExceeded;
    SubmissionInvalid for changes that cannot be made.
    """
    with transaction.atomic():
        submission = locked(submission.pk)
        if submission.imported:
            run = submission.runs.earliest("id")
            raise ImportedRun(run, RunState.QUEUED, run.state)
        runs = list(submission.runs.filter(state__in=RETRYABLE).order_by("id"))
        if not runs:
            run = submission.runs.earliest("id")
            raise TransitionRefused(run, RunState.QUEUED, run.state)
        if actor is not None and (actor.pk == submission.submitter_id or not is_reviewer(actor)):
            claim_quota(submission.submitter, submission.organization, again=submission)
        if changes:
            apply_changes(submission, changes)
            reason = " ".join(part for part in (reason, in_words(changes)) if part)
        return requeue(submission, runs, actor=actor, reason=reason)


def checked_for(user: User, request: SubmissionRequest) -> SubmissionRequest:
    """As ``validation.checked``, with what only this user may not ask for. Raises SubmissionInvalid."""
    errors = ownership_errors(user, request.owner, request.visibility)
    try:
        request = checked(request)
    except SubmissionInvalid as error:
        errors = [*error.errors, *errors]
    if errors:
        raise SubmissionInvalid(errors)
    return request


def _store(
    user: User, owner: Organization | None, request: SubmissionRequest, sealed_key: str
) -> Submission:
    public_id = uuid.uuid4()
    runs = planned_runs(request)
    spec = evaluation_spec(request, str(public_id), runs)
    submission = Submission.objects.create(
        public_id=public_id,
        submitter=user,
        variant=variant_of(request),
        spec=spec.to_json(),
        api_key_sealed=sealed_key,
        identity=spec.identity(),
        queue=queue_for(spec),
        note=request.note,
        organization=owner,
        visibility=request.visibility,
    )
    for run in runs:
        run.submission = submission
    _write_queued(Run.objects.bulk_create(runs), user)
    send_on_commit(submission)
    return submission


def _write_queued(runs: Iterable[Run], user: User) -> None:
    RunEvent.objects.bulk_create(
        RunEvent(
            run=run,
            kind=RunEvent.Kind.STATE,
            attempt=run.attempt,
            to_state=RunState.QUEUED,
            actor=user,
        )
        for run in runs
    )
