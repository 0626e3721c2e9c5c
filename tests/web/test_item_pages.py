"""The explorer across runs: questions by what all published models made of them."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from evaluator.records import Item
from leaderboard.explorer import item_views
from leaderboard.results.ingest import ingest
from leaderboard.review.services import approve
from leaderboard.runs.models import Run
from leaderboard.runs.states import RunState
from tests.factories import (
    deliver,
    make_graded_run,
    make_published_run,
    make_reviewer,
    make_run,
)
from tests.hallusion_set import BENCHMARK as HALLUSION
from tests.hallusion_set import hallusion_set, knows_sets
from tests.small_set import BENCHMARK, PASS, knows_first, right
from tests.web.conftest import Read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("benchmarks")]

LIST_QUERIES = 11
"""Data sets with their numbers (2), runs, dimensions, the page with its pictures (2), how many match, four facets."""
ITEM_QUERIES = 13
"""Data set, runs, question with its picture (2), its rotations, statistics, the models' lines and marks (2), the
answer in full, dimensions, place and neighbours (3)."""

LIST = "/samples/"


@pytest.fixture
def good() -> Run:
    return make_published_run(knows_first(6), model_name="Kestrel", served_name="kestrel")


@pytest.fixture
def poor() -> Run:
    def answer(item: Item) -> str:
        return "Hm." if item.fields["index"] == 7 else knows_first(2)(item)

    return make_published_run(answer, model_name="Ibis", served_name="ibis", precision="fp8")


def detail(key: int | str, slug: str = BENCHMARK) -> str:
    return reverse("explorer:item", args=[slug, str(key)])


def keys(html: str) -> list[str]:
    return re.findall(r'data-item href="/samples/[^/]+/([^/]+)/', html)


def numbers(html: str) -> dict[str, str]:
    found = re.findall(r'<span>([^<]+)</span><span class="n num">([^<]+)<', html)
    return {unescape(title): number for title, number in found}


def test_the_most_disputed_questions_come_first(good: Run, poor: Run, read: Read) -> None:
    assert keys(read(LIST)) == ["2", "3", "4", "5", "0", "1", "6", "7"]
    assert keys(read(LIST, sort="hardest")) == ["6", "7", "2", "3", "4", "5", "0", "1"]
    assert keys(read(LIST, sort="position")) == [str(n) for n in range(8)]
    assert keys(read(LIST, sort="sideways")) == keys(read(LIST))


@pytest.mark.parametrize(
    ("parameters", "found"),
    [
        ({"level": "0"}, ["6", "7"]),
        ({"level": "4"}, ["0", "1"]),
        ({"differ": "1"}, ["2", "3", "4", "5"]),
        ({"verdict": "unparsed"}, ["7"]),
        ({"how": "open"}, ["7"]),
        ({"dimension": "L2:logic_reasoning"}, ["5"]),
        ({"q": "question 3"}, ["3"]),
        ({"q": "nowhere"}, []),
        ({"level": "0", "verdict": "unparsed"}, ["7"]),
    ],
)
def test_filters(
    good: Run, poor: Run, read: Read, parameters: dict[str, str], found: list[str]
) -> None:
    assert keys(read(LIST, part=True, sort="position", **parameters)) == found


def test_questions_that_one_model_knows_and_another_does_not(
    good: Run, poor: Run, read: Read
) -> None:
    html = read(LIST, right=str(good.public_id), wrong=str(poor.public_id), sort="position")
    assert keys(html) == ["2", "3", "4", "5"]
    assert keys(read(LIST, right=str(poor.public_id), wrong=str(good.public_id))) == []


def test_what_does_not_exist_does_not_filter(good: Run, read: Read) -> None:
    odd = {"level": "9", "verdict": "x", "right": "x", "dimension": "L9:none", "q": "\x00"}
    assert len(keys(read(LIST, **odd))) == 8


def test_facets_say_how_many_questions_they_would_leave(good: Run, poor: Run, read: Read) -> None:
    found = numbers(read(LIST))
    assert (found["None right"], found["About half right"], found["All right"]) == ("2", "4", "2")
    assert found["Models disagree"] == "4"
    assert found["Coarse perception"] == "2"
    assert found["Unparsed"] == "1"
    narrowed = numbers(read(LIST, level="0"))
    assert (narrowed["None right"], narrowed["All right"]) == ("2", "2")
    assert "Coarse perception" in narrowed
    assert narrowed["Coarse perception"] == "1"


def test_a_taken_choice_can_be_given_back(good: Run, poor: Run, read: Read) -> None:
    html = unescape(read(LIST, level="0", sort="hardest"))
    assert 'href="/samples/?sort=hardest" aria-current="true"' in html
    assert 'href="/samples/?level=4&sort=hardest"' in html or (
        'href="/samples/?sort=hardest&level=4"' in html
    )


def test_pages_follow_each_other_within_a_filter_and_an_order(
    good: Run, poor: Run, read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(item_views, "PAGE_SIZE", 3)
    first = read(LIST, sort="hardest")
    url = unescape(re.search(r'rel="next" href="([^"]+)"', first)[1])  # type: ignore[index]
    second = read(LIST + url)
    assert keys(first) + keys(second) == ["6", "7", "2", "3", "4", "5"]
    back = unescape(re.search(r'rel="prev" href="([^"]+)"', second)[1])  # type: ignore[index]
    assert keys(read(LIST + back)) == keys(first)


def test_each_benchmark_has_its_own_questions(good: Run, read: Read) -> None:
    run = make_run(RunState.EVALUATING, benchmarks=[HALLUSION])
    delivery = deliver(run, knows_sets(1), data=hallusion_set())
    approve(ingest(run, **delivery.arguments()), make_reviewer(), "made by a test")
    html = read(LIST, benchmark=HALLUSION, sort="position")
    assert keys(html)[:2] == ["VD_illusion_0_0_0", "VD_illusion_0_0_1"]
    assert numbers(html)["HallusionBench"] == "108"


def test_without_a_published_run_there_is_nothing_to_explore(client: Client, read: Read) -> None:
    make_graded_run(right)
    assert "No run is published yet" in read(LIST)
    assert client.get(detail(2)).status_code == 404
    assert client.get(LIST, {"benchmark": BENCHMARK}).status_code == 404


def test_every_models_answer_stands_beside_the_others(good: Run, poor: Run, read: Read) -> None:
    html = read(detail(3))
    table = html.partition('class="tablewrap answers"')[2].partition("</table>")[0]
    assert re.findall(r'<a href="[^"]+"[^>]*>(\w+)</a>', table) == ["Ibis", "Kestrel"]
    assert re.findall(r'class="verdict" data-ok="(.)"', table) == ["0", "1"]
    assert 'aria-label="0 of 4 rotations right"' in table
    assert 'aria-label="4 of 4 rotations right"' in table


def test_one_answer_is_shown_in_full(good: Run, poor: Run, read: Read) -> None:
    html = read(detail(3), run=str(good.public_id))
    assert '<section class="stack" aria-label="Kestrel BF16" id="answer">' in html
    grid = html[html.index('<table class="circ">') :]
    assert grid.count('class="gold hit"') == 4
    assert f'href="{detail(3 + PASS)}?run={good.public_id}"' in grid
    assert "the whole answer is one letter" in html
    assert f'href="{reverse("explorer:sample", args=[good.public_id, "3"])}"' in html


def test_a_rotation_has_the_place_of_its_question(good: Run, poor: Run, read: Read) -> None:
    assert "1 of 8" in read(detail(2))
    assert "1 of 8" in read(detail(2 + PASS))


def test_neighbours_stay_within_the_filter_and_the_order(good: Run, poor: Run, read: Read) -> None:
    html = unescape(read(detail(3), differ="1", sort="hardest"))
    assert f'rel="prev" href="{detail(2)}?differ=1&sort=hardest"' in html
    assert f'rel="next" href="{detail(4)}?differ=1&sort=hardest"' in html
    assert "2 of 4" in html
    assert f'href="{LIST}?differ=1&sort=hardest&benchmark={BENCHMARK}"' in html
    outside = unescape(read(detail(0), differ="1", sort="position"))
    assert "not in this filter" in outside
    assert f'rel="next" href="{detail(2)}?' in outside


def test_answers_that_are_not_published_stay_out(good: Run, read: Read) -> None:
    hidden = make_graded_run(lambda _: "the hidden answer", model_name="Secret")
    for html in (read(LIST), read(detail(2)), read(detail(2), run=str(hidden.public_id))):
        assert "Secret" not in html
        assert "the hidden answer" not in html


def test_what_an_endpoint_said_is_not_shown_to_everybody(read: Read, settings: Any) -> None:
    settings.MAX_ERRORED_SHARE = 0.2
    make_published_run(lambda item: None if item.fields["index"] == 1 else right(item))
    html = read(detail(1))
    assert "endpoint_error" in html
    assert "HTTP 500" not in html


def test_what_a_model_wrote_is_escaped(read: Read) -> None:
    make_published_run(lambda _: "<i>no idea</i>")
    html = read(detail(2))
    assert "<i>no idea</i>" not in html
    assert html.count("&lt;i&gt;no idea&lt;/i&gt;") == 2


def test_a_question_that_is_not_there_is_not_found(client: Client, good: Run) -> None:
    for url in (detail(99), detail("a/b"), detail(2, "other"), detail("\x00")):
        assert client.get(url).status_code == 404, url
    assert client.get(LIST, {"benchmark": "other"}).status_code == 404


def test_pages_cost_a_fixed_number_of_queries(
    client: Client, good: Run, poor: Run, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(LIST_QUERIES):
        client.get(LIST)
    with django_assert_num_queries(ITEM_QUERIES):
        client.get(detail(3))


def test_a_sample_of_a_run_leads_to_all_models(good: Run, read: Read) -> None:
    html = read(reverse("explorer:sample", args=[good.public_id, "3"]))
    assert f'href="{detail(3)}?run={good.public_id}"' in html


def test_words_are_found_in_options_too(read: Read, good: Run) -> None:
    question = good.dataset.items.get(key="3")  # type: ignore[union-attr]
    question.fields = {**question.fields, "C": "a purple zeppelin"}
    question.save(update_fields=["fields"])
    assert keys(read(LIST, q="Zeppelin")) == ["3"]
    assert keys(read(LIST, q="no such word")) == []
