"""POST to published, with real workers, the real lmms-eval and a real model."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq

from demo.server.http import BaselineServer
from leaderboard.runs.models import Submission
from tests.e2e.conftest import KEY, ROOT, SLUG, System


def rows_of(folder: Path) -> list[dict[str, object]]:
    return pq.read_table(folder / SLUG / "dev.parquet").to_pylist()


def test_an_endpoint_goes_from_post_to_published(
    system: System, baseline: BaselineServer, demo_data: Path
) -> None:
    submission = system.submit(
        endpoint={"base_url": baseline.base_url, "model": "baseline-always-a", "api_key": KEY}
    )
    run = system.wait_state(submission, "published", "review", "failed")
    assert run["state"] == "published", run

    rows = rows_of(demo_data)
    expected = sum(row["answer"] == "A" for row in rows)
    scores = system.request("GET", f"/runs/{run['id']}/scores").json()
    (all_rows,) = [
        s for s in scores["scores"] if (s["axis"], s["metric"]) == ("overall", "all_rows")
    ]
    assert (all_rows["correct"], all_rows["total"]) == (expected, len(rows))

    board = system.request("GET", f"/boards/{SLUG}").json()
    assert [row["run"] for row in board["rows"]] == [run["id"]]

    samples = system.request("GET", f"/runs/{run['id']}/responses").json()
    assert {s["text"] for s in samples["results"]} == {"A"}

    assert KEY not in Submission.objects.get().api_key_sealed
    for place in (
        system.log("evaluator"),
        system.log("leaderboard"),
        *(p.read_text(errors="replace") for p in system.folder.rglob("*") if p.is_file()),
    ):
        assert KEY not in place


def test_a_checkpoint_is_served_evaluated_and_waits_for_review(system: System) -> None:
    system.user.trusted_submitter = False
    system.user.save()
    submission = system.submit(
        checkpoint={
            "source": str(ROOT / "demo" / "checkpoint"),
            "engine": "transformers",
            "precision": "bf16",
        }
    )
    run = system.wait_state(submission, "published", "review", "failed")
    assert run["state"] == "review", run
    page = system.request("GET", f"{system.url}/runs/{run['id']}/")
    assert page.status_code == 404, "not published: only its submitter and reviewers may see it"
    details = system.request("GET", f"/runs/{run['id']}").json()
    assert details["serving"]["ttft_ms_p50"] > 0
    assert [level["concurrency"] for level in details["serving"]["probe"]["levels"]] == [1, 2]
    assert {"lmms-eval", "transformers", "evaluator"} <= set(details["provenance"]["versions"])
    assert details["counts"]["errored"] == 0
