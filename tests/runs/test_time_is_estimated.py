"""How long a benchmark is said to take, from how long it took."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from leaderboard.runs.estimates import offers
from leaderboard.runs.models import Run, RunEvent
from leaderboard.runs.states import RunState
from tests.factories import make_graded_run

pytestmark = pytest.mark.django_db


def test_what_was_asked_before_it_in_the_same_submission_is_not_counted() -> None:
    run, now = make_graded_run(), timezone.now()
    Run.objects.filter(pk=run.pk).update(started_at=now - timedelta(hours=9), finished_at=now)
    asked = RunEvent.objects.filter(run=run, to_state=RunState.EVALUATING)
    assert asked.update(at=now - timedelta(seconds=100)) == 1

    [offer] = [offer for offer in offers() if offer.benchmark == run.benchmark]

    assert offer.seconds == pytest.approx(100 / run.counts["items"] * offer.rows)
