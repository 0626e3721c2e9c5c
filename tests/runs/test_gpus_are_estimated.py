"""How many GPUs a checkpoint is given when nobody says, and which queue that is."""

from __future__ import annotations

import pytest
from django.test import override_settings

from leaderboard.catalog.checkpoints import record_facts
from leaderboard.runs.models import Submission
from leaderboard.runs.services import submit
from tests.factories import ensure_benchmarks, make_checkpoint_request, make_user

pytestmark = pytest.mark.django_db


def submitted(**fields: object) -> Submission:
    ensure_benchmarks()
    return submit(make_user(), make_checkpoint_request(**{"engine": "vllm", **fields}))


@pytest.mark.parametrize(
    ("fields", "queue"),
    [
        ({}, "gpu.1"),
        ({"parameters_b": 7.6}, "gpu.1"),
        ({"parameters_b": 72.0}, "gpu.4"),
        ({"parameters_b": 72.0, "precision": "awq_int4"}, "gpu.1"),
        ({"parameters_b": 72.0, "tensor_parallel_size": 2}, "gpu.2"),
        ({"parameters_b": 72.0, "engine": "transformers"}, "gpu.1"),
        ({"parameters_b": 400.0}, "gpu.8"),
    ],
)
def test_queue_follows_from_size_and_precision(fields: dict[str, object], queue: str) -> None:
    submission = submitted(**fields)
    assert submission.queue == queue
    assert submission.spec["model"]["tensor_parallel_size"] == int(queue.partition(".")[2])


@override_settings(GPU_MEMORY_GB=24)
def test_smaller_gpus_take_more_of_them() -> None:
    assert submitted(parameters_b=7.6).queue == "gpu.1"
    assert submitted(parameters_b=32.0).queue == "gpu.4"


def test_size_that_a_worker_read_goes_before_the_declared_one() -> None:
    first = submitted(parameters_b=1.0)
    record_facts(first.variant, {"size_bytes": 150_000_000_000})
    assert submitted(parameters_b=1.0).queue == "gpu.4"
