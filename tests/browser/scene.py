"""A small leaderboard in full use: published models and baselines, and a run in every other state."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable
from dataclasses import dataclass

from evaluator.errors import FailureCode
from evaluator.messages import Progress, ReportKind, RunProgress, Stage, progress_key
from evaluator.records import Item
from leaderboard.accounts.models import User
from leaderboard.core.redis import client
from leaderboard.results.ingest import ingest
from leaderboard.review.services import approve
from leaderboard.runs.models import Run
from leaderboard.runs.services import apply_report
from leaderboard.runs.states import RunState
from tests import factories
from tests.hallusion_set import BENCHMARK as HALLUSION
from tests.hallusion_set import hallusion_set, knows_sets
from tests.small_set import PASS, always_a, right, small_set

QUESTIONS = 48
LOG = ("engine ready in 108 s", "first question answered", "request 2207 timed out, retry 1 of 3")


@dataclass(frozen=True, slots=True)
class Scene:
    """The people, and the runs by what they show."""

    rosa: User
    minh: User
    runs: dict[str, Run]


def build() -> Scene:
    """Make the scene through the real services; what models answer is drawn with fixed seeds."""
    rosa, minh = factories.make_user("rosa"), factories.make_reviewer("minh")

    def graded(name: str, answer: Callable[[Item], str | None], **fields: object) -> Run:
        run = factories.make_run(
            RunState.EVALUATING, rosa, model_name=name, served_name=name, **fields
        )
        delivery = factories.deliver(run, answer, data=small_set(questions=QUESTIONS))
        return ingest(run, **delivery.arguments())

    published = {
        "published": graded(
            "Kestrel-VL 8B", model(0.85, 1), organization="Northlight", parameters_b=8.3
        ),
        "second": graded(
            "观澜-VL 32B", model(0.7, 2), organization="海岸实验室", precision="awq_int4"
        ),
        "third": graded("Ibis-VL 2B", model(0.4, 3), organization="Wadi Labs", precision="fp8"),
        "baseline": graded(
            "Always A", always_a, organization="", precision="unknown", is_baseline=True
        ),
    }
    for run in published.values():
        approve(run, minh, "The numbers agree with the model card.")
    published |= _hallusion(rosa, minh)
    live = factories.make_run(RunState.EVALUATING, rosa, model_name="Marlin-VL 72B")
    beat(live, 2131)
    failed = factories.make_run(RunState.EVALUATING, rosa, model_name="Cobalt Vision 2")
    apply_report(
        factories.report_of(
            failed,
            ReportKind.FAILED,
            code=FailureCode.ENDPOINT_ERROR,
            detail="HTTP 500 from /chat/completions after 3 retries",
            log_tail=LOG,
        )
    )
    others = {
        "review": graded("Plover-VL 7B", model(0.6, 4)),
        "live": live,
        "failed": failed,
        "queued": factories.make_run(RunState.QUEUED, rosa, model_name="Lumen-V 14B"),
    }
    for run in (*published.values(), *others.values()):
        run.refresh_from_db()
    return Scene(rosa, minh, published | others)


def _hallusion(rosa: User, minh: User) -> dict[str, Run]:
    """Publish a model's runs on HallusionBench, with pictures and without."""
    submission = factories.make_submission(
        rosa, model_name="Kestrel-VL 8B", benchmarks=[HALLUSION], blind="none"
    )
    sighted, blind = submission.runs.select_related("submission", "benchmark").order_by("id")
    factories.start(sighted)
    for run, sets in ((sighted, 2), (blind, 0)):
        delivery = factories.deliver(run, knows_sets(sets), data=hallusion_set())
        approve(ingest(run, **delivery.arguments()), minh, "made by a test")
    return {"hallusion": sighted, "blind": blind}


def model(skill: float, seed: int) -> Callable[[Item], str]:
    """Return a model that knows this share of the questions, guesses the others, and sometimes rambles."""
    draw = random.Random(seed)
    known = [draw.random() < skill for _ in range(QUESTIONS)]

    def answer(item: Item) -> str:
        if known[item.fields["index"] % PASS]:
            return draw.choice([right(item), f"The answer is {right(item)}.", f"**{right(item)}**"])
        return draw.choice(["A", "B", "C", "D", "I cannot tell from the picture."])

    return answer


def beat(run: Run, done: int) -> None:
    """Write what a worker writes every two seconds."""
    progress = Progress(
        at=time.time(),
        worker="gpu-1",
        stage=Stage.GENERATING,
        stage_since=time.time(),
        runs={
            str(run.public_id): RunProgress(
                done=done,
                total=4329,
                rate=38.2,
                eta_s=(4329 - done) / 38.2,
                ttft_ms_p50=152,
                ttft_ms_p95=254,
                tokens_per_s=127.1,
            )
        },
        log_tail=LOG,
    )
    key = progress_key(str(run.submission.public_id), run.attempt)
    client().set(key, json.dumps(progress.to_json()))
