"""Who is marked as verified: measured here, no check failed, approved by a person in somebody else's cause."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from leaderboard.accounts.models import User
from leaderboard.review.models import Check
from leaderboard.review.services import approve, reopen
from leaderboard.runs.models import Run, Variant
from leaderboard.runs.verification import with_verified
from tests import factories
from tests.web.conftest import Read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("benchmarks")]

BOARD = "/boards/mmbench_en_dev/"
MARK = 'class="verified"'


def is_verified(run: Run) -> bool:
    return bool(with_verified(Run.objects.filter(pk=run.pk)).get().verified)  # type: ignore[attr-defined]


def published(reviewer: User | None = None, user: User | None = None) -> Run:
    run = factories.make_graded_run(user=user)
    approve(run, reviewer or factories.make_reviewer(), "made by a test")
    return run


def test_a_run_that_somebody_else_approved_is_marked_on_every_page(read: Read) -> None:
    run = published()
    assert is_verified(run)
    model = reverse("profiles:model", args=[run.submission.variant.model.slug])
    for url in (BOARD, "/", model, reverse("runs:detail", args=[run.public_id])):
        assert MARK in read(url), url
    assert 'id="verified"' in read("/about/")


def test_what_awaits_review_is_not() -> None:
    assert not is_verified(factories.make_graded_run())
    run, reviewer = published(), factories.make_reviewer()
    run.refresh_from_db()
    reopen(run, reviewer, "Once more.")
    assert not is_verified(run)


def test_who_approves_their_own_verifies_nothing(settings: Any, read: Read) -> None:
    settings.REVIEW_OWN = True
    minh = factories.make_reviewer()
    assert not is_verified(published(minh, minh))
    assert MARK not in read(BOARD)


def test_the_rule_for_trusted_submitters_verifies_nothing() -> None:
    from leaderboard.runs.states import RunState

    trusted = factories.make_user(trusted_submitter=True)
    run = factories.make_graded_run(user=trusted)
    Check.objects.filter(run=run).update(status=Check.Status.PASS)
    if run.state != RunState.PUBLISHED:
        pytest.fail("the rule did not publish: nothing is tested here")
    assert not is_verified(run)


@pytest.mark.parametrize(("status", "verified"), [("fail", False), ("warn", True), ("pass", True)])
def test_a_failed_check_stands_against_it_and_a_warning_does_not(
    status: str, verified: bool
) -> None:
    run = published()
    check = Check.objects.filter(run=run).order_by("pk")[0]
    Check.objects.filter(pk=check.pk).update(status=status)
    assert is_verified(run) is verified


def test_a_run_without_checks_is_not() -> None:
    run = published()
    Check.objects.filter(run=run).delete()
    assert not is_verified(run)


def test_imported_answers_are_not() -> None:
    run = published()
    Variant.objects.filter(pk=run.submission.variant_id).update(kind=Variant.Kind.IMPORTED)
    assert not is_verified(run)
