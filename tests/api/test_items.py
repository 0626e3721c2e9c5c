"""GET /benchmarks/{slug}/items, their facets, and one question with every answer."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from leaderboard.results.ingest import ingest
from leaderboard.review.services import approve
from leaderboard.runs.models import Run
from leaderboard.runs.states import RunState
from tests.api.conftest import Api, assert_problem
from tests.factories import (
    deliver,
    make_graded_run,
    make_published_run,
    make_reviewer,
    make_run,
    make_user,
)
from tests.hallusion_set import BENCHMARK as HALLUSION
from tests.hallusion_set import hallusion_set, knows_sets
from tests.small_set import BENCHMARK, knows_first, right

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("benchmarks")]

ITEMS = f"benchmarks/{BENCHMARK}/items"


@pytest.fixture
def runs() -> list[Run]:
    """Two models that agree on the first two questions and on the last four."""
    return [
        make_published_run(knows_first(2), model_name="Small VLM"),
        make_published_run(knows_first(4), model_name="Big VLM"),
    ]


def rows(api: Api, **query: Any) -> list[Any]:
    answer = api.get(ITEMS, {"page_size": 100, **query})
    assert answer.status_code == 200, answer.content
    found: list[Any] = answer.json()["results"]
    return found


def keys(api: Api, **query: Any) -> list[str]:
    return [row["item"]["key"] for row in rows(api, **query)]


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"sort": "hardest"},
        {"sort": "position", "level": "0"},
        {"differ": "1"},
        {"verdict": "incorrect"},
        {"dimension": "L2:coarse_perception"},
        {"q": "Question 1"},
        {"how": "letter"},
    ],
)
def test_a_filter_leaves_what_it_leaves_on_the_page(
    anonymous: Api, client: Client, runs: list[Run], query: dict[str, str]
) -> None:
    page = client.get(reverse("explorer:items"), {"benchmark": BENCHMARK, **query})
    on_page = [item.key for item in page.context["items"]]
    assert on_page
    assert keys(anonymous, **query) == on_page


def test_questions_are_filtered_by_who_is_right_and_wrong(anonymous: Api, runs: list[Run]) -> None:
    small, big = (str(run.public_id) for run in runs)
    assert keys(anonymous, right=big, wrong=small, sort="position") == keys(
        anonymous, differ="1", sort="position"
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("level", "9"),
        ("verdict", "perhaps"),
        ("sort", "colour"),
        ("dimension", "L2:colour"),
        ("right", "not-an-id"),
        ("wrong", "0f6b1c9e-3d5a-4a8e-9c57-2b7d8e1f4a10"),
    ],
)
def test_a_value_that_there_is_not_is_named(
    anonymous: Api, runs: list[Run], name: str, value: str
) -> None:
    for path in (ITEMS, f"benchmarks/{BENCHMARK}/item-facets"):
        problem = assert_problem(anonymous.get(path, {name: value}), 400, "validation")
        assert [error["field"] for error in problem["errors"]] == [name]


@pytest.mark.parametrize("sort", ["disputed", "hardest", "position"])
def test_pages_follow_the_order_that_is_asked_for(
    anonymous: Api, runs: list[Run], sort: str
) -> None:
    whole = keys(anonymous, sort=sort)
    page = anonymous.get(ITEMS, {"sort": sort, "page_size": 3}).json()
    found = [row["item"]["key"] for row in page["results"]]
    while page["next"]:
        page = anonymous.client.get(page["next"]).json()
        found += [row["item"]["key"] for row in page["results"]]
    assert found == whole


def test_a_page_costs_the_same_whatever_its_size(
    anonymous: Api, runs: list[Run], django_assert_max_num_queries: Any
) -> None:
    for size in (1, 8):
        with django_assert_max_num_queries(5):
            anonymous.get(ITEMS, {"page_size": size})


def test_facets_count_what_each_value_would_leave(anonymous: Api, runs: list[Run]) -> None:
    answer = anonymous.get(f"benchmarks/{BENCHMARK}/item-facets", {"verdict": "incorrect"}).json()
    assert answer["number"] == len(keys(anonymous, verdict="incorrect"))
    for level, number in answer["level"].items():
        assert number == len(keys(anonymous, verdict="incorrect", level=level))
    assert answer["verdict"]["correct"] == len(keys(anonymous, verdict="correct"))


def test_a_question_shows_every_published_models_answer(anonymous: Api, runs: list[Run]) -> None:
    make_graded_run(right, model_name="Unseen Okapi")
    answer = anonymous.get(f"{ITEMS}/2").json()
    assert answer["item"]["options"].keys() == {"A", "B", "C", "D"}
    told = {one["model"]["name"]: one["response"]["verdict"] for one in answer["answers"]}
    assert told == {"Small VLM": "incorrect", "Big VLM": "correct"}
    assert all(len(one["passes"]) == len(answer["passes"]) > 1 for one in answer["answers"])
    picture = answer["item"]["pictures"][0]
    shown = anonymous.client.get(picture["url"])
    assert (shown.status_code, shown["Content-Type"]) == (200, "image/webp")


def test_a_key_with_slashes_is_found_as_it_is(anonymous: Api) -> None:
    run = make_run(RunState.EVALUATING, make_user(), benchmarks=[HALLUSION])
    graded = ingest(run, **deliver(run, knows_sets(2), data=hallusion_set()).arguments())
    approve(graded, make_reviewer(), "made by a test")
    key = hallusion_set().items[0].key
    answer = anonymous.get(f"benchmarks/{HALLUSION}/items/{key}")
    assert answer.json()["item"]["key"] == key


def test_what_is_not_published_has_no_questions_to_read(anonymous: Api) -> None:
    user = make_user()
    make_graded_run(user=user)
    for api in (anonymous, Api(user)):
        assert_problem(api.get(f"{ITEMS}/0"), 404, "not-found")
        assert_problem(api.get(ITEMS), 404, "not-found")
    assert_problem(anonymous.get("benchmarks/nothing/items"), 404, "not-found")
