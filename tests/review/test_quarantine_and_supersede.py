"""Runs that are taken off the board for a while, or because a newer one says the same: who sees them, what shows them."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client
from django.urls import reverse

from leaderboard.boards.models import BoardVersion
from leaderboard.review.services import (
    NoSuccessor,
    NotPublishable,
    approve,
    quarantine,
    reject,
    reopen,
    supersede,
)
from leaderboard.runs.models import Run, Submission, TransitionRefused
from leaderboard.runs.ownership import set_visibility
from leaderboard.runs.states import RunState
from leaderboard.runs.submission import SubmissionInvalid
from leaderboard.runs.visibility import Visibility
from tests.factories import make_graded_run, make_published_run, make_reviewer, make_run, make_user
from tests.small_set import knows_first

pytestmark = pytest.mark.django_db


def shown_to(user: object, run: Run) -> bool:
    return Run.objects.visible_to(user).filter(pk=run.pk).exists()


def page_of(run: Run, user: object = None) -> str:
    client = Client()
    if user:
        client.force_login(user)  # type: ignore[arg-type]
    response = client.get(reverse("runs:detail", args=[run.public_id]))
    return response.content.decode() if response.status_code == 200 else ""


def test_quarantine_takes_a_run_off_the_board_and_hides_it_from_strangers() -> None:
    ana, reviewer = make_user("ana"), make_reviewer("rosa")
    run = make_published_run(user=ana)
    quarantine(run, reviewer, "The answers look copied.")

    newest, first = BoardVersion.objects.order_by("-number")
    assert (newest.rows.count(), first.rows.count()) == (0, 1)
    assert newest.reason == "Tiny VLM quarantined"
    assert shown_to(ana, run)
    assert shown_to(reviewer, run)
    assert not shown_to(make_user(), run)
    assert not shown_to(AnonymousUser(), run)
    assert not page_of(run)
    assert "The answers look copied." in page_of(run, ana)


def test_a_quarantined_run_comes_back_by_an_approval() -> None:
    run = make_run(RunState.QUARANTINED)
    approve(run, make_reviewer(), "It was not.")
    assert run.state == RunState.PUBLISHED
    assert BoardVersion.objects.latest("number").rows.get().run == run


def test_what_stands_against_publishing_stands_against_leaving_quarantine() -> None:
    run = make_graded_run(limit=8)
    quarantine(run, make_reviewer(), "odd")
    with pytest.raises(NotPublishable):
        approve(run, make_reviewer(), "fine")


def test_a_newer_run_of_the_same_variant_supersedes() -> None:
    old = make_published_run(knows_first(4))
    newer = make_published_run(knows_first(6))
    decision = supersede(old, make_reviewer(), "evaluated again")
    old.refresh_from_db()
    assert (old.state, old.superseded_by) == (RunState.SUPERSEDED, newer)
    assert decision.other == newer
    assert [row.run for row in BoardVersion.objects.latest("number").rows.all()] == [newer]


def test_a_superseded_run_stays_readable_and_leads_to_the_newer_one() -> None:
    old = make_run(RunState.SUPERSEDED)
    newer = old.superseded_by
    assert newer is not None
    assert shown_to(AnonymousUser(), old)
    assert Submission.objects.visible_to(AnonymousUser()).filter(pk=old.submission_id).exists()
    page = page_of(old)
    assert reverse("runs:detail", args=[newer.public_id]) in page
    assert old not in Run.objects.published()
    first = BoardVersion.objects.earliest("number")
    assert [row.run for row in first.rows.all()] == [old]


def test_the_link_to_a_newer_run_that_was_withdrawn_is_not_shown() -> None:
    old = make_run(RunState.SUPERSEDED)
    newer = old.superseded_by
    assert newer is not None
    reject(newer, make_reviewer(), "wrong after all")
    assert str(newer.public_id) not in page_of(old)


def test_an_older_run_supersedes_nothing() -> None:
    older = make_published_run(knows_first(4))
    run = make_published_run(knows_first(6))
    with pytest.raises(NoSuccessor):
        supersede(run, make_reviewer(), "why not")
    with pytest.raises(NoSuccessor):
        supersede(run, make_reviewer(), "why not", older)
    run.refresh_from_db()
    assert run.state == RunState.PUBLISHED


def test_a_run_of_another_model_supersedes_nothing() -> None:
    run = make_published_run()
    other = make_published_run(model_name="Other VLM")
    with pytest.raises(NoSuccessor):
        supersede(run, make_reviewer(), "why not", other)


def test_another_precision_supersedes_only_when_a_reviewer_says_so() -> None:
    run = make_published_run(knows_first(4))
    other = make_published_run(precision="fp8", served_name="tiny-fp8")
    with pytest.raises(NoSuccessor):
        supersede(run, make_reviewer(), "why not")
    supersede(run, make_reviewer(), "The label of the first was wrong.", other)
    run.refresh_from_db()
    assert run.superseded_by == other


def test_an_unpublished_run_supersedes_nothing_and_is_not_superseded() -> None:
    run = make_published_run(knows_first(4))
    waiting = make_graded_run(knows_first(6))
    with pytest.raises(NoSuccessor):
        supersede(run, make_reviewer(), "soon", waiting)
    with pytest.raises(TransitionRefused):
        supersede(waiting, make_reviewer(), "never")


def test_reopening_forgets_what_took_its_place() -> None:
    run = make_run(RunState.SUPERSEDED)
    reopen(run, make_reviewer(), "The newer one is wrong.")
    assert (run.state, run.superseded_by) == (RunState.REVIEW, None)
    assert [d.action for d in run.decisions.all()][-2:] == ["supersede", "reopen"]


def test_what_is_superseded_stays_public_until_a_reviewer_withdraws_it() -> None:
    run = make_run(RunState.SUPERSEDED)
    with pytest.raises(SubmissionInvalid):
        set_visibility(run.submission, Visibility.PRIVATE, run.submission.submitter)
