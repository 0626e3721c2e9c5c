"""A checkpoint that the real vLLM serves: submitted, probed, asked by lmms-eval, reviewed and on the board."""

from __future__ import annotations

import psutil
import pytest

from leaderboard.review.services import approve
from leaderboard.runs.models import Run
from tests.e2e.conftest import ROOT, SLUG, System, eventually
from tests.factories import make_reviewer
from tests.support.vllm import ENGINE_ARGS, PROGRAM

pytestmark = [pytest.mark.vllm, pytest.mark.slow]


def of_vllm() -> list[psutil.Process]:
    """The processes that run a program of vLLM's environment."""
    here = str(PROGRAM.parent.parent)
    return [
        process
        for process in psutil.process_iter(["cmdline"])
        if any(here in part for part in process.info["cmdline"] or ())
    ]


def test_a_checkpoint_served_by_vllm_reaches_the_board(system: System) -> None:
    submission = system.submit(
        checkpoint={
            "source": str(ROOT / "demo" / "checkpoint"),
            "engine": "vllm",
            "precision": "bf16",
            "max_model_len": 2048,
            "images_per_prompt": 1,
            "engine_args": ENGINE_ARGS,
        }
    )
    run = system.wait_state(submission, "published", "review", "failed")
    # The toy model writes an option's text rather than its letter, of which a part cannot be read: somebody decides.
    assert run["state"] == "review", run
    stored = Run.objects.get(public_id=run["id"])
    approve(stored, make_reviewer(), "A toy is as good as it is.")

    details = system.request("GET", f"/runs/{run['id']}").json()
    assert details["counts"]["errored"] == 0
    assert details["provenance"]["versions"]["vllm"]
    assert details["provenance"]["hardware"]["host_class"]
    probe = details["serving"]["probe"]
    assert [level["concurrency"] for level in probe["levels"]] == [1, 2]
    assert {row["name"] for row in probe["targets"]} == {"ttft_ms", "tokens_per_s", "gpu_memory"}

    telemetry = stored.manifest["telemetry"]
    assert {"cpu_memory_mb", "kv_cache_use"} <= set(telemetry["peak"])
    assert len(telemetry["series"]["at_s"]) == len(telemetry["series"]["kv_cache_use"])

    board = system.request("GET", f"/boards/{SLUG}").json()
    assert [row["run"] for row in board["rows"]] == [run["id"]]
    # The result is delivered before the engine is ended.
    assert eventually(lambda: of_vllm() == [])
