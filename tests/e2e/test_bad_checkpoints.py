"""A checkpoint that cannot be served fails with its own code, and nothing of it is stored."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from leaderboard.results.models import Response
from tests.e2e.conftest import ROOT, System

DEMO = ROOT / "demo" / "checkpoint"


def missing(folder: Path) -> None:
    """Nothing is there."""


def without_weights(folder: Path) -> None:
    shutil.copytree(DEMO, folder, ignore=shutil.ignore_patterns("*.safetensors"))
    (folder / "pytorch_model.bin").write_bytes(b"pickled")


def with_own_code(folder: Path) -> None:
    shutil.copytree(DEMO, folder)
    config = json.loads((folder / "config.json").read_text())
    config["auto_map"] = {"AutoModel": "modeling.Mine"}
    (folder / "config.json").write_text(json.dumps(config))


def truncated(folder: Path) -> None:
    shutil.copytree(DEMO, folder)
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1_000_000])


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (missing, "checkpoint_missing"),
        (without_weights, "checkpoint_no_safetensors"),
        (with_own_code, "checkpoint_remote_code"),
        (truncated, "checkpoint_invalid"),
    ],
)
def test_a_bad_checkpoint_fails_with_a_reason_that_says_what_to_do(
    system: System, tmp_path: Path, make: Callable[[Path], None], code: str
) -> None:
    folder = tmp_path / "checkpoints" / "mine"
    folder.parent.mkdir()
    make(folder)
    submission = system.submit(checkpoint={"source": str(folder), "engine": "transformers"})
    run = system.wait_state(submission, "failed", "review", "published")
    assert run["state"] == "failed"
    assert run["failure"]["code"] == code
    assert run["failure"]["advice"]
    assert not Response.objects.exists()


def test_a_folder_outside_the_allowed_ones_is_refused_at_once(system: System) -> None:
    response = system.request(
        "POST",
        "/submissions",
        json={
            "model": {"name": "M"},
            "checkpoint": {"source": "/etc", "engine": "transformers"},
            "benchmarks": ["mmbench_en_dev"],
        },
    )
    assert response.status_code == 422 or response.status_code == 400, response.text
    assert response.json()["errors"][0]["code"] == "checkpoint_not_allowed"
