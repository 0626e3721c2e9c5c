"""The samples of a run that were cut off, declined or decided by a judge, whatever their verdict."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from evaluator.metrics.shares import OVERALL
from evaluator.records import Response
from leaderboard.results.corrections import correct
from leaderboard.results.flags import Flag, flag_numbers
from leaderboard.results.ingest import ingest
from leaderboard.results.models import Response as ResponseRow
from leaderboard.runs.models import Run
from leaderboard.runs.states import RunState
from tests.factories import deliver, make_graded_run, make_reviewer, make_run
from tests.results.judge_site import cryptic_on_first, judge, without_waiting
from tests.small_set import PASS, respond, right, small_set
from tests.web.conftest import Read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("benchmarks")]

DECLINES = "I'm sorry, I cannot see the image."
CUT_OFF, DECLINED, BOTH, FAILED = (2, 5, 30), (7, 9), 11, 13


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    without_waiting(monkeypatch)


@pytest.fixture
def run() -> Run:
    """Of 32 answers three are cut off, two decline, and one does both; a request failed on its way."""
    run = make_run(RunState.EVALUATING)
    responses = [_response(position) for position in range(len(small_set().items))]
    return ingest(run, **deliver(run, responses=responses).arguments())


def _response(position: int) -> Response:
    item = small_set().items[position]
    declines = position in (*DECLINED, BOTH)
    given = respond(item, DECLINES if declines else None if position == FAILED else right(item))
    cut_off = position in (*CUT_OFF, BOTH, FAILED)
    return replace(given, finish_reason="length") if cut_off else given


@pytest.fixture
def read_own(client: Client, run: Run, read: Read) -> Read:
    client.force_login(run.submission.submitter)
    return read


def listing(run: Run) -> str:
    return reverse("explorer:samples", args=[run.public_id])


def detail(run: Run, position: int) -> str:
    return reverse("explorer:sample", args=[run.public_id, small_set().items[position].key])


def positions(html: str) -> list[int]:
    found = re.findall(r'class="mono">([^<]+)</span></p>', html)
    places = {item.key: item.position for item in small_set().items}
    return [places[key] for key in found]


@pytest.mark.parametrize(
    ("flag", "expected"),
    [("truncated", sorted([*CUT_OFF, BOTH])), ("refused", sorted([*DECLINED, BOTH]))],
)
def test_a_flag_leaves_its_answers(
    run: Run, read_own: Read, flag: str, expected: list[int]
) -> None:
    assert positions(read_own(listing(run), part=True, flag=flag)) == expected


def test_a_flag_and_a_verdict_both_hold(run: Run, read_own: Read) -> None:
    assert positions(read_own(listing(run), flag="truncated", verdict="unparsed")) == [BOTH]
    assert positions(read_own(listing(run), flag="truncated", verdict="correct")) == list(CUT_OFF)
    assert "No sample matches" in read_own(listing(run), flag="judged")


def test_each_choice_says_how_many_it_leaves(run: Run, read_own: Read) -> None:
    html = read_own(listing(run), flag="refused")
    choices = re.findall(r'<option value="(\w+)"( selected)?>(\w+) \((\d+)\)</option>', html)
    assert choices == [
        ("truncated", "", "Truncated", "4"),
        ("refused", " selected", "Refused", "3"),
        ("judged", "", "Judged", "0"),
    ]


def test_the_numbers_are_those_of_the_answers_also_after_a_correction(run: Run) -> None:
    correct(run, (*OVERALL, "refused"), 0.5, author=make_reviewer(), reason="made by a test")
    answers = ResponseRow.objects.of_run(run)
    assert flag_numbers(run) == {flag: answers.filter(flag.condition).count() for flag in Flag}


def test_a_run_graded_before_there_were_rates_filters_without_numbers(
    run: Run, read_own: Read
) -> None:
    run.scores.filter(metric="refused").delete()
    html = read_own(listing(run), flag="refused")
    assert '<option value="refused" selected>Refused</option>' in html
    assert len(positions(html)) == 3


def test_answers_that_a_judge_decided_are_found(
    settings: Settings, client: Client, read: Read
) -> None:
    with judge(settings):
        run = make_graded_run(cryptic_on_first)
    client.force_login(run.submission.submitter)
    decided = [item.position for item in small_set().items if item.fields["index"] % PASS == 0]
    assert positions(read(listing(run), flag="judged")) == decided
    assert flag_numbers(run)["judged"] == len(decided)


def test_what_a_judge_failed_on_was_not_decided(
    settings: Settings, client: Client, read: Read
) -> None:
    with judge(settings, answer=lambda _prompt: "Hard to say, really."):
        run = make_graded_run(cryptic_on_first)
    client.force_login(run.submission.submitter)
    assert "No sample matches" in read(listing(run), flag="judged")


def test_neighbours_and_the_way_back_keep_the_flag(run: Run, read_own: Read) -> None:
    html = read_own(detail(run, 5), flag="truncated")
    assert f'rel="prev" href="{detail(run, 2)}?flag=truncated"' in html
    assert f'rel="next" href="{detail(run, BOTH)}?flag=truncated"' in html
    assert f'href="{listing(run)}?flag=truncated"' in html


def test_a_flag_that_does_not_exist_is_dropped(run: Run, read_own: Read) -> None:
    assert len(positions(read_own(listing(run), flag="sideways"))) == 32
