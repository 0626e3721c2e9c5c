"""GET /models and /models/{slug}."""

from __future__ import annotations

from typing import Any

import pytest

from leaderboard.catalog.models import VlmModel
from tests.api.conftest import Api, assert_problem
from tests.board_scene import publish_checkpoint
from tests.factories import make_graded_run, make_published_run, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("benchmarks")]


def slugs(api: Api, **query: Any) -> list[str]:
    answer = api.get("models", query)
    assert answer.status_code == 200, answer.content
    return [model["slug"] for model in answer.json()["results"]]


def test_a_model_is_listed_for_who_sees_a_run_of_it(anonymous: Api) -> None:
    user = make_user()
    make_published_run(model_name="Okapi", organization="Zoo")
    make_graded_run(user=user, model_name="Panda", organization="Zoo")
    assert slugs(anonymous) == ["zoo-okapi"]
    assert slugs(Api(user)) == ["zoo-okapi", "zoo-panda"]
    assert_problem(anonymous.get("models/zoo-panda"), 404, "not-found")


def test_models_are_filtered(anonymous: Api) -> None:
    make_published_run(model_name="Okapi", organization="Zoo", open_weights=True)
    make_published_run(model_name="Panda", organization="Park")
    VlmModel.objects.filter(name="Panda").update(is_baseline=True)
    assert slugs(anonymous, q="zoo") == ["zoo-okapi"]
    assert slugs(anonymous, q="PANDA") == ["park-panda"]
    assert slugs(anonymous, open_weights=True) == ["zoo-okapi"]
    assert slugs(anonymous, is_baseline=True) == ["park-panda"]
    assert slugs(anonymous, is_baseline=False) == ["zoo-okapi"]


def test_pages_follow_the_short_names(anonymous: Api) -> None:
    for name in ("Okapi", "Panda", "Lynx"):
        make_published_run(model_name=name, organization="Zoo")
    page = anonymous.get("models", {"page_size": 2}).json()
    assert [m["slug"] for m in page["results"]] == ["zoo-lynx", "zoo-okapi"]
    page = anonymous.client.get(page["next"]).json()
    assert [m["slug"] for m in page["results"]] == ["zoo-panda"]


def test_a_model_shows_where_each_configuration_stands(anonymous: Api) -> None:
    (whole,) = publish_checkpoint("Tiny VLM", "bf16", knows=6)
    (half,) = publish_checkpoint("Tiny VLM", "fp8", knows=4)
    slug = whole.submission.variant.model.slug
    answer = anonymous.get(f"models/{slug}").json()
    assert answer["name"] == "Tiny VLM"
    told = {one["variant"]["precision"]: one["results"][0] for one in answer["configurations"]}
    assert told["bf16"]["run"] == str(whole.public_id)
    assert told["bf16"]["headline"]["value"] == 0.75
    assert told["fp8"]["run"] == str(half.public_id)
    assert told["fp8"]["headline"]["value"] == 0.5


def test_an_endpoints_address_is_nowhere_in_it(anonymous: Api) -> None:
    run = make_published_run()
    variant = run.submission.variant
    for path in ("models", f"models/{variant.model.slug}"):
        assert variant.source not in anonymous.get(path).content.decode()
