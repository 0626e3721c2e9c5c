"""The demo's submissions: the toy model as it is and rounded, and two baselines. All go through ``services.submit``."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from leaderboard.runs.submission import SubmissionRequest

ORGANIZATION = "Demo"
BENCHMARKS = ("mmbench_en_dev",)
NAME = "Toy-VLM 7M"


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoAddresses:
    """Where the demo's models are. URLs end before ``/chat/completions``."""

    baselines_url: str
    vlm_url: str
    checkpoint: Path
    int2_checkpoint: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoSubmission:
    """A request, and whether its submitter is trusted: the other kind waits for a reviewer."""

    request: SubmissionRequest
    trusted: bool = True


def demo_submissions(addresses: DemoAddresses) -> list[DemoSubmission]:
    """Return the submissions, the quickest first, so that the board fills early."""
    always_a = SubmissionRequest(
        kind="endpoint",
        model_name="Always A",
        organization=ORGANIZATION,
        benchmarks=BENCHMARKS,
        base_url=addresses.baselines_url,
        served_name="baseline-always-a",
        is_baseline=True,
    )
    checkpoint = SubmissionRequest(
        kind="checkpoint",
        model_name=NAME,
        organization=ORGANIZATION,
        benchmarks=BENCHMARKS,
        parameters_b=0.0072,
        open_weights=True,
        engine="transformers",
        precision="bf16",
        source=str(addresses.checkpoint),
        served_name="toy-vlm",
        note="A checkpoint that the worker serves with the transformers engine.",
    )
    int4 = replace(
        checkpoint,
        kind="endpoint",
        engine="endpoint",
        precision="int4",
        source="",
        base_url=addresses.vlm_url,
        served_name="toy-vlm-int4",
        note="The same weights rounded to 4 bits, behind an endpoint that was there already.",
    )
    int2 = replace(
        checkpoint,
        precision="int2",
        source=str(addresses.int2_checkpoint),
        served_name="toy-vlm-int2",
        # At two bits it no longer ends its answers: a short context keeps them short.
        max_model_len=256,
        note="Rounded to 2 bits. Its submitter is not trusted: it waits for your review.",
    )
    return [
        DemoSubmission(request=always_a),
        DemoSubmission(
            request=replace(always_a, model_name="Random choice", served_name="baseline-random")
        ),
        DemoSubmission(request=checkpoint),
        DemoSubmission(request=int4),
        DemoSubmission(request=int2, trusted=False),
    ]
