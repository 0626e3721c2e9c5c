"""The boards as a visitor reads them."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from leaderboard.review.services import reopen
from tests.factories import make_published_run, make_reviewer
from tests.small_set import always_a, knows_first
from tests.web.conftest import Read

pytestmark = pytest.mark.django_db
BOARD = "/boards/mmbench_en_dev/"

QUERIES = 5
"""Benchmarks, which of them have a board, version with data set, rows with their variants, dimensions."""


@pytest.fixture
def three_models(benchmarks: None) -> None:
    make_published_run(knows_first(6), model_name="Kestrel-VL 8B", served_name="kestrel")
    make_published_run(knows_first(3), model_name="Ibis-VL 2B", served_name="ibis")
    make_published_run(
        always_a, model_name="Always A", served_name="a", precision="unknown", is_baseline=True
    )


def models(html: str) -> list[str]:
    return re.findall(r'class="model-name"><a [^>]+>([^<]+)<', html)


def test_without_benchmarks_the_page_says_what_to_do(db: None, read: Read) -> None:
    assert "sync_benchmarks" in read("/")


def test_without_published_runs_the_page_says_so(benchmarks: None, read: Read) -> None:
    assert "No run is published yet" in read("/")


def test_a_board_whose_runs_were_all_withdrawn_says_so(benchmarks: None, read: Read) -> None:
    reopen(make_published_run(), make_reviewer(), "to look again")
    for html in (read("/"), read(BOARD)):
        assert "No run is published yet" in html
        assert "Board version 2" in html
        assert "No configuration matches" not in html


@pytest.mark.usefixtures("three_models")
def test_the_first_page_is_the_board_that_has_rows(read: Read) -> None:
    assert models(read("/")) == models(read(BOARD)) == ["Kestrel-VL 8B", "Ibis-VL 2B", "Always A"]


@pytest.mark.usefixtures("three_models")
def test_a_baseline_is_shown_with_a_chip_and_not_ranked(read: Read) -> None:
    rows = read(BOARD).split("<tr")[-3:]
    assert ["baseline</span>" in row for row in rows] == [False, False, True]
    assert re.findall(r'class="rank"><b>([^<]+)<', "".join(rows)) == ["1", "2", "—"]


@pytest.mark.usefixtures("three_models")
def test_each_row_leads_to_its_run_and_its_samples(client: Client, read: Read) -> None:
    html = read(BOARD)
    links = re.findall(r'href="(/runs/[0-9a-f-]{36}/(?:samples/)?)"', html)
    assert len(links) == 6
    assert {client.get(link).status_code for link in links} == {200}


@pytest.mark.usefixtures("three_models")
def test_the_page_says_what_the_numbers_rest_on(read: Read) -> None:
    html = read(BOARD)
    for fact in ("Board version 3", "mmbench-circular-rules-1", "32 rows", "95 % intervals"):
        assert fact in html


@pytest.mark.usefixtures("three_models")
def test_a_set_that_is_not_the_official_one_is_marked(read: Read) -> None:
    html = read(BOARD)
    assert '<aside class="ribbon"' in html
    assert "Small test set." in html
    assert "32 of the official 4\u2009329 rows" in html


@pytest.mark.usefixtures("three_models")
def test_htmx_gets_only_the_table(read: Read) -> None:
    part = read(BOARD, part=True, q="kestrel", sort="model")
    assert models(part) == ["Kestrel-VL 8B"]
    assert 'name="sort" value="model"' in part


@pytest.mark.usefixtures("three_models")
def test_going_back_in_history_gets_the_whole_page(client: Client) -> None:
    headers = {"HX-Request": "true", "HX-History-Restore-Request": "true"}
    response = client.get(BOARD, headers=headers)
    assert response.content.startswith(b"<!doctype html>")
    assert "HX-Request" in response.headers["Vary"]


@pytest.mark.usefixtures("three_models")
def test_a_filter_that_finds_nothing_leads_back(read: Read) -> None:
    html = read(BOARD, q="no such model")
    assert "No configuration matches" in html
    assert f'href="{BOARD}"' in html


@pytest.mark.usefixtures("three_models")
def test_what_people_write_is_escaped(client: Client, read: Read) -> None:
    make_published_run(model_name="<b>x</b>", served_name="x", organization='"><script>')
    for url in (BOARD, f"{BOARD}?q=<script>", reverse("runs:list")):
        html = read(url)
        assert "<script>" not in html
        assert "<b>x</b>" not in html


@pytest.mark.usefixtures("three_models")
def test_more_rows_need_no_more_queries(client: Client, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(QUERIES):
        client.get("/")
    make_published_run(knows_first(5), model_name="Marlin", served_name="marlin")
    with django_assert_num_queries(QUERIES):
        client.get("/")


def test_an_unknown_benchmark_is_not_found(client: Client, benchmarks: None) -> None:
    assert client.get("/boards/no_such_benchmark/").status_code == 404


@pytest.mark.usefixtures("three_models")
def test_chinese_readers_get_chinese_names(client: Client) -> None:
    html = client.get(BOARD, headers={"Accept-Language": "zh-CN"}).content.decode()
    assert '<html lang="zh-hans">' in html
    assert "MMBench（英文，开发集）" in html
    assert "逻辑推理" in html
