"""Keeps the boards in step with which runs are published."""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver

from leaderboard.boards.services import publish_board
from leaderboard.runs.models import Run
from leaderboard.runs.signals import run_state_changed
from leaderboard.runs.states import RunState


@receiver(run_state_changed, dispatch_uid="boards.publish_on_state_change")
def publish_on_state_change(
    run: Run, from_state: RunState, to_state: RunState, **_extra: Any
) -> None:
    """Compute a new board version, in the same transaction, when a run joins or leaves its board."""
    if RunState.PUBLISHED not in (from_state, to_state):
        return
    if run.dataset is None:
        raise ValueError(f"run {run.public_id} is published without a data set")
    name = run.submission.variant.model.name
    change = "added" if to_state == RunState.PUBLISHED else "withdrawn"
    publish_board(run.benchmark, run.dataset, run.protocol, f"{name} {change}")
