"""The page that shows what HallusionBench tells of all published models."""

from __future__ import annotations

import csv
import re
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from leaderboard.boards.models import BoardVersion
from leaderboard.results.ingest import ingest
from leaderboard.results.models import Score
from leaderboard.review.services import approve
from leaderboard.runs.models import Run
from leaderboard.runs.states import RunState
from tests.factories import deliver, make_published_run, make_reviewer, make_run
from tests.hallusion_set import BENCHMARK, hallusion_set, knows_sets
from tests.web.conftest import Read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("benchmarks")]

QUERIES = 4
"""Boards, rows, scores, dimensions; nothing per model."""

PAGE = "/hallucination/"
FILE = "/hallucination/figures.csv"


def publish(sets: int, slug: str = BENCHMARK, **fields: Any) -> Run:
    """Publish a model that knows this many of the three sets of each subcategory, and says yes to the others."""
    run = make_run(RunState.EVALUATING, benchmarks=[slug], **fields)
    delivery = deliver(run, knows_sets(sets), data=hallusion_set(slug))
    approve(ingest(run, **delivery.arguments()), make_reviewer(), "made by a test")
    run.refresh_from_db()
    return run


@pytest.fixture
def better() -> Run:
    return publish(2, model_name="Kestrel", precision="bf16")


@pytest.fixture
def worse() -> Run:
    return publish(0, model_name="Ibis", precision="awq_int4")


def tiles(html: str) -> dict[str, str]:
    block = html.partition('class="tiles"')[2].partition("</section>")[0]
    return dict(re.findall(r"<b>([^<]+)</b>.*?tile-v\">([^<]+)<", block))


def titles(html: str) -> list[str]:
    return [unescape(t) for t in re.findall(r'class="fig-h"><h2>([^<]+)<', html)]


def test_the_tiles_show_the_chosen_model(better: Run, worse: Run, read: Read) -> None:
    assert tiles(read(PAGE))["aAcc"] == "83.3"
    chosen = read(PAGE, model=str(worse.public_id), baseline=str(better.public_id))
    assert tiles(chosen)["aAcc"] == "50.0"
    assert list(tiles(chosen)) == ["Overall", "aAcc", "fAcc", "qAcc", "Pct. Diff", "FP ratio"]
    assert '<span class="delta" data-ok="0">−33.3<span class="vh"> worse' in chosen


def test_titles_say_what_the_figures_show(better: Run, worse: Run, read: Read) -> None:
    causes, bias, heat, consistency = titles(read(PAGE))
    assert causes == "Visual illusion is the most frequent cause of failure in every model"
    assert bias == "2 of 2 models say “yes” too often"
    assert heat == "Accuracy by subcategory"
    assert consistency.startswith("The best model is fully right on ")


def test_a_title_claims_nothing_of_baselines(better: Run, read: Read) -> None:
    publish(0, model_name="Always yes", is_baseline=True)
    assert titles(read(PAGE))[1] == "1 of 1 models says “yes” too often"


def test_every_model_stands_in_every_figure(better: Run, worse: Run, read: Read) -> None:
    html = read(PAGE)
    assert html.count('class="stackbar"') == 2
    assert html.count('class="strip"') == 2
    assert html.count("<use ") == 2
    heat = html.partition('<table class="heat">')[2].partition("</table>")[0]
    assert heat.count("<td><span") == 18


def test_bars_are_shares_of_all_questions(worse: Run, read: Read) -> None:
    """Half of the 108 questions fail; the paper's tree gives each of them one cause."""
    html = read(PAGE)
    block = html.partition('aria-label="Failures by cause"')[2].partition("</table>")[0]
    counts = [int(n) for n in re.findall(r'<td class="num">(\d+)</td>', block)]
    assert sum(counts[:3]) == counts[3] == 54


def test_unknown_causes_are_explained(read: Read) -> None:
    run = publish(1)
    Score.objects.filter(run=run, metric__in=["visual_illusion", "mixed"]).update(value=None)
    html = read(PAGE)
    assert "Not known: these questions were not asked without their picture." in html
    assert titles(html)[3].startswith("Every question on a figure is right on ")


def test_another_board_is_chosen_by_its_address(better: Run, read: Read) -> None:
    publish(0, "hallusion_bench_image", model_name="Ibis")
    first = read(PAGE)
    addresses = re.findall(r'<option value="(hallusion[^"]+)"', first)
    assert [a.partition(".")[0] for a in addresses] == ["hallusion_bench_image", BENCHMARK]
    assert tiles(first)["aAcc"] == "50.0"
    assert tiles(read(PAGE, board=addresses[1]))["aAcc"] == "83.3"


def test_a_board_that_is_not_there_is_not_found(client: Client, better: Run) -> None:
    assert client.get(PAGE, {"board": "other"}).status_code == 404
    assert client.get(FILE, {"board": "other"}).status_code == 404
    assert client.get(FILE, {"figure": "pie"}).status_code == 404
    assert client.get(PAGE, {"model": "nobody", "baseline": "x"}).status_code == 200


def test_without_a_published_run_the_page_says_so(read: Read, client: Client) -> None:
    make_published_run()
    assert "No run is published yet" in read(PAGE)
    assert client.get(FILE).status_code == 404


def test_a_figure_is_downloaded_with_its_intervals(client: Client, better: Run, worse: Run) -> None:
    response = client.get(FILE, {"figure": "consistency"})
    text = b"".join(response.streaming_content).decode()  # type: ignore[attr-defined]
    rows = list(csv.DictReader(text.splitlines()))
    assert {row["metric"] for row in rows} == {"consistent", "inconsistent", "consistently_wrong"}
    stored = Score.objects.get(run=better, axis="overall", metric="consistent")
    row = next(r for r in rows if r["run"] == str(better.public_id) and r["metric"] == "consistent")
    assert (float(row["value"]), float(row["low"])) == (stored.value, stored.low)
    assert 'filename="hallusion_bench_consistency_v' in response.headers["Content-Disposition"]


def test_all_figures_are_downloaded_together(client: Client, better: Run) -> None:
    text = b"".join(client.get(FILE).streaming_content).decode()  # type: ignore[attr-defined]
    rows = list(csv.DictReader(text.splitlines()))
    assert len(rows) == 4 + 3 + 2 + 9 + 3


def test_more_models_need_no_more_queries(
    client: Client, better: Run, worse: Run, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(QUERIES):
        client.get(PAGE)


def test_the_boards_lead_to_the_page(better: Run, read: Read) -> None:
    assert BoardVersion.objects.exists()
    assert f'href="{reverse("boards:hallucination")}"' in read("/")
