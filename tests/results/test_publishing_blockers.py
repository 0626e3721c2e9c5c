"""What stands against publishing a graded run, and that the run says so."""

from __future__ import annotations

import pytest
from pytest_django import Settings

from evaluator.records import Item, Verdict
from leaderboard.results.ingest import ingest
from leaderboard.results.models import Response as ResponseRow
from leaderboard.runs.models import Run
from leaderboard.runs.states import RunState
from tests.factories import deliver, make_graded_run, make_run
from tests.results.stored import headline
from tests.small_set import respond, right, small_set

pytestmark = pytest.mark.django_db

ITEMS = small_set().items


def blocker_codes(run: Run) -> list[str]:
    return [blocker["code"] for blocker in run.blockers]


def test_a_run_with_missing_items_is_graded_and_not_publishable() -> None:
    run = make_run(RunState.EVALUATING)
    answered = [respond(item, right(item)) for item in ITEMS[:-2]]

    run = ingest(run, **deliver(run, responses=answered).arguments())

    assert run.state == RunState.REVIEW
    assert not run.publishable
    assert blocker_codes(run) == ["missing_items"]
    assert "2 of 32" in run.blockers[0]["detail"]
    assert run.counts["missing"] == 2


def test_more_failed_requests_than_allowed_stand_against_publishing(settings: Settings) -> None:
    settings.MAX_ERRORED_SHARE = 1 / 32
    at_the_limit, above = ITEMS[:1], ITEMS[:2]

    def failing(items: list[Item]) -> Run:
        keys = {item.key for item in items}
        return make_graded_run(lambda item: None if item.key in keys else right(item))

    assert blocker_codes(failing(at_the_limit)) == []
    run = failing(above)
    assert blocker_codes(run) == ["errored_share"]
    assert "2 of 32" in run.blockers[0]["detail"]
    assert run.counts["errored"] == 2


def test_failed_requests_are_no_wrong_answers() -> None:
    run = make_graded_run(lambda item: None if item.key == ITEMS[0].key else right(item))

    row = ResponseRow.objects.of_run(run).get(item__key=ITEMS[0].key)
    assert (row.verdict, row.error, row.text) == (Verdict.ERRORED, "HTTP 500", "")
    assert row.ttft_ms is None
    assert run.counts["incorrect"] == 0


def test_a_run_where_every_request_failed_has_no_score_and_no_zero() -> None:
    run = make_graded_run(lambda _item: None)

    assert run.state == RunState.REVIEW
    assert headline(run).value is None
    assert "errored_share" in blocker_codes(run)


def test_a_limited_run_is_graded_and_never_publishable() -> None:
    run = make_run(RunState.EVALUATING, limit=8)
    answered = [respond(item, right(item)) for item in ITEMS[:8]]

    run = ingest(run, **deliver(run, responses=answered).arguments())

    assert run.state == RunState.REVIEW
    assert blocker_codes(run) == ["limited"]
    assert (run.counts["items"], run.counts["missing"]) == (8, 0)


def test_a_limited_run_may_miss_items_too() -> None:
    run = make_run(RunState.EVALUATING, limit=8)
    answered = [respond(item, right(item)) for item in ITEMS[:7]]

    run = ingest(run, **deliver(run, responses=answered).arguments())

    assert blocker_codes(run) == ["limited", "missing_items"]
