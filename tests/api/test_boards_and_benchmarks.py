"""GET /benchmarks and /boards/{slug}."""

from __future__ import annotations

from typing import Any

import pytest

from leaderboard.catalog.models import Benchmark, VlmModel
from tests.api.conftest import Api, assert_problem
from tests.factories import make_published_run, make_run
from tests.small_set import BENCHMARK, knows_first

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("benchmarks")]


def benchmark_of(api: Api, **headers: str) -> Any:
    listed = api.get("benchmarks", **headers).json()
    return next(b for b in listed if b["slug"] == BENCHMARK)


def test_a_benchmark_says_how_it_is_graded(anonymous: Api) -> None:
    shown = benchmark_of(anonymous)
    stored = Benchmark.objects.get(slug=BENCHMARK)
    assert (shown["protocol"], shown["official_rows"]) == (stored.protocol, 4329)
    assert shown["headline"] == {"axis": "overall", "dimension": "overall", "metric": "circular"}
    assert shown["board_axis"] == "L2"
    assert shown["dataset"] is None


def test_a_benchmark_lists_its_dimensions_in_order(anonymous: Api) -> None:
    dimensions = benchmark_of(anonymous)["dimensions"]
    abilities = [(d["key"], d["parent"], d["short"]) for d in dimensions if d["axis"] == "L2"]
    assert abilities[0] == ("coarse_perception", "perception", "CP")
    assert len(abilities) == 6


def test_titles_speak_the_language_of_the_request(anonymous: Api) -> None:
    dimensions = benchmark_of(anonymous, Accept_Language="zh-hans")["dimensions"]
    assert next(d for d in dimensions if d["key"] == "perception")["title"] == "感知"


def test_a_benchmark_shows_its_current_data_set(anonymous: Api) -> None:
    run = make_published_run()
    assert run.dataset is not None
    shown = benchmark_of(anonymous)["dataset"]
    assert (shown["fingerprint"], shown["official_size"]) == (run.dataset.fingerprint, False)


def test_a_benchmark_out_of_use_is_not_listed(anonymous: Api) -> None:
    Benchmark.objects.filter(slug=BENCHMARK).update(active=False)
    assert BENCHMARK not in [b["slug"] for b in anonymous.get("benchmarks").json()]


def test_listing_benchmarks_costs_three_queries(
    anonymous: Api, django_assert_max_num_queries: Any
) -> None:
    assert Benchmark.objects.count() > 1
    with django_assert_max_num_queries(3):
        anonymous.get("benchmarks")


def test_a_board_shows_rows_with_cells_by_column(anonymous: Api) -> None:
    best = make_published_run(model_name="Best", organization="Acme")
    make_published_run(knows_first(3), model_name="Other")
    board = anonymous.get(f"boards/{BENCHMARK}").json()
    assert (board["benchmark"], board["number"]) == (BENCHMARK, 2)
    assert board["columns"][0] == {"axis": "overall", "dimension": "overall", "metric": "circular"}
    first, second = board["rows"]
    assert (first["rank"], first["run"]) == (1, str(best.public_id))
    assert (first["model"]["name"], first["model"]["organization"]) == ("Best", "Acme")
    assert first["value"] == first["cells"][0]["value"] == 1.0
    assert first["serving"] == {"ttft_ms_p50": 41.0, "ttft_ms_p95": 60.0, "tokens_per_s": 39.0}
    assert (second["rank"], second["rank_low"], second["rank_high"]) == (2, 1, 2)
    for row in board["rows"]:
        assert len(row["cells"]) == len(board["columns"])


def test_a_board_shows_no_endpoints_address(anonymous: Api) -> None:
    make_published_run(base_url="https://9.9.9.9/private/v1")
    assert "9.9.9.9" not in anonymous.get(f"boards/{BENCHMARK}").content.decode()


def test_an_unchanged_board_is_not_sent_again(anonymous: Api) -> None:
    make_published_run()
    path = f"boards/{BENCHMARK}"
    etag = anonymous.get(path)["ETag"]
    again = anonymous.get(path, If_None_Match=etag)
    assert (again.status_code, again.content) == (304, b"")


def test_a_new_version_or_a_renamed_model_changes_the_etag(anonymous: Api) -> None:
    path = f"boards/{BENCHMARK}"
    make_published_run(model_name="One")
    first = anonymous.get(path)["ETag"]
    make_published_run(model_name="Two")
    second = anonymous.get(path, If_None_Match=first)
    assert second.status_code == 200
    VlmModel.objects.filter(name="One").update(name="Uno")
    assert anonymous.get(path, If_None_Match=second["ETag"]).status_code == 200


def test_a_benchmark_without_published_runs_has_no_board(anonymous: Api) -> None:
    make_run()
    problem = assert_problem(anonymous.get(f"boards/{BENCHMARK}"), 404, "not-found")
    assert "published" in problem["detail"]


def test_an_unknown_benchmark_has_no_board(anonymous: Api) -> None:
    assert_problem(anonymous.get("boards/nope"), 404, "not-found")


def test_reading_a_board_costs_three_queries(
    anonymous: Api, django_assert_max_num_queries: Any
) -> None:
    for n in range(3):
        make_published_run(model_name=f"Model {n}")
    with django_assert_max_num_queries(3):
        anonymous.get(f"boards/{BENCHMARK}")
