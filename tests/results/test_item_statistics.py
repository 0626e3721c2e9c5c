"""What the published models made of each question, kept in step with which runs are published."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.management import call_command

from evaluator.records import Item
from leaderboard.results.ingest import ingest
from leaderboard.results.models import ItemStatistics, Level
from leaderboard.results.regrade import regrade
from leaderboard.review.services import approve, reopen
from leaderboard.runs.models import Run
from tests.factories import (
    deliver,
    make_graded_run,
    make_published_run,
    make_reviewer,
    make_submission,
    start,
)
from tests.results.changed_grader import change_grader
from tests.small_set import PASS, always_a, knows_first, right

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("benchmarks")]

QUESTIONS = 8


def published(known: int, name: str, **fields: object) -> Run:
    """Publish a model that knows the first questions in every rotation and no other."""
    return make_published_run(knows_first(known), model_name=name, served_name=name, **fields)


def by_question() -> dict[int, ItemStatistics]:
    rows = ItemStatistics.objects.select_related("item")
    return {row.item.fields["index"]: row for row in rows}


def test_a_question_has_one_row_whatever_its_rotations() -> None:
    published(3, "One")
    assert sorted(by_question()) == list(range(QUESTIONS))


def test_models_are_counted_by_question() -> None:
    first, second, third = published(6, "Six"), published(3, "Three"), published(1, "One")
    found = by_question()
    assert [found[n].right for n in range(QUESTIONS)] == [3, 2, 2, 1, 1, 1, 0, 0]
    assert {row.answered for row in found.values()} == {3}
    assert found[1].right_runs == [first.pk, second.pk]
    assert found[1].wrong_runs == [third.pk]
    levels = [found[n].level for n in range(QUESTIONS)]
    assert levels == [Level.ALL, *[Level.SOME] * 5, *[Level.NONE] * 2]


def test_right_means_right_in_every_rotation() -> None:
    """Always A is right in one rotation of four, which is not enough."""
    make_published_run(always_a)
    found = by_question()
    assert {row.right for row in found.values()} == {0}
    assert found[0].verdicts == ["correct", "incorrect"]


def test_a_question_with_a_failed_request_is_scored_only_if_another_pass_is_wrong(
    settings: Any,
) -> None:
    settings.MAX_ERRORED_SHARE = 0.5

    def answer(item: Item) -> str | None:
        number, turn = item.fields["index"] % PASS, item.fields["index"] // PASS
        if turn == 1 and number in (0, 1):
            return None
        return "I cannot tell." if (turn, number) == (2, 1) else right(item)

    run = make_published_run(answer)
    found = by_question()
    assert (found[0].answered, found[0].level) == (0, None)
    assert found[1].wrong_runs == [run.pk]
    assert found[0].verdicts == ["correct", "errored"]


def test_the_orders_number_the_questions() -> None:
    published(6, "Six")
    published(3, "Three")
    found = by_question()
    assert sorted(found, key=lambda n: found[n].hardest) == [6, 7, 3, 4, 5, 0, 1, 2]
    assert sorted(found, key=lambda n: found[n].disputed) == [3, 4, 5, 0, 1, 2, 6, 7]
    assert sorted(row.disputed for row in found.values()) == list(range(1, QUESTIONS + 1))


def test_baselines_do_not_count() -> None:
    run = published(3, "Three")
    published(0, "Guess", is_baseline=True)
    assert {row.answered for row in by_question().values()} == {1}
    model = run.submission.variant.model
    model.is_baseline = True
    model.save()
    assert not ItemStatistics.objects.exists()
    model.is_baseline = False
    model.save()
    assert by_question()[0].right_runs == [run.pk]


def test_only_published_runs_count_and_a_withdrawn_one_no_longer() -> None:
    make_graded_run(right)
    assert not ItemStatistics.objects.exists()
    run = published(3, "Three")
    assert by_question()[0].right == 1
    reopen(run, make_reviewer(), "made by a test")
    assert not ItemStatistics.objects.exists()


def test_runs_without_pictures_do_not_count() -> None:
    submission = make_submission(blind="none")
    sighted, blind = submission.runs.select_related("submission", "benchmark").order_by("id")
    start(sighted)
    for run, known in ((sighted, 6), (blind, 2)):
        approve(
            ingest(run, **deliver(run, knows_first(known)).arguments()),
            make_reviewer(),
            "made by a test",
        )
    assert by_question()[5].right_runs == [sighted.pk]
    assert by_question()[5].wrong_runs == []


def test_of_one_variant_the_newest_run_counts() -> None:
    published(2, "Same")
    newest = published(5, "Same")
    assert {tuple(row.right_runs + row.wrong_runs) for row in by_question().values()} == {
        (newest.pk,)
    }


def test_grading_again_changes_them(monkeypatch: pytest.MonkeyPatch) -> None:
    run = published(3, "Three")
    assert by_question()[0].right == 1
    # A grader that takes no A: every question has a rotation in which A is right.
    change_grader(monkeypatch)
    regrade(run, None, allow_same_protocol=True)
    assert {row.right for row in by_question().values()} == {0}
    assert "stricter" in by_question()[0].hows


def test_the_command_computes_what_is_missing() -> None:
    published(3, "Three")
    before = list(ItemStatistics.objects.order_by("item").values())
    ItemStatistics.objects.all().delete()
    call_command("refresh_item_statistics", stdout=io.StringIO())
    assert list(ItemStatistics.objects.order_by("item").values()) == before
