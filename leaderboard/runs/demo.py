"""The demo's submissions: the toy model as it is and rounded, and two baselines. All go through ``services.submit``."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path

from leaderboard.runs.submission import SubmissionRequest

ORGANIZATION = "Demo"
NAME = "Toy-VLM 7M"
BENCHMARKS = ("mmbench_en_dev", "hallusion_bench", "mmmu_val", "realworldqa", "vqav2_val")
"""One of each family: what the toy model and both baselines are evaluated on."""
VARIANTS = (
    "hallusion_bench_image",
    "mmmu_pro_standard",
    "mmmu_pro_vision",
    "vqav2_val_lite",
    "mmbench_cn_dev",
)
"""The families' other members: one baseline is enough there, and soon done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoAddresses:
    """Where the demo's models are. URLs end before ``/chat/completions``."""

    baselines_url: str
    vlm_url: str
    checkpoint: Path
    int8_checkpoint: Path
    int2_checkpoint: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoSubmission:
    """A request, and whether its submitter is trusted: the other kind waits for a reviewer."""

    request: SubmissionRequest
    trusted: bool = True


def demo_submissions(
    addresses: DemoAddresses, available: Collection[str]
) -> tuple[DemoSubmission, ...]:
    """Return the submissions, the quickest first, so that the board fills early.

    Each asks for those of its benchmarks that are ``available``; one that has none of them is left out.
    """
    always_a, random_choice = _baselines(addresses)
    wanted = (
        DemoSubmission(request=always_a),
        DemoSubmission(request=random_choice),
        *_toys(addresses),
        DemoSubmission(request=replace(random_choice, benchmarks=VARIANTS)),
    )
    return tuple(
        replace(demo, request=replace(demo.request, benchmarks=slugs))
        for demo in wanted
        if (slugs := tuple(slug for slug in demo.request.benchmarks if slug in available))
    )


def _baselines(addresses: DemoAddresses) -> tuple[SubmissionRequest, SubmissionRequest]:
    always_a = SubmissionRequest(
        kind="endpoint",
        model_name="Always A",
        organization=ORGANIZATION,
        benchmarks=BENCHMARKS,
        base_url=addresses.baselines_url,
        served_name="baseline-always-a",
        is_baseline=True,
    )
    return always_a, replace(always_a, model_name="Random choice", served_name="baseline-random")


def _toys(addresses: DemoAddresses) -> tuple[DemoSubmission, ...]:
    """Return the toy model's precisions.

    The full one is also evaluated with grey pictures (it was trained to always get one), the one of eight bits with
    frugal CircularEval.
    """
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
        blind="grey",
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
        blind="",
        note="The same weights rounded to 4 bits, behind an endpoint that was there already.",
    )
    int8 = replace(
        checkpoint,
        benchmarks=BENCHMARKS[:1],
        precision="int8",
        source=str(addresses.int8_checkpoint),
        served_name="toy-vlm-int8",
        blind="",
        frugal=True,
        note="Rounded to 8 bits; passes that cannot change the circular score are not asked.",
    )
    int2 = replace(
        int8,
        precision="int2",
        source=str(addresses.int2_checkpoint),
        served_name="toy-vlm-int2",
        frugal=False,
        # At two bits it no longer ends its answers: a short context keeps them short.
        max_model_len=256,
        note="Rounded to 2 bits. Its submitter is not trusted: it waits for your review.",
    )
    return (
        DemoSubmission(request=checkpoint),
        DemoSubmission(request=int4),
        DemoSubmission(request=int8),
        DemoSubmission(request=int2, trusted=False),
    )
