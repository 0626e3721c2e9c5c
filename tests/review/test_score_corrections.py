"""A reviewer corrects a score: what is shown from then on, what is kept, what survives grading the run again."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from leaderboard.boards.models import BoardVersion
from leaderboard.results.corrections import NotCorrectable
from leaderboard.results.exports.tables import scores_table
from leaderboard.results.models import Score, ScoreCorrection
from leaderboard.results.regrade import RegradeRefused, regrade
from leaderboard.review.services import OwnRun, ReasonMissing, correct_score
from leaderboard.runs.models import Run
from leaderboard.runs.states import RunState
from tests.factories import (
    make_graded_run,
    make_published_run,
    make_reviewer,
    make_run,
    make_user,
)
from tests.results.changed_grader import STRICTER, change_grader
from tests.small_set import BENCHMARK, knows_first

pytestmark = pytest.mark.django_db


def headline(run: Run) -> Score:
    found = Score.objects.headline(run)
    assert found is not None
    return found


def place_of(score: Score) -> tuple[str, str, str]:
    return score.axis, score.dimension, score.metric


def corrected(run: Run, value: float = 0.5, reason: str = "A question was wrong.") -> Score:
    correct_score(run, make_reviewer(), place_of(headline(run)), value, reason)
    return headline(run)


def test_a_correction_is_shown_and_what_was_computed_is_kept() -> None:
    run, reviewer = make_graded_run(knows_first(6)), make_reviewer()
    before = headline(run)
    correction = correct_score(run, reviewer, place_of(before), 0.5, "  A question was wrong. ")
    after = headline(run)
    assert (after.value, after.low, after.high, after.correct) == (0.5, None, None, None)
    assert after.computed == {
        "value": before.value,
        "correct": before.correct,
        "low": before.low,
        "high": before.high,
    }
    assert (correction.author, correction.reason) == (reviewer, "A question was wrong.")
    assert (correction.old_value, correction.new_value) == (before.value, 0.5)
    event = run.events.latest("id")
    assert event.actor == reviewer
    assert event.data["corrected"]["to"] == 0.5


def test_a_second_correction_keeps_the_first_and_what_was_computed() -> None:
    run = make_graded_run(knows_first(6))
    computed = headline(run).value
    corrected(run, 0.5)
    assert corrected(run, 0.6).computed["value"] == computed  # type: ignore[index]
    told = run.corrections.values_list("old_value", "computed_value", "new_value")
    assert list(told) == [(computed, computed, 0.5), (0.5, computed, 0.6)]


def test_a_correction_is_taken_back_by_another() -> None:
    run = make_graded_run(knows_first(6))
    before = headline(run)
    corrected(run)
    correct_score(run, make_reviewer(), place_of(before), None, "It was right.")
    after = headline(run)
    assert (after.value, after.low, after.correct) == (before.value, before.low, before.correct)
    assert after.computed is None
    assert run.corrections.count() == 2


def test_the_board_shows_the_corrected_value_with_a_mark_and_what_was_computed() -> None:
    run = make_published_run(knows_first(6))
    corrected(run, 0.4)
    newest, first = BoardVersion.objects.order_by("-number")
    assert newest.reason == "Tiny VLM has corrected scores"
    assert newest.rows.get().value == 0.4
    assert newest.rows.get().cells[0]["computed"] == first.rows.get().value == 0.75
    page = Client().get(reverse("boards:benchmark", args=[BENCHMARK])).content.decode()
    assert "corrected by a reviewer; computed: 75.0" in page


def test_the_page_of_the_run_shows_both_values() -> None:
    run = make_published_run(knows_first(6))
    corrected(run, 0.4)
    page = Client().get(reverse("runs:detail", args=[run.public_id])).content.decode()
    assert "corrected by a reviewer; computed: 75.0" in page


def test_the_file_of_scores_tells_what_was_corrected() -> None:
    run = make_graded_run(knows_first(6))
    corrected(run, 0.4)
    rows = [row for row in scores_table(run).rows if row[-2]]
    assert [(row[-2], row[-1]) for row in rows] == [("yes", 0.75)]


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (1.01, "out-of-range"),
        (-0.1, "out-of-range"),
        (float("nan"), "out-of-range"),
        (float("inf"), "out-of-range"),
        (0.75, "same-value"),
        (None, "not-corrected"),
    ],
)
def test_a_value_that_a_score_cannot_have_is_refused(value: float | None, code: str) -> None:
    run = make_graded_run(knows_first(6))
    with pytest.raises(NotCorrectable) as refused:
        correct_score(run, make_reviewer(), place_of(headline(run)), value, "so")
    assert refused.value.code == code
    assert not ScoreCorrection.objects.exists()


def test_a_score_that_is_not_there_is_not_corrected() -> None:
    with pytest.raises(NotCorrectable) as refused:
        correct_score(make_graded_run(), make_reviewer(), ("no", "such", "score"), 0.5, "so")
    assert refused.value.code == "no-such-score"


def test_a_run_without_scores_is_not_corrected() -> None:
    run = make_run(RunState.SCORING)
    with pytest.raises(NotCorrectable) as refused:
        correct_score(run, make_reviewer(), ("overall", "overall", "accuracy"), 0.5, "so")
    assert refused.value.code == "not-graded"


def test_only_reviewers_correct_and_none_their_own_and_never_without_a_reason() -> None:
    reviewer = make_reviewer()
    run, own = make_graded_run(knows_first(6)), make_graded_run(user=reviewer)
    place = place_of(headline(run))
    with pytest.raises(PermissionDenied):
        correct_score(run, make_user(), place, 0.5, "so")
    with pytest.raises(OwnRun):
        correct_score(own, reviewer, place, 0.5, "so")
    with pytest.raises(ReasonMissing):
        correct_score(run, reviewer, place, 0.5, " ")
    assert not ScoreCorrection.objects.exists()


def test_grading_again_what_has_not_changed_keeps_the_correction() -> None:
    run = make_published_run(knows_first(6))
    corrected(run, 0.4)
    assert not regrade(run, None).changed
    assert headline(run).value == 0.4


def test_grading_again_with_other_numbers_puts_the_correction_over_them_and_tells_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = make_graded_run(knows_first(6))
    score = corrected(run, 0.4)
    change_grader(monkeypatch)
    with pytest.raises(RegradeRefused):
        regrade(run, None)
    regrade(run, None, allow_same_protocol=True, reason="rules mended")
    again = headline(run)
    assert again.value == 0.4
    assert again.computed is not None
    assert again.computed["value"] != 0.75
    told = run.events.get(data__has_key="regraded").data["regraded"]["corrections_to_look_at"]
    assert told == ["/".join(place_of(score))]


def test_grading_again_under_another_protocol_tells_that_the_correction_was_of_the_one_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = make_graded_run(knows_first(6))
    score = corrected(run, 0.4)
    change_grader(monkeypatch, STRICTER)
    regrade(run, None)
    assert headline(run).computed is None
    told = run.events.get(data__has_key="regraded").data["regraded"]["corrections_to_look_at"]
    assert told == ["/".join(place_of(score))]
    assert Score.objects.get(pk=score.pk).value == 0.4


@pytest.mark.parametrize("change", [{"new_value": 0.9}, {"reason": "another"}])
def test_the_database_refuses_to_change_or_delete_a_correction(change: dict[str, Any]) -> None:
    run = make_graded_run(knows_first(6))
    corrected(run)
    with pytest.raises(IntegrityError), transaction.atomic():
        ScoreCorrection.objects.update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        ScoreCorrection.objects.all().delete()


def test_a_score_is_corrected_in_the_admin() -> None:
    run, reviewer = make_graded_run(knows_first(6)), make_reviewer()
    client = Client()
    client.force_login(reviewer)
    address = reverse("admin:runs_run_correct", args=[run.pk, headline(run).pk])
    run_page = reverse("admin:runs_run_change", args=[run.pk])
    assert address in client.get(run_page).content.decode()
    seen = client.get(address).context["form"]["seen"].value()

    refused = client.post(address, {"percent": "40", "reason": "", "seen": seen})
    assert "errorlist" in refused.content.decode()
    refused = client.post(address, {"percent": "140", "reason": "so", "seen": seen})
    assert "from 0 to 1" in refused.content.decode()
    done = client.post(address, {"percent": "40", "reason": "A wrong key.", "seen": seen})
    assert done["Location"] == run_page
    assert headline(run).value == 0.4
    page = client.get(run_page).content.decode()
    for text in ("A wrong key.", "40.0", "75.0"):
        assert text in page

    stale = client.post(address, {"percent": "50", "reason": "too late", "seen": seen})
    assert "Something has happened to it" in stale.content.decode()
    assert headline(run).value == 0.4


def test_nobody_else_corrects_a_score_in_the_admin() -> None:
    run = make_graded_run(knows_first(6))
    client = Client()
    client.force_login(make_user(is_staff=True))
    address = reverse("admin:runs_run_correct", args=[run.pk, headline(run).pk])
    for response in (client.get(address), client.post(address, {"percent": "40", "reason": "x"})):
        assert response.status_code == 403
    assert headline(run).value == 0.75
