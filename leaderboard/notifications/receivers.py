"""What is told when a run moves on."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.db import transaction
from django.dispatch import receiver

from leaderboard.notifications.models import Event
from leaderboard.notifications.services import announce, reviewers_for
from leaderboard.runs.models import Run
from leaderboard.runs.signals import run_repeated, run_state_changed
from leaderboard.runs.states import RunState


@receiver(run_state_changed, dispatch_uid="notifications.tell_of_state_change")
def tell_of_state_change(run: Run, from_state: RunState, to_state: RunState, **_extra: Any) -> None:
    """Write the messages in the transaction of the move: both are there, or neither."""
    submitter = run.submission.submitter
    if to_state == RunState.FAILED:
        announce(run, Event.FAILED, [submitter])
    elif to_state == RunState.PUBLISHED:
        announce(run, Event.PUBLISHED, [submitter])
    elif to_state == RunState.REVIEW and from_state == RunState.SCORING:
        announce(run, Event.FINISHED, [submitter])
        transaction.on_commit(partial(_tell_reviewers, run.pk))


@receiver(run_repeated, dispatch_uid="notifications.tell_of_rerun")
def tell_of_rerun(run: Run, **_extra: Any) -> None:
    """Tell the submitter of the earlier run, to whom the re-run belongs."""
    announce(run, Event.RERUN, [run.submission.submitter])


def _tell_reviewers(run_id: int) -> None:
    """Tell the reviewers, unless the rule for trusted submitters has published it in the same breath."""
    with transaction.atomic():
        run = Run.objects.for_display().get(pk=run_id)
        if run.state == RunState.REVIEW:
            announce(run, Event.NEEDS_REVIEW, reviewers_for(run))
