"""From a check to all the answers that it counted, not only to its examples."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.test import Client

from evaluator.records import Response
from leaderboard.results.ingest import ingest
from leaderboard.results.models import Response as ResponseRow
from leaderboard.results.models import Verdict
from leaderboard.review.attaching import refresh_checks
from leaderboard.review.checks.facts import EXAMPLES
from leaderboard.review.models import Check
from leaderboard.review.wording import words_of
from leaderboard.runs.models import Run
from leaderboard.runs.states import RunState
from tests.factories import deliver, make_reviewer, make_run
from tests.small_set import respond, right, small_set

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("benchmarks")]

MANY = EXAMPLES + 2
"""More than a check names."""


@pytest.fixture
def run() -> Run:
    """A run in review with many answers cut off, and as many that decline."""
    run = make_run(RunState.EVALUATING)
    return ingest(run, **deliver(run, responses=_responses()).arguments())


def _responses() -> list[Response]:
    items = small_set().items
    cut_off = [replace(respond(item, right(item)), finish_reason="length") for item in items[:MANY]]
    declined = [respond(item, "I'm sorry, I cannot see the image.") for item in items[-MANY:]]
    return [*cut_off, *(respond(item, right(item)) for item in items[MANY:-MANY]), *declined]


@pytest.mark.parametrize("code", [Check.Code.TRUNCATED, Check.Code.REFUSED])
def test_the_first_link_leads_to_all_answers_that_the_check_counted(
    client: Client, run: Run, code: Check.Code
) -> None:
    client.force_login(make_reviewer())
    check = run.checks.get(code=code)
    first, *examples = words_of(check).links
    found = [sample.key for sample in client.get(first.url).context["samples"]]
    assert len(found) == check.data[code.value] == MANY
    assert found[:EXAMPLES] == check.data["samples"]
    assert [link.text for link in examples] == [f"sample {key}" for key in found[:EXAMPLES]]


def test_from_an_example_one_walks_on_to_answers_that_no_link_names(
    client: Client, run: Run
) -> None:
    client.force_login(make_reviewer())
    check = run.checks.get(code=Check.Code.TRUNCATED)
    last = words_of(check).links[-1]
    page = client.get(last.url)
    assert page.context["following"] == small_set().items[EXAMPLES].key
    assert page.context["previous"] == check.data["samples"][-2]


def test_a_refusal_that_is_right_is_not_among_those_that_the_check_counted(
    client: Client, run: Run
) -> None:
    honest = ResponseRow.objects.of_run(run).filter(how="refused").earliest("item__position")
    ResponseRow.objects.of_run(run).filter(item=honest.item_id).update(verdict=Verdict.CORRECT)
    refresh_checks(run)
    client.force_login(make_reviewer())
    check = run.checks.get(code=Check.Code.REFUSED)
    page = client.get(words_of(check).url)
    assert check.data["refused"] == len(page.context["samples"]) == MANY - 1
