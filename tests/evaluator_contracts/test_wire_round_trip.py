"""Records and messages come back from JSON as they were, and old code reads new files."""

import json

import pytest

from evaluator.errors import EvaluationError, FailureCode
from evaluator.messages import (
    ENDPOINT_QUEUE,
    Progress,
    Report,
    ReportKind,
    RunProgress,
    Stage,
    queue_for,
)
from evaluator.records import Graded, Item, Manifest, Response, Score, Verdict
from evaluator.spec import BenchmarkSpec, EvaluationSpec, ModelSpec

MANIFEST = Manifest(
    benchmark="mmbench_en_dev",
    run="r",
    submission="s",
    attempt=2,
    spec_identity="f" * 64,
    model={"name": "m"},
    dataset={"path": "p", "rows": 3},
    generation={"seed": 0},
    versions={"lmms_eval": "0.7.3"},
    counts={"items": 3},
    argv=["serve", "m"],
)
RECORDS = [
    Response("1", 0, "B", finish_reason="stop", ttft_ms=1.5, latency_ms=9.0, completion_tokens=2),
    Response("1", 0, error="HTTP 500", retries=3),
    Graded("1", Verdict.UNPARSED, 0.0, how="open"),
    Score("overall", "overall", "circular", None, None, 0),
    Score("L2", "logic_reasoning", "circular", 0.5, 1, 2, 0.1, 0.9),
    MANIFEST,
]
PROGRESS = Progress(
    at=1.0,
    worker="w",
    stage=Stage.GENERATING,
    stage_since=0.5,
    current_run="r",
    runs={"r": RunProgress(done=3, total=9, rate=1.5)},
    log_tail=("one", "two"),
)
REPORTS = [
    Report(kind=ReportKind.STARTED, submission="s", attempt=1, at=1.0, facts={"host": "h"}),
    Report(kind=ReportKind.STAGE, submission="s", attempt=1, at=1.0, stage=Stage.SERVING),
    Report(
        kind=ReportKind.FAILED,
        submission="s",
        attempt=1,
        at=1.0,
        run="r",
        code=FailureCode.ENDPOINT_AUTH,
        detail="HTTP 401",
        log_tail=("line",),
    ),
]


def over_the_wire(data):
    return json.loads(json.dumps(data))


@pytest.mark.parametrize("record", RECORDS, ids=lambda r: type(r).__name__)
def test_a_record_comes_back_as_it_was(record):
    assert type(record).from_json(over_the_wire(record.to_json())) == record


def test_an_item_comes_back_with_its_pictures_in_order():
    item = Item("1", 0, {"question": "?"}, ("b" * 64, "a" * 64))
    back = Item.from_json(over_the_wire(item.to_json()))
    assert (back.key, back.position, back.fields, tuple(back.images)) == (
        item.key,
        item.position,
        item.fields,
        item.images,
    )


def test_a_verdict_that_came_over_the_wire_still_equals_its_name():
    graded = Graded.from_json(over_the_wire(Graded("1", Verdict.CORRECT, 1.0).to_json()))
    assert graded.verdict == Verdict.CORRECT


def test_fields_of_a_newer_version_are_ignored():
    data = {**RECORDS[0].to_json(), "invented_later": 1}
    assert Response.from_json(data) == RECORDS[0]


def test_progress_comes_back_as_it_was():
    assert Progress.from_json(over_the_wire(PROGRESS.to_json())) == PROGRESS


@pytest.mark.parametrize("report", REPORTS, ids=lambda r: r.kind.value)
def test_a_report_comes_back_as_it_was(report):
    assert Report.from_json(over_the_wire(report.to_json())) == report


@pytest.mark.parametrize(
    "change", [{"kind": "gossip"}, {"stage": "lunch"}, {"code": "oops"}, {"new": 1}]
)
def test_a_report_that_says_something_else_is_refused(change):
    with pytest.raises((ValueError, TypeError)):
        Report.from_json({**REPORTS[0].to_json(), **change})


@pytest.mark.parametrize(
    ("gpus", "queue"), [(1, "gpu.1"), (2, "gpu.2"), (3, "gpu.4"), (8, "gpu.8")]
)
def test_a_checkpoint_goes_to_the_smallest_queue_that_fits(gpus, queue):
    assert queue_for(checkpoint(gpus)) == queue


def test_a_checkpoint_that_fits_no_queue_is_refused():
    with pytest.raises(EvaluationError, match="tensor_parallel_size 9"):
        queue_for(checkpoint(9))


def test_an_endpoint_needs_no_gpu():
    model = ModelSpec(kind="endpoint", name="m", base_url="http://host/v1", tensor_parallel_size=4)
    assert queue_for(evaluation(model)) == ENDPOINT_QUEUE


def checkpoint(gpus):
    return evaluation(
        ModelSpec(kind="checkpoint", name="m", source="org/m", tensor_parallel_size=gpus)
    )


def evaluation(model):
    benchmarks = (BenchmarkSpec(slug="mmbench_en_dev", run="r"),)
    return EvaluationSpec(submission="s", attempt=1, model=model, benchmarks=benchmarks)
