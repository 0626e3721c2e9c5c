"""Scores on a run's page, as each kind of benchmark needs them; and runs that are no ordinary ones."""

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
from tests.factories import (
    deliver,
    make_published_run,
    make_reviewer,
    make_submission,
    make_user,
    start,
)
from tests.hallusion_set import BENCHMARK as HALLUSION
from tests.hallusion_set import hallusion_set, knows_sets
from tests.small_set import Answer, knows_first
from tests.web.conftest import Read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("benchmarks")]

QUERIES = 8
"""The run, its events, the other runs and their headlines' scores, whether another precision is published, scores,
dimensions, checks."""


def page(run: Run) -> str:
    return reverse("runs:detail", args=[run.public_id])


def published(runs: list[Run], *answers: Answer, **delivery: Any) -> list[Run]:
    """Grade and publish the runs of a submission with these answers."""
    start(runs[0])
    reviewer = make_reviewer()
    graded = [
        ingest(run, **deliver(run, answer, **delivery).arguments())
        for run, answer in zip(runs, answers, strict=True)
    ]
    for run in graded:
        approve(run, reviewer, "made by a test")
        run.refresh_from_db()
    return graded


def runs_of(**fields: Any) -> list[Run]:
    submission = make_submission(**fields)
    return list(submission.runs.select_related("submission", "benchmark").order_by("id"))


def hallusion_run() -> Run:
    runs = runs_of(benchmarks=[HALLUSION])
    return published(runs, knows_sets(1), data=hallusion_set())[0]


def tiles(html: str) -> dict[str, str]:
    """Return the value of each tile of the whole set by its title."""
    block = html.partition('aria-label="Scores of the whole set"')[2].partition("</section>")[0]
    return dict(re.findall(r"<b>([^<]+)</b>.*?tile-v\">([^<]+)<", block))


def test_hallusionbench_has_its_accuracies_as_tiles(read: Read) -> None:
    shown = tiles(read(page(hallusion_run())))
    assert list(shown) == ["Overall", "aAcc", "qAcc", "fAcc", "Pct. Diff", "FP ratio"]
    # One set of three is known; of the others every question is answered yes, which is right of half of them.
    assert shown["aAcc"] == "66.7"
    assert shown["Pct. Diff"] == "+33.3"
    assert shown["FP ratio"] == "100.0"


def test_hallusionbench_shows_consistency_and_causes(read: Read) -> None:
    html = read(page(hallusion_run()))
    for text in ("Consistency", "Why answers fail", "Consistently wrong", "Visual illusion"):
        assert text in html
    assert html.count('class="stackbar"') > 5
    # Drawn, and therefore no columns of the table.
    assert ">Mixed<span" not in html


def test_the_subcategories_stand_under_their_categories(read: Read) -> None:
    html = unescape(read(page(hallusion_run())))
    body = html.partition("Scores by dimension")[2].partition("</table>")[0]
    rows = re.findall(r'<tr class="depth-(\d)[^"]*"><th[^>]*>([^<]+)<', body)
    assert rows[:3] == [("0", "Overall"), ("0", "Visual dependent"), ("1", "Illusion")]
    assert ("0", "Visual supplement") in rows


def test_rows_below_the_boards_axis_are_folded(read: Read) -> None:
    html = read(page(make_published_run(knows_first(6))))
    body = html.partition("Scores by dimension")[2].partition("</table>")[0]
    assert 'aria-label="Show 2 rows below Coarse perception"' in body
    assert body.count(" folded") == 8


def test_every_run_shows_its_rates(read: Read) -> None:
    run = make_published_run(lambda item: "Hm." if item.position == 0 else knows_first(8)(item))
    block = read(page(run)).partition("Rates of the whole set")[2].partition("</table>")[0]
    for title in ("Unparsed", "Failed requests", "Truncated", "Refused"):
        assert title in block
    assert "1 / 32" in block


def test_the_run_with_pictures_shows_what_they_are_worth(read: Read) -> None:
    sighted, blind = published(runs_of(blind="none"), knows_first(6), knows_first(2))
    shown = tiles(read(page(sighted)))
    assert (shown["Without image"], shown["Visual gain"]) == ("25.0", "+50.0")
    assert "Visual gain" not in tiles(read(page(blind)))


def test_a_run_without_pictures_is_marked_wherever_it_is_listed(read: Read) -> None:
    sighted, blind = published(runs_of(blind="grey"), knows_first(6), knows_first(2))
    mark = '<span class="chip chip--line">without image: grey</span>'
    assert mark in read(page(blind)).partition('class="asof"')[2].partition("</p>")[0]
    assert mark not in read(page(sighted)).partition('class="asof"')[2].partition("</p>")[0]
    assert mark in read(page(sighted)).partition("Other runs of this submission")[2]
    assert read(reverse("runs:list")).count(mark) == 1


def test_the_board_shows_the_gain_in_the_row_of_its_variant(read: Read) -> None:
    published(runs_of(blind="none"), knows_first(6), knows_first(2))
    html = read("/boards/mmbench_en_dev/")
    assert html.count('class="model-name"') == 1
    for text in ("Pictures left out", "Without image", "Visual gain", ">+50.0<", ">25.0<"):
        assert text in html


def test_a_frugal_run_says_so(read: Read) -> None:
    user = make_user()
    (run,) = published(runs_of(user=user, frugal=True), knows_first(6))
    html = read(page(run))
    assert '<span class="chip chip--line">frugal</span>' in html
    assert "0 of 32 requests saved (0.0 %)" in html


def test_other_runs_of_the_submission_show_their_scores(read: Read) -> None:
    sighted, blind = published(runs_of(blind="none"), knows_first(6), knows_first(2))
    for run, other in ((sighted, "25.0"), (blind, "75.0")):
        table = (
            read(page(run)).partition("Other runs of this submission")[2].partition("</table>")[0]
        )
        assert f'<td class="num">{other}<' in table


def test_scores_of_any_kind_cost_the_same_number_of_queries(
    client: Client, django_assert_num_queries: Any
) -> None:
    sighted, _ = published(runs_of(blind="none"), knows_first(6), knows_first(2))
    diagnosed, _ = published(
        runs_of(benchmarks=[HALLUSION], blind="none"),
        knows_sets(1),
        knows_sets(1),
        data=hallusion_set(),
    )
    for run in (diagnosed, sighted):
        with django_assert_num_queries(QUERIES):
            client.get(page(run))


def test_chinese_readers_get_chinese_metrics(client: Client) -> None:
    headers = {"Accept-Language": "zh-CN"}
    html = client.get(page(hallusion_run()), headers=headers).content.decode()
    for english in ("Why answers fail", "Consistency", "Rates of the whole set", "Visual illusion"):
        assert english not in html
