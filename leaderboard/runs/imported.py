"""Runs whose answers were not given to a worker of ours: they begin with their delivery."""

from __future__ import annotations

import uuid

from django.db import transaction
from django.utils import timezone

from leaderboard.accounts.models import Organization, User
from leaderboard.catalog.models import Benchmark, Variant
from leaderboard.runs.models import Run, RunEvent, Submission
from leaderboard.runs.quota import claim_quota
from leaderboard.runs.states import RunState


@transaction.atomic
def begin_imported(
    user: User,
    variant: Variant,
    benchmark: Benchmark,
    *,
    submission_id: uuid.UUID,
    run_id: uuid.UUID,
    identity: str,
    note: str,
    owner: Organization | None,
    visibility: str,
    limit: int | None,
    within_quota: bool,
    artifact: str,
    artifact_sha256: str,
    items_artifact: str,
) -> Run:
    """Store a submission with one run, and move it to SCORING with its delivery. No worker hears of it.

    Raises QuotaExceeded when it is to be ``within_quota`` and is not; nothing is stored then.
    """
    if within_quota:
        claim_quota(user, owner)
    submission = Submission.objects.create(
        public_id=submission_id,
        submitter=user,
        variant=variant,
        spec={},
        identity=identity,
        # Nothing is ever to be sent of it.
        queue="",
        sent_at=timezone.now(),
        note=note,
        organization=owner,
        visibility=visibility,
    )
    run = Run.objects.create(
        public_id=run_id, submission=submission, benchmark=benchmark, limit=limit
    )
    RunEvent.objects.create(
        run=run,
        kind=RunEvent.Kind.STATE,
        attempt=run.attempt,
        to_state=RunState.QUEUED,
        actor=user,
    )
    return Run.objects.transition(
        run,
        RunState.SCORING,
        actor=user,
        attempt=run.attempt,
        artifact=artifact,
        artifact_sha256=artifact_sha256,
        items_artifact=items_artifact,
    )
