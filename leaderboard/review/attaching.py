"""Attaching the automatic checks to runs: when they are graded, graded again, or anything changes that checks rest on.

It may be done at any time and any number of times: what the checks find replaces what they found.
"""

from __future__ import annotations

from django.db import transaction

from leaderboard.core.locks import LockSpace, wait_for_lock
from leaderboard.review.checks import examine
from leaderboard.review.gathering import facts_of
from leaderboard.review.models import Check
from leaderboard.runs.models import Pictures, Run, RunEvent
from leaderboard.runs.states import GRADED


@transaction.atomic
def attach_checks(run: Run) -> list[Check]:
    """Run every automatic check on a graded run and store what they found, in place of what was stored."""
    # Two at once would each put theirs beside the other's, and of two runs with the same answers that are graded at
    # once, neither would find the other. Whatever publishes takes this lock after its run, as we do.
    wait_for_lock(LockSpace.BOARD, run.benchmark_id)
    findings = examine(facts_of(run))
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
        for finding in findings
    )


@transaction.atomic
def refresh_checks(run: Run) -> dict[str, tuple[str, str]]:
    """Attach the checks anew; return old and new status of each check that now says something else, empty for none.

    Such a change is written into the run's history, since a reviewer may have looked at what it was before.
    """
    wait_for_lock(LockSpace.BOARD, run.benchmark_id)
    # What the caller holds may be from before somebody graded it again.
    run.refresh_from_db()
    before = dict(run.checks.values_list("code", "status"))
    after = {check.code: check.status for check in attach_checks(run)}
    changed = {
        code: (before.get(code, ""), after.get(code, ""))
        for code in sorted(before.keys() | after.keys())
        if before.get(code) != after.get(code)
    }
    if changed:
        RunEvent.objects.create(
            run=run,
            kind=RunEvent.Kind.NOTE,
            attempt=run.attempt,
            data={
                "checks": {code: {"from": old, "to": new} for code, (old, new) in changed.items()}
            },
        )
    return changed


def refresh_sighted(blind: Run) -> None:
    """Make the checks anew of the runs of a submission that tell of the pictures what ``blind`` tells without."""
    if blind.pictures == Pictures.SHOWN:
        return
    sighted = Run.objects.filter(
        submission=blind.submission_id, benchmark=blind.benchmark_id, pictures=Pictures.SHOWN
    )
    for run in sighted.in_states(GRADED).select_related("submission", "benchmark", "dataset"):
        refresh_checks(run)
