"""The page of a model: its configurations, bars beside a baseline, and what only some may see."""

from __future__ import annotations

import csv
from typing import Any

import pytest
from django.test import Client

from leaderboard.runs.models import Run
from tests import factories
from tests.small_set import always_a
from tests.web.conftest import Read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("benchmarks")]

QUERIES = 9
"""Of a visitor's page, whatever the model has."""


def url(run: Run) -> str:
    return f"/models/{run.submission.variant.model.slug}/"


@pytest.fixture
def good() -> Run:
    return factories.make_published_run(model_name="Good VLM", parameters_b=8.3)


def test_a_model_is_set_against_a_baseline(read: Read, good: Run) -> None:
    base = factories.make_published_run(
        always_a, model_name="Always A", precision="unknown", is_baseline=True
    )
    html = read(url(good))
    assert "Good VLM BF16 is ahead of Always A on 1 of 1 benchmarks" in html
    assert "+100.0" in html
    assert f"/compare/?runs={base.public_id},{good.public_id}" in html
    alone = read(url(good), against="none")
    assert "Scores by benchmark</h2>" in alone
    assert "+100.0" not in alone


def test_another_precision_of_the_model_is_its_first_baseline(read: Read, good: Run) -> None:
    less = factories.make_published_run(always_a, model_name="Good VLM", precision="awq_int4")
    html = read(url(good), variant=str(less.submission.variant_id))
    assert "Good VLM AWQ INT4 is ahead of Good VLM BF16 on 0 of 1 benchmarks" in html


def test_abilities_are_below_those_that_hold_them(read: Read, good: Run) -> None:
    html = read(url(good))
    assert html.count('class="disc"') > 1
    assert "Image scene" in html


def test_the_benchmark_is_chosen_in_the_address(read: Read, good: Run) -> None:
    factories.make_published_run(model_name="Good VLM", benchmarks=["mmbench_cn_dev"])
    html = read(url(good), benchmark="mmbench_cn_dev")
    assert 'value="mmbench_cn_dev" selected' in html
    assert 'value="mmbench_en_dev" selected' in read(url(good), benchmark="no-such")


def test_the_precision_of_each_part_is_shown(read: Read, good: Run) -> None:
    variant = good.submission.variant
    variant.components = {
        "language_model": {"scheme": "awq_int4", "bits": 4, "read": True, "declared": "bf16"}
    }
    variant.save(update_fields=["components"])
    html = read(url(good))
    assert "Language model" in html
    assert "declared as BF16" in html


def test_serving_and_telemetry_are_shown_and_can_be_had(client: Client, good: Run) -> None:
    series = {"at_s": [1.0, 2.0], "gpu_memory": [0.2, 0.4]}
    good.manifest = {
        **good.manifest,
        "telemetry": {"series": series, "peak": {"gpu_memory": 0.4}, "mean": {}, "samples": 2},
    }
    good.save(update_fields=["manifest"])
    for page in (url(good), f"/runs/{good.public_id}/"):
        assert "GPU memory peaked at 40.0 %" in client.get(page).content.decode()
    response = client.get(f"/runs/{good.public_id}/telemetry.csv")
    content = b"".join(response.streaming_content).decode()  # type: ignore[attr-defined]
    assert content.splitlines() == ["at_s,gpu_memory", "1.0,0.2", "2.0,0.4"]


def test_the_charts_numbers_can_be_had(client: Client, good: Run) -> None:
    base = factories.make_published_run(
        always_a, model_name="Always A", precision="unknown", is_baseline=True
    )
    response = client.get(f"{url(good)}scores.csv")
    content = b"".join(response.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    rows = list(csv.DictReader(content.splitlines()))
    benchmark = good.benchmark
    headline = rows[0]
    assert headline["metric"] == benchmark.headline_metric
    assert headline["baseline_run"] == str(base.public_id)
    difference = float(headline["value"]) - float(headline["baseline_value"])
    assert float(headline["difference"]) == pytest.approx(difference)
    assert {row["axis"] for row in rows[1:]} >= {benchmark.board_axis}
    alone = client.get(f"{url(good)}scores.csv", {"against": "none"})
    content = b"".join(alone.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    assert {row["baseline_value"] for row in csv.DictReader(content.splitlines())} == {""}


def test_without_telemetry_there_is_no_file(client: Client, good: Run) -> None:
    assert client.get(f"/runs/{good.public_id}/telemetry.csv").status_code == 404


def test_a_model_without_a_run_to_see_is_not_there(client: Client) -> None:
    rosa = factories.make_user("rosa")
    run = factories.make_graded_run(user=rosa, model_name="Secret VLM")
    assert client.get(url(run)).status_code == 404
    assert client.get("/models/no-such-model/").status_code == 404
    client.force_login(rosa)
    html = client.get(url(run)).content.decode()
    assert "No run of this configuration is published" in html
    assert str(run.public_id) in html


def test_where_a_model_runs_is_not_public(read: Read, good: Run) -> None:
    assert factories.PUBLIC_URL not in read(url(good))


@pytest.mark.parametrize("text", ["x", "0", "-1", "9" * 30, "%00"])
def test_any_choice_leads_to_the_page(client: Client, good: Run, text: str) -> None:
    parameters = {"variant": text, "against": text, "benchmark": text}
    assert client.get(url(good), parameters).status_code == 200


def test_more_runs_need_no_more_queries(
    client: Client, good: Run, django_assert_num_queries: Any
) -> None:
    address = url(good)
    with django_assert_num_queries(QUERIES):
        client.get(address, {"against": "none"})
    factories.make_published_run(model_name="Good VLM", benchmarks=["mmbench_cn_dev"])
    factories.make_published_run(model_name="Good VLM", precision="fp8")
    with django_assert_num_queries(QUERIES):
        client.get(address, {"against": "none"})
