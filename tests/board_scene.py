"""Published configurations for the boards: checkpoints in several precisions that were probed, on two benchmarks."""

from __future__ import annotations

from typing import Any

from django.utils.text import slugify

from leaderboard.accounts.models import User
from leaderboard.results.ingest import ingest
from leaderboard.review.services import approve
from leaderboard.runs.models import Run
from tests.factories import deliver, make_reviewer, make_submission, start
from tests.hallusion_set import BENCHMARK as HALLUSION
from tests.hallusion_set import hallusion_set, knows_sets
from tests.serving_facts import served
from tests.small_set import BENCHMARK, knows_first, small_set

QUESTIONS = 8


def publish_checkpoint(
    name: str,
    precision: str = "bf16",
    knows: int = 6,
    sets: int | None = None,
    facts: dict[str, Any] | None = None,
    reviewer: User | None = None,
    **fields: Any,
) -> list[Run]:
    """Publish a checkpoint's run on MMBench's small set, and on HallusionBench's where ``sets`` says what it knows."""
    benchmarks = [BENCHMARK] if sets is None else [BENCHMARK, HALLUSION]
    request = {
        "kind": "checkpoint",
        "base_url": "",
        "served_name": "",
        "source": f"acme/{slugify(name)}-{precision}",
        "engine": "vllm",
    }
    submission = make_submission(
        model_name=name, precision=precision, benchmarks=benchmarks, **(request | fields)
    )
    runs = list(submission.runs.select_related("submission", "benchmark").order_by("id"))
    start(runs[0])
    reviewer = reviewer or make_reviewer()
    for run in runs:
        answers, data = knows_first(knows), small_set(questions=QUESTIONS)
        if run.benchmark.slug == HALLUSION:
            answers, data = knows_sets(sets or 0), hallusion_set()
        sent = deliver(run, answers, data=data, **(facts or served()))
        approve(ingest(run, **sent.arguments()), reviewer, "made by a test")
        run.refresh_from_db()
    return runs
