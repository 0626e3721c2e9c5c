"""The boards as a visitor reads them."""

from __future__ import annotations

import csv
import io
import re

import pytest
from django.test import Client
from django.urls import reverse

from leaderboard.boards.models import BoardVersion
from leaderboard.review.services import reopen
from tests.board_scene import publish_checkpoint
from tests.factories import make_published_run, make_reviewer
from tests.serving_facts import served
from tests.small_set import always_a, knows_first
from tests.web.conftest import Read

pytestmark = pytest.mark.django_db
BOARD = "/boards/mmbench_en_dev/"


@pytest.fixture
def three_models(benchmarks: None) -> None:
    make_published_run(knows_first(6), model_name="Kestrel-VL 8B", served_name="kestrel")
    make_published_run(knows_first(3), model_name="Ibis-VL 2B", served_name="ibis")
    make_published_run(
        always_a, model_name="Always A", served_name="a", precision="unknown", is_baseline=True
    )


def table_rows(html: str) -> list[str]:
    return html.partition("<tbody>")[2].partition("</tbody>")[0].split("<tr")[1:]


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
        assert "No configuration matches" not in html
    assert "Board version 2" in read(BOARD)


@pytest.mark.usefixtures("three_models")
def test_the_first_page_is_the_board_over_all_benchmarks(read: Read) -> None:
    assert models(read("/")) == models(read(BOARD)) == ["Kestrel-VL 8B", "Ibis-VL 2B", "Always A"]


@pytest.mark.usefixtures("three_models")
def test_a_baseline_is_shown_with_a_chip_and_not_ranked(read: Read) -> None:
    rows = table_rows(read(BOARD))
    assert ["baseline</span>" in row for row in rows] == [False, False, True]
    assert re.findall(r"</label><b>([^<]+)<", "".join(rows)) == ["1", "2", "—"]


@pytest.mark.usefixtures("three_models")
def test_each_row_leads_to_its_run_and_its_samples(client: Client, read: Read) -> None:
    html = "".join(table_rows(read(BOARD)))
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


def test_an_unknown_benchmark_is_not_found(client: Client, benchmarks: None) -> None:
    assert client.get("/boards/no_such_benchmark/").status_code == 404


@pytest.mark.usefixtures("three_models")
def test_chinese_readers_get_chinese_names(client: Client) -> None:
    html = client.get(BOARD, headers={"Accept-Language": "zh-CN"}).content.decode()
    assert '<html lang="zh-hans">' in html
    assert "MMBench（英文，开发集）" in html
    assert "逻辑推理" in html


@pytest.mark.usefixtures("three_models")
def test_a_forms_address_is_made_short(client: Client) -> None:
    headers = {"HX-Request": "true"}
    response = client.get(f"{BOARD}?q=&sort=model&size_min=&engine=", headers=headers)
    assert response["HX-Replace-Url"] == f"{BOARD}?sort=model"
    assert "HX-Replace-Url" not in client.get(f"{BOARD}?sort=model", headers=headers)


def runs_of(html: str) -> list[str]:
    return re.findall(r'name="select" value="([0-9a-f-]{36})"', html)


@pytest.mark.usefixtures("three_models")
def test_chosen_rows_lead_to_their_comparison_even_when_a_filter_hides_them(
    client: Client, read: Read
) -> None:
    first, second, _ = runs_of(read(BOARD))
    html = read(BOARD, select=f"{first},{second}", q="kestrel")
    assert models(html) == ["Kestrel-VL 8B"]
    assert sorted(runs_of(html)) == sorted([first, second])
    (link,) = re.findall(r'href="(/compare/[^"]+)"', html)
    assert link == f"/compare/?runs={first},{second}"
    assert client.get(link).status_code == 200


@pytest.mark.usefixtures("three_models")
def test_an_older_version_can_be_read_and_says_so(read: Read) -> None:
    oldest = BoardVersion.objects.order_by("pk")[0]
    html = read(BOARD, as_of=str(oldest.pk))
    assert models(html) == ["Kestrel-VL 8B"]
    assert "This is how the board stood then." in html
    assert models(read("/", as_of=str(oldest.pk))) == ["Kestrel-VL 8B"]


@pytest.mark.usefixtures("three_models")
def test_a_version_says_what_changed_since_the_one_before(read: Read) -> None:
    changes = read(BOARD).partition('id="changes"')[2]
    assert "Changes since version 2" in changes
    assert "enters with 0.0" in changes


@pytest.mark.usefixtures("three_models")
@pytest.mark.parametrize("form", ["csv", "json", "jsonl", "parquet"])
@pytest.mark.parametrize("slug", ["overall", "serving", "mmbench_en_dev"])
def test_a_view_can_be_downloaded(client: Client, slug: str, form: str) -> None:
    response = client.get(f"/boards/{slug}/table.{form}", {"q": "ibis"})
    assert response.status_code == 200
    assert b"".join(response.streaming_content)  # type: ignore[attr-defined]
    assert response["Content-Disposition"] == f'attachment; filename="board_{slug}.{form}"'


@pytest.mark.usefixtures("three_models")
def test_a_file_has_the_rows_and_columns_of_its_view(client: Client) -> None:
    parameters = {"q": "vl", "columns": "vanilla", "sort": "model"}
    response = client.get("/boards/mmbench_en_dev/table.csv", parameters)
    rows = list(csv.DictReader(io.StringIO(response.getvalue().decode())))
    assert [row["model"] for row in rows] == ["Ibis-VL 2B", "Kestrel-VL 8B"]
    assert {"circular", "circular.low", "vanilla"} <= set(rows[0])
    assert "gap" not in rows[0]


@pytest.mark.parametrize("path", ["no_such_board/table.csv", "overall/table.exe"])
def test_there_are_no_other_files(client: Client, benchmarks: None, path: str) -> None:
    assert client.get(f"/boards/{path}").status_code == 404


def test_the_serving_tab_says_which_hardware_it_shows(benchmarks: None, read: Read) -> None:
    publish_checkpoint("Kestrel", "bf16", 7)
    publish_checkpoint("Ibis", "bf16", 3, facts=served(host_class="1x NVIDIA L4"))
    html = read("/boards/serving/")
    assert "Serving: 1x NVIDIA H200, 16 streams" in html
    assert models(html) == ["Kestrel"]
    html = read("/boards/serving/", hardware="1x NVIDIA L4", streams="1")
    assert "Serving: 1x NVIDIA L4, 1 stream" in html
    assert models(html) == ["Ibis"]


def test_quantising_is_told_with_its_difference(benchmarks: None, read: Read) -> None:
    publish_checkpoint("Kestrel", "bf16", 7, 3, served(300, 58))
    publish_checkpoint("Kestrel", "awq_int4", 5, 1, served(190, 121))
    for url in ("/", BOARD):
        html = read(url).partition('id="quantising"')[2]
        assert "\u221225.0" in html
        assert "2.09×" in html
