"""Keeps the boards in step with which runs are published.

The reasons that are written here are put into words by ``boards.changes.reason_in_words``.
"""

from __future__ import annotations

from typing import Any

from django.db.models.signals import post_save
from django.dispatch import receiver

from leaderboard.boards import precisions
from leaderboard.boards.models import BoardVersion
from leaderboard.boards.services import publish_board
from leaderboard.catalog.models import VlmModel
from leaderboard.results.signals import run_corrected, run_regraded
from leaderboard.runs.models import Run
from leaderboard.runs.signals import run_state_changed
from leaderboard.runs.states import RunState

CHANGES = {
    RunState.PUBLISHED: "added",
    RunState.QUARANTINED: "quarantined",
    RunState.SUPERSEDED: "superseded",
}
"""What the board's history says of a run that joins it or leaves it; "withdrawn" of any other."""


@receiver(run_state_changed, dispatch_uid="boards.publish_on_state_change")
def publish_on_state_change(
    run: Run, from_state: RunState, to_state: RunState, **_extra: Any
) -> None:
    """Compute a new board version, in the same transaction, when a run joins or leaves its board."""
    if RunState.PUBLISHED not in (from_state, to_state):
        return
    if run.dataset is None:
        raise ValueError(f"run {run.public_id} is published without a data set")
    model = run.submission.variant.model
    reason = f"{model.name} {CHANGES.get(to_state, 'withdrawn')}"
    precisions.refresh(publish_board(run.benchmark, run.dataset, run.protocol, reason), model)


@receiver(run_regraded, dispatch_uid="boards.publish_on_regrade")
def publish_on_regrade(run: Run, from_protocol: str, **_extra: Any) -> None:
    """Compute anew, in the same transaction, the board that a published run is on and the one that it was on."""
    if run.state != RunState.PUBLISHED or run.dataset is None:
        return
    model = run.submission.variant.model
    reason = f"{model.name} graded again"
    precisions.forget(run)
    for protocol in dict.fromkeys((from_protocol, run.protocol)):
        precisions.refresh(publish_board(run.benchmark, run.dataset, protocol, reason), model)


@receiver(run_corrected, dispatch_uid="boards.publish_on_correction")
def publish_on_correction(run: Run, **_extra: Any) -> None:
    """Compute anew, in the same transaction, the board that shows a corrected score."""
    if run.state == RunState.PUBLISHED and run.dataset is not None:
        reason = f"{run.submission.variant.model.name} has corrected scores"
        publish_board(run.benchmark, run.dataset, run.protocol, reason)


@receiver(post_save, sender=VlmModel, dispatch_uid="boards.publish_on_baseline_change")
def publish_on_baseline_change(instance: VlmModel, created: bool, **_extra: Any) -> None:
    """Compute those boards anew that rank a model which has become a baseline, or do not rank one that is none."""
    if created:
        return
    change = "is a baseline" if instance.is_baseline else "is no baseline"
    for version in BoardVersion.objects.contradicting(instance):
        publish_board(
            version.benchmark, version.dataset, version.protocol, f"{instance.name} {change}"
        )
