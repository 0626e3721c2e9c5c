"""GET /runs/{id}/serving, and the responses' filters, which are those of the samples' page."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from evaluator.records import Item
from leaderboard.runs.models import Run
from tests.api.conftest import Api, assert_problem
from tests.board_scene import publish_checkpoint
from tests.factories import make_published_run
from tests.serving_facts import served
from tests.small_set import right

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("benchmarks")]

DIMENSION = "L2:coarse_perception"


def test_the_report_has_what_was_measured_at_every_level(anonymous: Api) -> None:
    (run,) = publish_checkpoint("Tiny VLM")
    told = served()
    answer = anonymous.get(f"runs/{run.public_id}/serving").json()
    assert answer["run"] == str(run.public_id)
    assert answer["traffic"]["ttft_ms_p95"] == told["serving"]["ttft_ms_p95"]
    probe = told["serving"]["probe"]
    assert answer["probe"]["levels"] == probe["levels"]
    assert answer["probe"]["targets"] == probe["targets"]
    assert answer["hardware"] == told["hardware"]


@pytest.mark.parametrize("probe", [None, "", "not what a worker writes"])
def test_without_a_probe_there_is_none(anonymous: Api, probe: str | None) -> None:
    run = make_published_run()
    run.manifest["serving"]["probe"] = probe
    run.save()
    answer = anonymous.get(f"runs/{run.public_id}/serving").json()
    assert answer["probe"] is None
    assert answer["traffic"] == {"ttft_ms_p50": 41.0, "ttft_ms_p95": 60.0, "tokens_per_s": 39.0}


def test_a_probe_that_failed_says_why(anonymous: Api) -> None:
    run = make_published_run()
    run.manifest["serving"]["probe"] = {"error": "TimeoutError"}
    run.save()
    answer = anonymous.get(f"runs/{run.public_id}/serving").json()
    assert (answer["probe"]["error"], answer["probe"]["levels"]) == ("TimeoutError", [])


def mixed(item: Item) -> str | None:
    if item.position % 6 == 0:
        return "I'm sorry, I cannot see the image."
    return right(item) if item.position % 2 else "Hm, blue perhaps."


@pytest.fixture
def run() -> Run:
    return make_published_run(mixed)


def keys(api: Api, run: Run, **query: Any) -> list[str]:
    answer = api.get(f"runs/{run.public_id}/responses", {"page_size": 500, **query})
    assert answer.status_code == 200, answer.content
    return [response["item"] for response in answer.json()["results"]]


@pytest.mark.parametrize(
    "query",
    [
        {"dimension": DIMENSION},
        {"q": "perhaps"},
        {"q": "Question 3"},
        {"flag": "refused"},
        {"flag": "refused", "verdict": "unparsed", "dimension": DIMENSION},
        {"dimension": DIMENSION, "verdict": "correct", "q": "question"},
    ],
)
def test_a_filter_leaves_what_it_leaves_on_the_page(
    anonymous: Api, client: Client, run: Run, query: dict[str, str]
) -> None:
    page = client.get(reverse("explorer:samples", args=[run.public_id]), query)
    on_page = [sample.key for sample in page.context["samples"]]
    assert on_page
    assert keys(anonymous, run, **query) == on_page
    assert len(on_page) < 32


def test_an_unknown_dimension_is_named_not_passed_over(anonymous: Api, run: Run) -> None:
    answer = anonymous.get(f"runs/{run.public_id}/responses", {"dimension": "L2:colour"})
    problem = assert_problem(answer, 400, "validation")
    assert [error["field"] for error in problem["errors"]] == ["dimension"]


def test_an_unknown_flag_is_named_not_passed_over(anonymous: Api, run: Run) -> None:
    answer = anonymous.get(f"runs/{run.public_id}/responses", {"flag": "sideways"})
    problem = assert_problem(answer, 400, "validation")
    assert [error["field"] for error in problem["errors"]] == ["flag"]


def test_text_that_the_database_refuses_is_the_senders_error(anonymous: Api, run: Run) -> None:
    answer = anonymous.get(f"runs/{run.public_id}/responses", {"q": "a\x00b"})
    assert_problem(answer, 400, "validation")
