"""The block for a model card: valid for the hub's own library, and only of what is published."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from leaderboard.catalog.models import DatasetVersion
from leaderboard.runs.models import Run
from tests.api.conftest import Api, assert_problem
from tests.factories import make_graded_run, make_published_run, make_user
from tests.small_set import BENCHMARK, knows_first

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).resolve().parents[2]
PYTHON = Path(os.environ.get("HARNESS_PYTHON") or ROOT / ".venv-harness" / "bin" / "python")

READ_AS_THE_HUB = """
import json, sys
from dataclasses import asdict
from huggingface_hub import ModelCard
card = ModelCard("---\\n" + sys.stdin.read() + "---\\n")
print(json.dumps([card.data.model_name, [asdict(r) for r in card.data.eval_results]]))
"""


def card_of(run: Run, api: Api | None = None) -> str:
    response = (api or Api()).get(f"runs/{run.public_id}/model-card")
    assert response.status_code == 200, response.content
    assert response["Content-Type"] == "application/yaml; charset=utf-8"
    return str(response.content.decode())


def test_it_holds_the_published_numbers_in_percent() -> None:
    run = make_published_run(knows_first(3))
    index = yaml.safe_load(card_of(run))["model-index"]
    assert [entry["name"] for entry in index] == ["Tiny VLM BF16"]
    (result,) = index[0]["results"]
    assert result["task"] == {"type": "image-text-to-text"}
    assert result["source"]["url"].endswith(f"/runs/{run.public_id}/")
    metrics = {m["type"]: m for m in result["metrics"]}
    assert metrics["circular"]["value"] == 37.5
    assert metrics["circular"]["args"] == {
        "protocol": run.protocol,
        "unit": "percent",
        "n": 8,
    }
    assert {m["verified"] for m in result["metrics"]} == {False}


def test_a_small_set_is_not_called_by_the_name_of_the_hubs() -> None:
    run = make_published_run()
    dataset = yaml.safe_load(card_of(run))["model-index"][0]["results"][0]["dataset"]
    assert dataset["type"] == BENCHMARK
    assert dataset["name"].endswith(", small test set")


def test_the_release_is_called_by_the_name_of_the_hubs() -> None:
    run = make_published_run()
    DatasetVersion.objects.update(rows=run.benchmark.official_rows, label="")
    dataset = yaml.safe_load(card_of(run))["model-index"][0]["results"][0]["dataset"]
    assert (dataset["type"], dataset["config"], dataset["split"]) == (
        "lmms-lab-encoder/MMBench",
        "en",
        "dev",
    )


def test_only_the_newest_published_run_of_a_configuration_is_in_it() -> None:
    make_published_run(knows_first(2))
    newest = make_published_run(knows_first(5))
    make_published_run(knows_first(8), precision="int4")
    make_graded_run(knows_first(7))
    (result,) = yaml.safe_load(card_of(newest))["model-index"][0]["results"]
    assert result["source"]["url"].endswith(f"/runs/{newest.public_id}/")


def test_there_is_none_of_what_is_not_published() -> None:
    user = make_user()
    run = make_graded_run(user=user)
    assert_problem(Api().get(f"runs/{run.public_id}/model-card"), 404, "not-found")
    problem = assert_problem(Api(user).get(f"runs/{run.public_id}/model-card"), 404, "not-found")
    assert "published" in problem["detail"]


@pytest.mark.harness
@pytest.mark.skipif(not PYTHON.exists(), reason=f"{PYTHON} is not there; run `make harness`")
def test_the_hubs_library_reads_it() -> None:
    text = card_of(make_published_run(knows_first(3)))
    read = subprocess.run(
        [PYTHON, "-c", READ_AS_THE_HUB], input=text, capture_output=True, text=True, check=True
    )
    name, results = json.loads(read.stdout)
    found: dict[str, Any] = {r["metric_type"]: r for r in results}
    assert name == "Tiny VLM BF16"
    assert found["circular"]["metric_value"] == 37.5
    assert found["circular"]["task_type"] == "image-text-to-text"
    assert found["circular"]["verified"] is False
    assert found["circular"]["source_name"] == "VLM Leaderboard"
