"""GET /compare-precision: a model's variants against its highest precision."""

from __future__ import annotations

from typing import Any

import pytest

from leaderboard.boards.models import PrecisionDifference
from leaderboard.catalog.models import VlmModel
from tests.api.conftest import Api, assert_problem
from tests.board_scene import publish_checkpoint
from tests.factories import make_graded_run
from tests.hallusion_set import BENCHMARK as HALLUSION
from tests.serving_facts import H200, served
from tests.small_set import BENCHMARK

pytestmark = pytest.mark.django_db
QUERIES = 4
"""The model, the boards' versions, its rows, the differences."""


@pytest.fixture
def kestrel() -> str:
    publish_checkpoint("Kestrel", "bf16", 7, 3, served(300, 50, 0.8))
    publish_checkpoint("Kestrel", "fp8", 6, 3, served(200, 75, 0.6))
    publish_checkpoint("Kestrel", "awq_int4", 5, None, served(150, 100, 0.4))
    return VlmModel.objects.get(name="Kestrel").slug


def pairs(api: Api, model: str, **query: Any) -> dict[str, Any]:
    response = api.get("compare-precision", {"model": model, **query})
    assert response.status_code == 200
    return {pair["variant"]["precision"]: pair for pair in response.json()["pairs"]}


def test_every_lower_precision_stands_against_the_highest(anonymous: Api, kestrel: str) -> None:
    found = pairs(anonymous, kestrel)
    assert set(found) == {"fp8", "awq_int4"}
    assert {pair["baseline"]["precision"] for pair in found.values()} == {"bf16"}
    assert {pair["hardware"] for pair in found.values()} == {H200}


def test_the_difference_is_told_on_every_benchmark_that_both_are_on(
    anonymous: Api, kestrel: str
) -> None:
    found = pairs(anonymous, kestrel)
    told = {p: [b["benchmark"] for b in pair["benchmarks"]] for p, pair in found.items()}
    assert told == {"fp8": [BENCHMARK, HALLUSION], "awq_int4": [BENCHMARK]}
    (only,) = found["awq_int4"]["benchmarks"]
    stored = PrecisionDifference.objects.get(run__public_id=only["run"])
    assert only["difference"]["difference"] == stored.difference == pytest.approx(-0.25)
    assert (only["difference"]["better"], only["difference"]["worse"]) == (0, 2)
    assert only["difference"]["dimensions"] == stored.dimensions


def test_serving_is_told_as_ratios_at_the_load_asked_for(anonymous: Api, kestrel: str) -> None:
    ratios = pairs(anonymous, kestrel, streams=1)["awq_int4"]["ratios"]
    assert ratios["streams"] == 1
    assert ratios["ttft"] == pytest.approx(0.5)
    assert ratios["tokens_per_s"] == pytest.approx(2.0)
    assert ratios["memory"] == pytest.approx(0.5)
    assert ratios["weights"] is None
    assert pairs(anonymous, kestrel)["fp8"]["ratios"]["streams"] == 16


def test_a_model_in_one_precision_has_no_pair(anonymous: Api) -> None:
    publish_checkpoint("Ibis", "bf16", 3)
    assert pairs(anonymous, VlmModel.objects.get(name="Ibis").slug) == {}


def test_a_model_that_nothing_is_published_of_is_not_there(anonymous: Api) -> None:
    slug = make_graded_run().submission.variant.model.slug
    for name in (slug, "no-such-model"):
        assert_problem(anonymous.get("compare-precision", {"model": name}), 404, "not-found")


def test_the_model_must_be_named(anonymous: Api) -> None:
    assert anonymous.get("compare-precision").status_code == 400
    assert anonymous.get("compare-precision", {"model": "x", "streams": "0"}).status_code == 400


def test_more_variants_cost_no_more_queries(
    anonymous: Api, kestrel: str, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(QUERIES):
        pairs(anonymous, kestrel)
    publish_checkpoint("Kestrel", "int8", 4, 2, served())
    with django_assert_num_queries(QUERIES):
        pairs(anonymous, kestrel)
