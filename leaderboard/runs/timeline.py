"""The stages of a run with their times. Pure: a run and its events in, steps out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.utils.translation import gettext

from leaderboard.core import numbers
from leaderboard.runs.models import Run, RunEvent
from leaderboard.runs.states import RunState

Look = Literal["done", "now", "fail", "todo"]

ROAD = (
    RunState.QUEUED,
    RunState.STARTING,
    RunState.EVALUATING,
    RunState.SCORING,
    RunState.REVIEW,
    RunState.PUBLISHED,
)
"""The stages that a run goes through when nothing goes wrong."""
IMPORTED_ROAD = (RunState.QUEUED, RunState.SCORING, RunState.REVIEW, RunState.PUBLISHED)
"""Those of an imported run, which no worker has."""
AFTER_REVIEW: dict[RunState, Look] = {
    RunState.REJECTED: "fail",
    RunState.QUARANTINED: "fail",
    RunState.SUPERSEDED: "done",
}
"""What stands at the end of the road instead of being published, and how it looks."""


@dataclass(frozen=True, slots=True)
class Step:
    """One stage. ``share`` is how much of a running stage is done, in percent."""

    title: str
    look: Look
    note: str
    share: int | None = None


def timeline(
    run: Run,
    events: Sequence[RunEvent],
    now: datetime,
    share: float | None = None,
    *,
    imported: bool = False,
) -> list[Step]:
    """Return the stages of the run's present attempt.

    ``events`` are the run's events in order, of any attempt. ``share`` is the part of the questions that has been
    answered. An ``imported`` run has no stages on a worker. A stage that was passed without a message of its own has no time.
    """
    entered = _entered(run, events)
    reached, stopped = _reached(run, events)
    road = IMPORTED_ROAD if imported else ROAD
    place = road.index(reached)
    ends = [*(entered.get(state) for state in road[1 : place + 1]), run.state_since]
    steps = []
    for index, state in enumerate(road):
        if index < place:
            end = next((end for end in ends[index:] if end is not None), None)
            steps.append(Step(str(state.label), "done", _span(entered.get(state), end)))
        elif index == place:
            steps.append(_present(run, state, stopped, entered.get(state), now, share))
        else:
            steps.append(
                Step(
                    str(state.label), "todo", gettext("not reached") if stopped else numbers.MISSING
                )
            )
    return steps


def _entered(run: Run, events: Sequence[RunEvent]) -> dict[str, datetime]:
    """Return when each state was last entered in the present attempt."""
    entered = {RunState.QUEUED.value: run.created_at}
    for event in events:
        if event.kind == RunEvent.Kind.STATE and event.attempt == run.attempt:
            entered[event.to_state] = event.at
    return entered


def _reached(run: Run, events: Sequence[RunEvent]) -> tuple[RunState, bool]:
    """Return the last stage that the run came to, and whether it stopped there."""
    if run.state in ROAD:
        return RunState(run.state), False
    if run.state in AFTER_REVIEW:
        return RunState.PUBLISHED, True
    last = next((e for e in reversed(events) if e.to_state == run.state), None)
    came_from = last.from_state if last else ""
    return (RunState(came_from) if came_from in ROAD else RunState.QUEUED), True


def _present(
    run: Run,
    state: RunState,
    stopped: bool,
    since: datetime | None,
    now: datetime,
    share: float | None,
) -> Step:
    if look := AFTER_REVIEW.get(RunState(run.state)):
        return Step(str(run.get_state_display()), look, numbers.moment(run.state_since))
    if stopped:
        note = (
            gettext("cancelled after %(time)s")
            if run.state == RunState.CANCELLED
            else gettext("failed after %(time)s")
        )
        return Step(str(state.label), "fail", note % {"time": _span(since, run.state_since)})
    if state == RunState.PUBLISHED:
        return Step(str(state.label), "done", numbers.moment(run.state_since))
    if state == RunState.EVALUATING and share is not None:
        whole = int(100 * share)
        return Step(str(state.label), "now", f"{whole} %", whole)
    return Step(str(state.label), "now", _span(run.state_since, now), 0)


def _span(start: datetime | None, end: datetime | None) -> str:
    if start is None or end is None:
        return numbers.MISSING
    return numbers.duration((end - start).total_seconds())
