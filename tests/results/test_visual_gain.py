"""What a run without pictures adds to the run with them, and who gets to see it when."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from leaderboard.boards.models import BoardVersion
from leaderboard.results.ablation import refresh
from leaderboard.results.ingest import ingest
from leaderboard.results.models import Score
from leaderboard.review.services import approve, reject, reopen
from leaderboard.runs.models import Run, Submission
from leaderboard.runs.ownership import set_visibility
from leaderboard.runs.services import cancel
from leaderboard.runs.states import RunState
from leaderboard.runs.visibility import Visibility
from tests.factories import (
    deliver,
    make_graded_run,
    make_reviewer,
    make_submission,
    make_user,
    start,
)
from tests.results.stored import headline
from tests.small_set import Answer, knows_first

pytestmark = pytest.mark.django_db


def runs_of(submission: Submission) -> tuple[Run, Run]:
    """Return the run with pictures and the one without, on a worker."""
    sighted, blind = submission.runs.select_related("submission", "benchmark").order_by("id")
    start(sighted)
    return sighted, blind


def grade(run: Run, answer: Answer) -> Run:
    return ingest(run, **deliver(run, answer).arguments())


def graded_pair(with_pictures: int = 6, without: int = 2, **fields: Any) -> tuple[Run, Run]:
    """Return both runs in review; the model knows so many of the eight questions."""
    sighted, blind = runs_of(make_submission(blind="none", **fields))
    return grade(sighted, knows_first(with_pictures)), grade(blind, knows_first(without))


def ablation(run: Run) -> dict[str, Score]:
    """Return what is stored of the run without pictures, by metric."""
    found = Score.objects.filter(run=run, metric__in=("blind", "visual_gain"))
    return {score.metric: score for score in found}


def board_metrics() -> set[str]:
    return {column["metric"] for column in BoardVersion.objects.latest("id").columns}


@pytest.mark.parametrize("first", ["sighted", "blind"])
def test_the_gain_is_stored_with_the_run_with_pictures_whichever_ends_first(first: str) -> None:
    sighted, blind = runs_of(make_submission(blind="grey"))
    order = [(sighted, knows_first(6)), (blind, knows_first(2))]
    for run, answer in order if first == "sighted" else reversed(order):
        grade(run, answer)

    found = ablation(sighted)
    gain, without = found["visual_gain"], found["blind"]
    assert (gain.value, gain.total, gain.correct) == (4 / 8, 8, None)
    assert gain.low is not None
    assert gain.high is not None
    assert 0 < gain.low < 0.5 < gain.high < 1
    expected = headline(blind)
    assert (without.value, without.correct, without.total) == (2 / 8, 2, 8)
    assert (without.low, without.high) == (expected.low, expected.high)
    assert ablation(blind) == {}


def test_the_gain_can_be_negative() -> None:
    sighted, _ = graded_pair(with_pictures=1, without=3)
    assert ablation(sighted)["visual_gain"].value == -2 / 8


def test_without_a_run_without_pictures_there_is_no_gain() -> None:
    assert ablation(make_graded_run()) == {}


def only_blind(**fields: Any) -> Run:
    """Return a run without pictures whose counterpart was cancelled; the model knows one of the eight questions."""
    sighted, blind = runs_of(make_submission(blind="none", **fields))
    cancel(sighted, sighted.submission.submitter)
    return grade(blind, knows_first(1))


def test_a_blind_run_of_another_submission_of_the_variant_counts_where_there_is_none_of_its_own() -> (
    None
):
    user = make_user()
    alone = make_graded_run(knows_first(5), user)
    only_blind(user=user)
    assert ablation(alone)["visual_gain"].value == 4 / 8


@pytest.mark.parametrize("visibility", ["private", "public"])
def test_a_run_says_nothing_of_what_its_readers_may_not_see(visibility: str) -> None:
    blind = only_blind(visibility=visibility)
    alone = make_graded_run(knows_first(5))
    assert ablation(alone) == {}
    if visibility == "public":
        approve(blind, make_reviewer(), "made by a test")
        assert ablation(alone)["blind"].value == 1 / 8


def test_what_others_begin_to_read_says_nothing_of_what_stays_private() -> None:
    user = make_user()
    only_blind(user=user, visibility="private")
    alone = make_graded_run(knows_first(5), user, visibility="private")
    assert set(ablation(alone)) == {"blind", "visual_gain"}
    set_visibility(alone.submission, Visibility.PUBLIC, user)
    assert ablation(alone) == {}


def test_a_blind_run_of_another_variant_or_of_fewer_rows_does_not_count() -> None:
    alone = make_graded_run(knows_first(5))
    graded_pair(precision="fp8")
    graded_pair(limit=16)
    assert ablation(alone) == {}


def test_the_own_submissions_blind_run_is_preferred_to_a_newer_one() -> None:
    sighted, _ = graded_pair(without=2)
    graded_pair(without=4)
    assert ablation(sighted)["blind"].value == 2 / 8


def test_what_a_published_run_shows_rests_on_published_runs_only() -> None:
    sighted, blind = graded_pair()
    reviewer = make_reviewer()
    assert set(ablation(sighted)) == {"blind", "visual_gain"}

    approve(sighted, reviewer, "made by a test")
    assert ablation(sighted) == {}
    assert "blind" not in board_metrics()

    approve(blind, reviewer, "made by a test")
    assert set(ablation(sighted)) == {"blind", "visual_gain"}
    assert {"blind", "visual_gain"} <= board_metrics()

    blind.refresh_from_db()
    reopen(blind, reviewer, "a second look")
    assert ablation(sighted) == {}
    assert "blind" not in board_metrics()


def test_a_rejected_blind_run_is_taken_back_from_a_run_in_review() -> None:
    sighted, blind = graded_pair()
    reject(blind, make_reviewer(), "it saw the pictures")
    assert ablation(sighted) == {}


def test_a_rejected_blind_run_is_taken_back_from_a_run_of_another_protocol() -> None:
    sighted, blind = graded_pair()
    Run.objects.filter(pk=blind.pk).update(protocol="later")
    blind.refresh_from_db()
    reject(blind, make_reviewer(), "wrong model")
    assert ablation(sighted) == {}


def test_a_blind_run_is_no_row_of_the_board_but_two_cells_of_its_variants_row() -> None:
    sighted, blind = graded_pair()
    reviewer = make_reviewer()
    approve(blind, reviewer, "made by a test")
    assert BoardVersion.objects.latest("id").rows.count() == 0

    approve(sighted, reviewer, "made by a test")

    version = BoardVersion.objects.latest("id")
    row = version.rows.get()
    assert (row.run, row.value) == (sighted, 6 / 8)
    cells = {
        column["metric"]: cell["value"]
        for column, cell in zip(version.columns, row.cells, strict=True)
        if column["axis"] == "overall" and cell
    }
    assert (cells["blind"], cells["visual_gain"]) == (2 / 8, 4 / 8)
    assert [column["metric"] for column in version.columns[-2:]] == ["blind", "visual_gain"]


def test_a_run_that_is_graded_again_gets_a_gain_of_its_new_verdicts() -> None:
    sighted, blind = graded_pair(without=2)
    blind.responses.filter(benchmark=blind.benchmark).update(verdict="incorrect", points=0.0)
    refresh(blind)
    assert ablation(sighted)["visual_gain"].value == 6 / 8


def test_runs_of_different_protocols_make_no_gain() -> None:
    sighted, blind = graded_pair()
    Run.objects.filter(pk=blind.pk).update(protocol="rules-0")
    sighted.refresh_from_db()
    refresh(sighted)
    assert ablation(sighted) == {}


@pytest.mark.django_db(transaction=True)
def test_of_two_runs_graded_at_once_one_finds_the_other() -> None:
    sighted, blind = runs_of(make_submission(blind="none"))
    sent = {run.pk: deliver(run, knows_first(4)).arguments() for run in (sighted, blind)}
    together = Barrier(2)

    def take_in(run: Run) -> None:
        try:
            together.wait(timeout=30)
            ingest(run, **sent[run.pk])
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(take_in, [sighted, blind]))
    assert set(Run.objects.values_list("state", flat=True)) == {RunState.REVIEW}
    assert set(ablation(sighted)) == {"blind", "visual_gain"}


def test_a_refresh_costs_a_fixed_number_of_queries(
    django_assert_max_num_queries: Any,
) -> None:
    sighted, _ = graded_pair()
    with django_assert_max_num_queries(11):
        refresh(sighted)
