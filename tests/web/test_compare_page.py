"""The page that compares runs: what it claims, what it refuses, and what stands in its address."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from evaluator.records import Item
from leaderboard.catalog.models import Variant
from leaderboard.comparisons.selection import chosen_ids
from leaderboard.core import numbers
from leaderboard.results.comparison import compare_runs
from leaderboard.runs.models import Run
from tests import factories
from tests.small_set import PASS, always_a, right
from tests.web.conftest import Read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("benchmarks")]

QUERIES = 10
"""Of a comparison of two runs that anybody may see."""
QUERIES_OF_A_PAIR = 4
"""Of each further run."""


def knows(*questions: int) -> Callable[[Item], str]:
    """Return a model that knows these questions only."""
    return lambda item: right(item) if item.fields["index"] % PASS in questions else "Z"


@pytest.fixture
def good() -> Run:
    return factories.make_published_run(model_name="Good VLM")


@pytest.fixture
def bad() -> Run:
    return factories.make_published_run(knows(0, 1), model_name="Bad VLM", precision="awq_int4")


def address(*runs: Run, more: str = "") -> str:
    return f"/compare/?runs={','.join(str(run.public_id) for run in runs)}{more}"


def test_a_difference_is_the_run_less_the_baseline(read: Read, good: Run, bad: Run) -> None:
    html = read(address(good, bad))
    found = compare_runs(bad, good)
    assert found.whole.difference is not None
    assert found.whole.difference < 0
    assert numbers.points(found.whole.difference) in html
    assert numbers.interval_in_points(found.whole.low, found.whole.high) in html
    for place in found.dimensions:
        assert numbers.points(place.result.difference) in html


def test_the_title_says_which_run_is_worse(read: Read, good: Run, bad: Run) -> None:
    assert "<h2>Bad VLM is worse on the whole set</h2>" in read(address(good, bad))
    assert "<h2>Good VLM is better on the whole set</h2>" in read(address(bad, good))


def test_equal_runs_stay_within_chance(read: Read, good: Run) -> None:
    twin = factories.make_published_run(model_name="Twin VLM")
    html = read(address(good, twin))
    assert "<h2>Twin VLM stays within chance</h2>" in html
    assert "No such answer" in html


def test_runs_of_one_model_go_by_their_precision(read: Read) -> None:
    runs = [
        factories.make_published_run(model_name="One VLM", precision=precision)
        for precision in ("bf16", "fp8")
    ]
    html = read(address(*runs))
    assert "One VLM: what changes between its runs" in html
    assert "<h2>FP8 stays within chance</h2>" in html


def test_runs_of_different_benchmarks_are_refused_in_words(read: Read, good: Run) -> None:
    other = factories.make_published_run(model_name="Other VLM", benchmarks=["mmbench_cn_dev"])
    html = read(address(good, other))
    assert "cannot be compared with" in html
    assert "The runs are of different benchmarks." in html
    assert 'id="flips"' not in html


def test_one_run_that_cannot_be_compared_leaves_the_others(read: Read, good: Run, bad: Run) -> None:
    other = factories.make_published_run(model_name="Other VLM", benchmarks=["mmbench_cn_dev"])
    html = read(address(good, bad, other))
    assert "Bad VLM MMBench" not in html
    assert "The runs are of different benchmarks." in html
    assert 'id="flips"' in html


def test_a_run_that_others_may_not_see_is_not_compared(client: Client, good: Run) -> None:
    rosa = factories.make_user("rosa")
    hidden = factories.make_graded_run(always_a, rosa, model_name="Secret VLM")
    html = client.get(address(good, hidden)).content.decode()
    assert "Secret VLM" not in html
    assert "1 of the runs in the address does not exist" in html
    client.force_login(rosa)
    assert "Secret VLM" in client.get(address(good, hidden)).content.decode()


@pytest.mark.parametrize("text", ["", ",", "x", "1", "a,b,c", "%00", "-", "0" * 400])
def test_any_text_for_runs_leads_to_the_choice(client: Client, text: str) -> None:
    for name in ("runs", "variants"):
        response = client.get("/compare/", {name: text}, follow=True)
        assert response.status_code == 200
        assert "Choose the baseline" in response.content.decode()


def test_more_than_four_runs_are_cut_to_the_first_four() -> None:
    ids = [f"00000000-0000-0000-0000-00000000000{i}" for i in range(6)]
    assert [str(found) for found in chosen_ids(",".join([*ids, ids[0]]))] == ids[:4]


def test_only_runs_on_the_same_questions_are_offered(read: Read, good: Run, bad: Run) -> None:
    factories.make_published_run(model_name="Other VLM", benchmarks=["mmbench_cn_dev"])
    offered = read(address(good))
    assert f"runs={good.public_id},{bad.public_id}" in offered
    assert "Other VLM" not in offered
    assert "Other VLM" in read("/compare/")
    assert "Bad VLM" not in read("/compare/", q="other")


def test_variants_lead_to_their_newest_runs(client: Client, good: Run, bad: Run) -> None:
    variants = f"{good.submission.variant_id},{bad.submission.variant_id}"
    response = client.get(f"/compare/?variants={variants}")
    assert response.headers["Location"] == address(good, bad)


def test_the_answers_that_flipped_are_listed_and_counted(read: Read, good: Run, bad: Run) -> None:
    html = read(address(good, bad))
    lost = 6 * 4
    assert f"Lost {lost}" in html
    assert "Won 0" in html
    assert f"/runs/{bad.public_id}/samples/2/" in html
    assert f"/runs/{bad.public_id}/samples/0/" not in html
    assert "No such answer" in read(address(good, bad, more="&way=won"))
    assert f"Won {lost}" in read(address(bad, good, more="&way=won"))


def test_the_flips_are_paged(read: Read, good: Run, bad: Run) -> None:
    first = read(address(good, bad))
    assert 'rel="next"' in first
    assert "after=" in first


def test_the_file_holds_what_the_figure_shows(client: Client, good: Run, bad: Run) -> None:
    url = address(good, bad).replace("/compare/", "/compare/differences.csv")
    response = client.get(url)
    content = b"".join(response.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    rows = list(csv.DictReader(io.StringIO(content)))
    found = compare_runs(bad, good)
    assert float(rows[0]["difference"]) == found.whole.difference
    assert [row["dimension"] for row in rows[1:]] == [d.dimension for d in found.dimensions]
    assert client.get("/compare/differences.csv").status_code == 404


def test_figures_on_different_hardware_are_not_set_against_each_other(
    read: Read, good: Run, bad: Run
) -> None:
    for run, host in ((good, "1x Card A"), (bad, "1x Card B")):
        run.submission.variant.kind = Variant.Kind.CHECKPOINT
        run.submission.variant.save(update_fields=["kind"])
        run.manifest = {**run.manifest, "hardware": {"host_class": host}}
        run.save(update_fields=["manifest"])
    assert "Served on different hardware (1x Card A; 1x Card B)" in read(address(good, bad))


def test_each_pair_is_read_once_however_often_it_is_shown(
    client: Client, good: Run, bad: Run, django_assert_num_queries: Any
) -> None:
    third = factories.make_published_run(always_a, model_name="Third VLM")
    with django_assert_num_queries(QUERIES):
        client.get(address(good, bad))
    with django_assert_num_queries(QUERIES):
        client.get(address(good, bad, third))
    with django_assert_num_queries(QUERIES - QUERIES_OF_A_PAIR):
        client.get(address(good, bad, third))
