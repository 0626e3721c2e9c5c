"""Boards by version, and what has not changed."""

from __future__ import annotations

from typing import Any

import pytest

from leaderboard.boards.models import BoardVersion
from leaderboard.catalog.models import VlmModel
from tests.api.conftest import Api, assert_problem
from tests.factories import make_published_run, make_run
from tests.small_set import BENCHMARK, knows_first

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("benchmarks")]

BOARD = f"boards/{BENCHMARK}"


def names(board: Any) -> list[str]:
    return [row["model"]["name"] for row in board["rows"]]


def test_every_version_can_be_read_again(anonymous: Api) -> None:
    make_published_run(knows_first(2), model_name="First")
    make_published_run(knows_first(4), model_name="Second")
    listed = anonymous.get(f"{BOARD}/versions").json()["results"]
    assert [version["number"] for version in listed] == [2, 1]
    told = [names(anonymous.client.get(version["url"]).json()) for version in listed]
    assert told == [["Second", "First"], ["First"]]
    assert names(anonymous.get(BOARD).json()) == ["Second", "First"]


def test_a_version_is_downloaded_too(anonymous: Api) -> None:
    make_published_run(knows_first(2), model_name="First")
    old = BoardVersion.objects.get()
    make_published_run(knows_first(4), model_name="Second")
    answer = anonymous.get(f"{BOARD}.csv", {"version": old.pk})
    lines = b"".join(answer.streaming_content).decode().splitlines()
    assert answer.streaming
    assert len(lines) == 2
    assert "First" in lines[1]


def test_versions_come_in_pages(anonymous: Api) -> None:
    for number in range(3):
        make_published_run(knows_first(number), model_name=f"Model {number}")
    page = anonymous.get(f"{BOARD}/versions", {"page_size": 2}).json()
    assert [version["number"] for version in page["results"]] == [3, 2]
    page = anonymous.client.get(page["next"]).json()
    assert [version["number"] for version in page["results"]] == [1]


@pytest.mark.parametrize("wanted", ["999999", str(2**63 - 1)])
def test_a_version_that_there_is_not_is_not_found(anonymous: Api, wanted: str) -> None:
    make_published_run()
    for path in (BOARD, f"{BOARD}.csv"):
        assert_problem(anonymous.get(path, {"version": wanted}), 404, "not-found")


def test_a_version_of_another_board_is_not_found(anonymous: Api) -> None:
    make_published_run()
    version = BoardVersion.objects.get().pk
    answer = anonymous.get("boards/mmbench_cn_dev", {"version": version})
    assert_problem(answer, 404, "not-found")


@pytest.mark.parametrize("wanted", ["0", "-1", "new", str(2**63), "1.5"])
def test_what_is_no_version_is_named(anonymous: Api, wanted: str) -> None:
    make_published_run()
    problem = assert_problem(anonymous.get(BOARD, {"version": wanted}), 400, "validation")
    assert [error["field"] for error in problem["errors"]] == ["version"]


def test_the_boards_are_listed_with_their_newest_version(anonymous: Api) -> None:
    assert anonymous.get("boards").json() == []
    make_published_run(knows_first(2), model_name="First")
    make_published_run(knows_first(4), model_name="Second")
    make_run(benchmarks=["hallusion_bench"])
    (listed,) = anonymous.get("boards").json()
    assert (listed["benchmark"], listed["number"]) == (BENCHMARK, 2)


def test_what_has_not_changed_is_304_until_it_has(anonymous: Api) -> None:
    make_published_run(model_name="First")
    version = BoardVersion.objects.get().pk
    first = anonymous.get(BOARD, {"version": version})
    tag = {"If-None-Match": first["ETag"]}
    again = anonymous.get(BOARD, {"version": version}, **tag)
    assert (again.status_code, again.content) == (304, b"")
    VlmModel.objects.update(name="Renamed")
    assert names(anonymous.get(BOARD, {"version": version}, **tag).json()) == ["Renamed"]


def test_a_benchmark_says_what_is_published_under_which_protocol(anonymous: Api) -> None:
    run = make_published_run()
    assert run.dataset is not None
    shown = anonymous.get(f"benchmarks/{BENCHMARK}").json()
    assert shown["slug"] == BENCHMARK
    (told,) = shown["protocols"]
    assert (told["protocol"], told["runs"]) == (run.protocol, 1)
    assert told["dataset"]["fingerprint"] == run.dataset.fingerprint
    assert_problem(anonymous.get("benchmarks/nothing"), 404, "not-found")
