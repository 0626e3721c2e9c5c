"""The stages of a run with their times. Pure: nothing is stored."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from leaderboard.runs.models import Run, RunEvent
from leaderboard.runs.states import RunState
from leaderboard.runs.timeline import Step, timeline

START = datetime(2026, 3, 14, 9, 0, tzinfo=UTC)


def after(seconds: int) -> datetime:
    return START + timedelta(seconds=seconds)


def steps(
    *moves: tuple[RunState, int], now: int = 1000, share: float | None = None, attempt: int = 1
) -> list[Step]:
    """Return the timeline of a run that entered these states so many seconds after its start."""
    state, events = RunState.QUEUED, []
    since = START
    for to, seconds in moves:
        events.append(
            RunEvent(
                kind=RunEvent.Kind.STATE,
                attempt=attempt,
                from_state=state,
                to_state=to,
                at=after(seconds),
            )
        )
        state, since = to, after(seconds)
    run = Run(state=state, state_since=since, created_at=START, attempt=attempt)
    return timeline(run, events, after(now), share)


def looks(found: list[Step]) -> str:
    return " ".join(step.look for step in found)


def test_a_queued_run_waits_in_its_first_stage() -> None:
    found = steps(now=30)
    assert looks(found) == "now todo todo todo todo todo"
    assert found[0].note == "30 s"


def test_passed_stages_show_how_long_they_took() -> None:
    found = steps((RunState.STARTING, 12), (RunState.EVALUATING, 120), share=0.499)
    assert looks(found) == "done done now todo todo todo"
    assert [s.note for s in found[:3]] == ["12 s", "1 min 48 s", "49 %"]
    assert found[2].share == 49


def test_a_stage_that_was_skipped_has_no_time() -> None:
    found = steps((RunState.EVALUATING, 120))
    assert [s.note for s in found[:2]] == ["2 min 0 s", "—"]


def test_a_failed_run_stopped_where_it_failed() -> None:
    found = steps((RunState.STARTING, 4), (RunState.FAILED, 155))
    assert looks(found) == "done fail todo todo todo todo"
    assert found[1].note == "failed after 2 min 31 s"
    assert found[2].note == "not reached"


def test_a_cancelled_run_says_so() -> None:
    assert steps((RunState.CANCELLED, 9))[0].note == "cancelled after 9 s"


def test_a_rejected_run_ends_where_it_would_have_been_published() -> None:
    road = [RunState.EVALUATING, RunState.SCORING, RunState.REVIEW, RunState.REJECTED]
    found = steps(*((state, 10 * n) for n, state in enumerate(road, start=1)))
    assert looks(found) == "done done done done done fail"
    assert found[-1].title == "Rejected"


def test_a_published_run_is_done_everywhere() -> None:
    road = [
        RunState.STARTING,
        RunState.EVALUATING,
        RunState.SCORING,
        RunState.REVIEW,
        RunState.PUBLISHED,
    ]
    found = steps(*((state, 10 * n) for n, state in enumerate(road, start=1)))
    assert looks(found) == "done done done done done done"
    assert [s.note for s in found[:5]] == ["10 s"] * 5
    assert found[-1].note == "14 Mar 2026, 09:00 UTC"


def test_an_earlier_attempt_does_not_count() -> None:
    run = Run(state=RunState.QUEUED, state_since=after(60), created_at=START, attempt=2)
    old = RunEvent(kind="state", attempt=1, to_state=RunState.STARTING, at=after(5))
    again = RunEvent(kind="state", attempt=2, to_state=RunState.QUEUED, at=after(60))
    found = timeline(run, [old, again], after(70), None)
    assert looks(found) == "now todo todo todo todo todo"
    assert found[0].note == "10 s"
