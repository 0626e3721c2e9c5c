"""Publishing without a reviewer: only a trusted submitter's run that passes everything."""

from __future__ import annotations

import pytest

from evaluator.records import Item
from leaderboard.boards.models import BoardVersion
from leaderboard.review.models import Check
from leaderboard.review.services import TRUSTED_RULE
from leaderboard.runs.states import RunState
from tests.factories import make_graded_run, make_user
from tests.small_set import right

pytestmark = pytest.mark.django_db


def mumbles_at_a_tenth(item: Item) -> str:
    return "I cannot tell." if item.position % 10 == 0 else right(item)


def test_every_graded_run_gets_its_checks() -> None:
    run = make_graded_run()
    assert [c.code for c in run.checks.all()] == [
        Check.Code.COMPLETENESS,
        Check.Code.LIMITED,
        Check.Code.ERRORED,
        Check.Code.UNPARSED,
        Check.Code.TRUNCATED,
        Check.Code.REFUSED,
        Check.Code.UNJUDGED,
        Check.Code.LEAKED,
    ]
    assert {c.status for c in run.checks.all()} == {"pass"}


def test_a_clean_run_of_a_trusted_submitter_is_published_by_rule() -> None:
    run = make_graded_run(user=make_user(trusted_submitter=True))
    run.refresh_from_db()
    assert run.state == RunState.PUBLISHED
    decision = run.decisions.get()
    assert (decision.action, decision.reviewer, decision.reason) == ("approve", None, TRUSTED_RULE)
    event = run.events.last()
    assert event is not None
    assert (event.to_state, event.actor, event.reason) == ("published", None, TRUSTED_RULE)
    assert BoardVersion.objects.get().rows.get().run == run


def test_a_clean_run_of_anybody_else_waits() -> None:
    run = make_graded_run(user=make_user())
    run.refresh_from_db()
    assert run.state == RunState.REVIEW
    assert not run.decisions.exists()


def test_a_warning_makes_a_trusted_submitters_run_wait() -> None:
    run = make_graded_run(mumbles_at_a_tenth, user=make_user(trusted_submitter=True))
    run.refresh_from_db()
    assert run.checks.get(code="unparsed").status == "warn"
    assert run.state == RunState.REVIEW


def test_a_limited_run_of_a_trusted_submitter_waits() -> None:
    run = make_graded_run(user=make_user(trusted_submitter=True), limit=32)
    run.refresh_from_db()
    assert run.state == RunState.REVIEW
    assert run.checks.get(code="limited").status == "fail"
    assert not BoardVersion.objects.exists()
