"""Approve, reject, reopen: who may, when, what is written."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection

from leaderboard.boards.models import BoardVersion
from leaderboard.review.models import Decision
from leaderboard.review.services import (
    NotPublishable,
    ReasonMissing,
    approve,
    decide,
    reject,
    reopen,
)
from leaderboard.runs.models import Run, TransitionRefused
from leaderboard.runs.states import RunState
from tests.factories import (
    make_graded_run,
    make_published_run,
    make_reviewer,
    make_run,
    make_user,
)

pytestmark = pytest.mark.django_db


def test_approving_publishes_and_writes_who_and_why() -> None:
    run, reviewer = make_graded_run(), make_reviewer("rosa")
    decision = approve(run, reviewer, "  looks right  ")
    run.refresh_from_db()
    assert run.state == RunState.PUBLISHED
    assert (decision.action, decision.reviewer, decision.reason) == (
        "approve",
        reviewer,
        "looks right",
    )
    event = run.events.last()
    assert event is not None
    assert (event.from_state, event.to_state) == ("review", "published")
    assert (decision.from_state, decision.to_state) == ("review", "published")
    assert (event.actor, event.reason) == (reviewer, "looks right")
    assert abs((event.at - decision.at).total_seconds()) < 5


def test_approving_makes_the_board_version() -> None:
    run = make_graded_run()
    assert not BoardVersion.objects.exists()
    approve(run, make_reviewer(), "made by a test")
    version = BoardVersion.objects.get()
    assert [row.run_id for row in version.rows.all()] == [run.pk]


@pytest.mark.parametrize("reason", ["", "   ", "\n\t"])
@pytest.mark.parametrize("action", Decision.Action.values)
def test_every_decision_needs_a_reason(action: str, reason: str) -> None:
    run = make_graded_run()
    with pytest.raises(ReasonMissing):
        decide(run, action, make_reviewer(), reason)
    run.refresh_from_db()
    assert run.state == RunState.REVIEW
    assert not Decision.objects.exists()


def test_rejecting_writes_the_reason() -> None:
    run, reviewer = make_graded_run(), make_reviewer()
    reject(run, reviewer, "Answers leak the gold.")
    run.refresh_from_db()
    assert run.state == RunState.REJECTED
    decision = run.decisions.get()
    assert (decision.action, decision.reason) == ("reject", "Answers leak the gold.")
    assert not BoardVersion.objects.exists()


def test_rejecting_a_published_run_takes_it_off_the_board() -> None:
    run = make_published_run()
    reject(run, make_reviewer(), "found out later")
    newest = BoardVersion.objects.latest("number")
    assert (newest.number, newest.rows.count()) == (2, 0)


def test_reopening_a_published_run_takes_it_off_the_board() -> None:
    run = make_published_run()
    reopen(run, make_reviewer(), "a second look")
    run.refresh_from_db()
    assert run.state == RunState.REVIEW
    assert BoardVersion.objects.latest("number").rows.count() == 0
    assert [d.action for d in run.decisions.all()] == ["approve", "reopen"]


def test_a_run_that_is_being_scored_cannot_be_put_to_review_by_hand() -> None:
    run = make_run(RunState.SCORING)
    with pytest.raises(TransitionRefused):
        reopen(run, make_reviewer(), "hurry up")
    run.refresh_from_db()
    assert run.state == RunState.SCORING


def test_a_limited_run_cannot_be_approved() -> None:
    run = make_graded_run(limit=32)
    with pytest.raises(NotPublishable) as refused:
        approve(run, make_reviewer(), "please")
    assert [b["code"] for b in refused.value.blockers] == ["limited"]
    run.refresh_from_db()
    assert run.state == RunState.REVIEW
    assert not run.decisions.exists()


def test_a_run_with_failed_requests_cannot_be_approved() -> None:
    run = make_graded_run(lambda item: None if item.position == 0 else "A")
    with pytest.raises(NotPublishable) as refused:
        approve(run, make_reviewer(), "made by a test")
    assert [b["code"] for b in refused.value.blockers] == ["errored_share"]


@pytest.mark.parametrize(
    "state",
    sorted(set(RunState) - {RunState.REVIEW, RunState.QUARANTINED, RunState.PUBLISHED}),
)
def test_only_a_run_that_awaits_review_or_is_in_quarantine_is_approved(state: RunState) -> None:
    run = make_run(state)
    with pytest.raises(TransitionRefused):
        approve(run, make_reviewer(), "made by a test")
    run.refresh_from_db()
    assert run.state == state


def test_approving_twice_is_one_decision() -> None:
    run = make_published_run()
    with pytest.raises(TransitionRefused):
        approve(run, make_reviewer(), "made by a test")
    assert run.decisions.count() == 1
    assert BoardVersion.objects.count() == 1


@pytest.mark.parametrize("staff", [False, True])
def test_without_the_permission_nobody_decides(staff: bool) -> None:
    run, user = make_graded_run(), make_user(is_staff=staff)
    for action in Decision.Action.values:
        with pytest.raises(PermissionDenied):
            decide(run, action, user, "because")
    run.refresh_from_db()
    assert run.state == RunState.REVIEW


def test_a_decision_that_cannot_be_written_changes_no_state(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = make_graded_run()

    def no_room(**_fields: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(Decision.objects, "create", no_room)
    with pytest.raises(OSError, match="disk full"):
        approve(run, make_reviewer(), "made by a test")
    run.refresh_from_db()
    assert run.state == RunState.REVIEW
    assert not BoardVersion.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_approvals_at_once_are_one() -> None:
    run = make_graded_run()
    reviewers = [make_reviewer() for _ in range(4)]
    together = Barrier(len(reviewers))

    def decide_as(index: int) -> str:
        try:
            own = Run.objects.get(pk=run.pk)
            together.wait(timeout=30)
            approve(own, reviewers[index], "made by a test")
        except TransitionRefused:
            return "refused"
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(len(reviewers)) as pool:
        outcomes = list(pool.map(decide_as, range(len(reviewers))))
    assert sorted(outcomes) == ["done", "refused", "refused", "refused"]
    assert run.decisions.count() == 1
    assert BoardVersion.objects.count() == 1


def test_a_decision_on_a_state_that_is_past_is_refused() -> None:
    run = make_graded_run()
    seen_by_another = Run.objects.get(pk=run.pk)
    approve(run, make_reviewer(), "made by a test")
    with pytest.raises(TransitionRefused):
        reject(seen_by_another, make_reviewer(), "too late")
    assert Decision.objects.count() == 1
