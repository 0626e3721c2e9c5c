"""Making a run once more because a reviewer asked: a submission of its own, so that the earlier result stays."""

from __future__ import annotations

import uuid
from dataclasses import replace

from django.db import transaction

from evaluator.messages import queue_for
from evaluator.spec import EvaluationSpec
from leaderboard.accounts.models import User
from leaderboard.runs.dispatch import send_on_commit
from leaderboard.runs.models import ImportedRun, Run, RunEvent, Submission
from leaderboard.runs.signals import run_repeated
from leaderboard.runs.specs import benchmark_spec
from leaderboard.runs.states import RunState


@transaction.atomic
def repeat(run: Run, *, actor: User, reason: str) -> Run:
    """Queue a new run that asks the same model the same questions in the same way; return it.

    It belongs to a new submission of the same submitter, with the sealed key and the visibility of the first. It costs
    no quota (``runs.quota``): nobody but the reviewer wanted it. It is sent once the transaction is committed.
    Raises ImportedRun for a run whose answers were given elsewhere.
    """
    first = Submission.objects.select_related("variant").get(pk=run.submission_id)
    if first.imported:
        raise ImportedRun(run, RunState.QUEUED, run.state)
    public_id = uuid.uuid4()
    again = Run(
        public_id=uuid.uuid4(),
        benchmark=run.benchmark,
        limit=run.limit,
        pictures=run.pictures,
        frugal=run.frugal,
        rerun_of=run,
    )
    spec = replace(
        EvaluationSpec.from_json(first.spec),
        submission=str(public_id),
        attempt=1,
        benchmarks=(benchmark_spec(again),),
    )
    again.submission = Submission.objects.create(
        public_id=public_id,
        submitter_id=first.submitter_id,
        variant=first.variant,
        spec=spec.to_json(),
        api_key_sealed=first.api_key_sealed,
        identity=spec.identity(),
        queue=queue_for(spec),
        organization_id=first.organization_id,
        visibility=first.visibility,
    )
    again.save()
    _write_events(run, again, actor, reason)
    run_repeated.send(sender=Run, run=again, repeats=run)
    send_on_commit(again.submission)
    return again


def _write_events(run: Run, again: Run, actor: User, reason: str) -> None:
    RunEvent.objects.create(
        run=again,
        kind=RunEvent.Kind.STATE,
        attempt=again.attempt,
        to_state=RunState.QUEUED,
        actor=actor,
        reason=reason,
        data={"repeats": str(run.public_id)},
    )
    RunEvent.objects.create(
        run=run,
        kind=RunEvent.Kind.NOTE,
        attempt=run.attempt,
        actor=actor,
        reason=reason,
        data={"rerun": str(again.public_id)},
    )
