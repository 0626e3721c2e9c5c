"""Comparisons are computed once for two runs as they are graded, and again when one is graded anew."""

from __future__ import annotations

from typing import Any

import pytest

from leaderboard.results.comparison import NotComparable, compare_runs
from leaderboard.results.kept_comparisons import compared
from leaderboard.results.models import Response, Verdict
from leaderboard.results.signals import run_regraded
from tests import factories
from tests.small_set import always_a

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("benchmarks")]


def test_the_second_time_costs_no_query(django_assert_num_queries: Any) -> None:
    good = factories.make_published_run(model_name="Good VLM")
    worse = factories.make_published_run(always_a, model_name="Always A")
    first = compared(good, worse)
    assert first == compare_runs(good, worse)
    with django_assert_num_queries(0):
        assert compared(good, worse) == first
    assert compared(worse, good).whole.difference == pytest.approx(-(first.whole.difference or 0))


def test_a_run_that_is_graded_anew_is_compared_anew(
    django_capture_on_commit_callbacks: Any,
) -> None:
    good = factories.make_published_run(model_name="Good VLM")
    worse = factories.make_published_run(always_a, model_name="Always A")
    before = compared(good, worse)
    with django_capture_on_commit_callbacks(execute=True):
        Response.objects.of_run(good).update(verdict=Verdict.INCORRECT)
        run_regraded.send(type(good), run=good, from_protocol=good.protocol)
    after = compared(good, worse)
    assert after == compare_runs(good, worse)
    assert after != before


def test_runs_that_became_incomparable_are_refused_whatever_was_kept() -> None:
    good = factories.make_published_run(model_name="Good VLM")
    worse = factories.make_published_run(always_a, model_name="Always A")
    compared(good, worse)
    worse.protocol = "another"
    with pytest.raises(NotComparable):
        compared(good, worse)
