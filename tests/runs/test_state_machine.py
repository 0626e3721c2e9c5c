"""The state machine, over all pairs of states: what is allowed happens once and is written down, the rest is refused."""

from __future__ import annotations

from itertools import product

import pytest

from leaderboard.runs.models import Run, RunEvent, TransitionRefused
from leaderboard.runs.signals import run_state_changed
from leaderboard.runs.states import TRANSITIONS, RunState
from tests.factories import make_run, make_user

PAIRS = list(product(RunState, RunState))
ALLOWED = [(source, target) for source, target in PAIRS if target in TRANSITIONS[source]]
FORBIDDEN = [pair for pair in PAIRS if pair not in ALLOWED]

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("source", "target"), FORBIDDEN)
def test_a_forbidden_transition_is_refused_and_leaves_no_trace(
    source: RunState, target: RunState
) -> None:
    run = make_run(source)
    events, reason = run.events.count(), run.failure_detail

    with pytest.raises(TransitionRefused) as refused:
        Run.objects.transition(run, target, failure_detail="changed")

    assert refused.value.found == source
    run.refresh_from_db()
    assert run.state == source
    assert run.failure_detail == reason
    assert run.events.count() == events


@pytest.mark.parametrize(("source", "target"), ALLOWED)
def test_an_allowed_transition_is_made_and_written_down(source: RunState, target: RunState) -> None:
    run, actor = make_run(source), make_user()
    before = run.state_since

    Run.objects.transition(run, target, actor=actor, reason="because", data={"n": 1})

    assert Run.objects.get(pk=run.pk).state == target
    assert run.state_since > before
    event = run.events.last()
    assert event is not None
    assert (event.kind, event.from_state, event.to_state) == (
        RunEvent.Kind.STATE,
        source,
        target,
    )
    assert (event.actor, event.reason, event.data, event.attempt) == (
        actor,
        "because",
        {"n": 1},
        1,
    )


def test_every_state_can_be_left_or_is_meant_to_be_final() -> None:
    reachable = set().union(*TRANSITIONS.values())
    assert set(TRANSITIONS) == set(RunState)
    assert reachable == set(RunState)


def test_a_transition_of_another_attempt_is_refused() -> None:
    run = make_run(RunState.EVALUATING)

    with pytest.raises(TransitionRefused):
        Run.objects.transition(run, RunState.FAILED, attempt=run.attempt + 1)

    assert Run.objects.get(pk=run.pk).state == RunState.EVALUATING


def test_what_a_listener_raises_undoes_the_transition() -> None:
    run = make_run(RunState.REVIEW)
    events = run.events.count()

    def refuse(**_extra: object) -> None:
        raise RuntimeError("the board cannot be computed")

    run_state_changed.connect(refuse)
    try:
        with pytest.raises(RuntimeError, match="cannot be computed"):
            Run.objects.transition(run, RunState.REJECTED)
    finally:
        run_state_changed.disconnect(refuse)

    assert Run.objects.get(pk=run.pk).state == RunState.REVIEW
    assert run.events.count() == events
