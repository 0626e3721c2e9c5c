"""The pair viewer: the same question on an original figure and on its edited one."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from leaderboard.results.ingest import ingest
from leaderboard.review.services import approve
from leaderboard.runs.models import Run
from leaderboard.runs.states import RunState
from tests.factories import deliver, make_published_run, make_reviewer, make_run, make_user
from tests.hallusion_set import BENCHMARK, hallusion_set, knows_sets
from tests.web.conftest import Read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("benchmarks")]

QUERIES = 5
"""The run, its pairs, the responses of one, their pictures, dimensions."""


@pytest.fixture
def run() -> Run:
    """Knows the first set of each subcategory, and says yes to all the rest."""
    run = make_run(RunState.EVALUATING, benchmarks=[BENCHMARK])
    return ingest(run, **deliver(run, knows_sets(1), data=hallusion_set()).arguments())


@pytest.fixture
def published(run: Run) -> Run:
    approve(run, make_reviewer(), "made by a test")
    run.refresh_from_db()
    return run


def index(run: Run) -> str:
    return reverse("explorer:pairs", args=[run.public_id])


def pair(run: Run, key: str) -> str:
    return reverse("explorer:pair", args=[run.public_id, key])


def test_the_viewer_opens_at_the_first_pair_of_the_filter(client: Client, published: Run) -> None:
    response = client.get(index(published), {"outcome": "inconsistent", "dimension": "VD/math"})
    wanted = pair(published, "VD_math_1_q0")
    assert response.headers["Location"] == f"{wanted}?outcome=inconsistent&dimension=VD%2Fmath"


def test_original_and_edited_figure_stand_beside_each_other(published: Run, read: Read) -> None:
    html = unescape(read(pair(published, "VD_math_1_q1")))
    assert html.index("Original figure</h3>") < html.index("Edited figure</h3>")
    truths = re.findall(r"Right answer: (\w+)</span>", html)
    assert truths == ["yes", "no"]
    assert re.findall(r'<blockquote class="answer" data-ok="(.)">', html) == ["1", "0"]
    assert "Inconsistent</b>" in html
    assert html.count('class="pic"') == 2


def test_a_figure_that_is_no_picture_says_so(published: Run, read: Read) -> None:
    html = read(pair(published, "VS_chart_1_q0"))
    assert "No picture: the question is to be answered from what is known." in html
    assert html.count('class="pic"') == 1


def test_the_other_question_on_the_figures_is_a_link(published: Run, read: Read) -> None:
    html = read(pair(published, "VD_math_1_q1"), outcome="inconsistent")
    table = html.partition("<tbody>")[2].partition("</tbody>")[0]
    assert f'href="{pair(published, "VD_math_1_q0")}?outcome=inconsistent"' in table
    assert table.count('class="verdict"') == 4


def test_next_and_previous_stay_within_the_filter(published: Run, read: Read) -> None:
    html = unescape(read(pair(published, "VD_math_1_q0"), outcome="inconsistent"))
    following, previous = pair(published, "VD_math_1_q1"), pair(published, "VD_illusion_2_q1")
    assert f'rel="next" href="{following}?outcome=inconsistent"' in html
    assert f'rel="prev" href="{previous}?outcome=inconsistent"' in html
    assert "5 of 36" in html


def test_choices_say_how_many_pairs_they_leave(published: Run, read: Read) -> None:
    html = read(pair(published, "VD_math_1_q0"))
    numbers = dict(re.findall(r'<span>([^<]+)</span><span class="n num">([^<]+)<', html))
    assert (numbers["Inconsistent"], numbers["All right"], numbers["Math"]) == ("36", "18", "6")


def test_a_filter_that_matches_nothing_offers_the_way_back(published: Run, read: Read) -> None:
    html = read(index(published), outcome="wrong")
    assert "No pair matches" in html
    assert f'href="{index(published)}">Show all' in html


def test_pairs_are_as_private_as_their_run(client: Client, run: Run) -> None:
    for user in (make_user(), None):
        if user:
            client.force_login(user)
        assert client.get(index(run)).status_code == 404
        assert client.get(pair(run, "VD_math_1_q0")).status_code == 404


def test_a_run_without_pairs_and_a_pair_that_is_not_there_are_not_found(
    client: Client, published: Run
) -> None:
    assert client.get(index(make_published_run())).status_code == 404
    assert client.get(pair(published, "VD_math_9_q9")).status_code == 404


def test_a_pair_costs_a_fixed_number_of_queries(
    client: Client, published: Run, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(QUERIES):
        client.get(pair(published, "VD_math_1_q0"))


def test_a_run_page_leads_to_its_pairs(published: Run, read: Read) -> None:
    html = read(reverse("runs:detail", args=[published.public_id]))
    assert f'href="{index(published)}"' in html
    assert f'href="{reverse("boards:hallucination")}?model={published.public_id}"' in html
