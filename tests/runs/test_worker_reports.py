"""Workers' reports: in order, out of order, twice, and about things that do not exist."""

from __future__ import annotations

import uuid
from itertools import permutations

import pytest

from evaluator.errors import FailureCode
from evaluator.messages import Report, ReportKind, Stage
from leaderboard.runs.models import Run, RunEvent
from leaderboard.runs.services import apply_report
from leaderboard.runs.states import RunState
from tests.factories import make_run, make_submission, report_of, start

pytestmark = pytest.mark.django_db

BOTH = ["mmbench_en_dev", "mmbench_cn_dev"]


def test_started_moves_every_queued_run_and_names_the_worker() -> None:
    submission = make_submission(benchmarks=BOTH)
    facts = {"worker": "worker-7", "hardware": {"gpu": "none"}}

    apply_report(report_of(submission.runs.all()[0], ReportKind.STARTED, facts=facts))

    submission.refresh_from_db()
    assert (submission.worker, submission.facts) == ("worker-7", facts)
    runs = submission.runs.all()
    assert {(r.state, r.worker) for r in runs} == {(RunState.STARTING, "worker-7")}
    assert all(r.started_at for r in runs)


def test_generating_moves_the_run_that_it_names_only() -> None:
    submission = make_submission(benchmarks=BOTH)
    first, second = submission.runs.order_by("id")
    start(first)

    apply_report(
        report_of(first, ReportKind.STAGE, stage=Stage.GENERATING, run=str(first.public_id))
    )

    assert Run.objects.get(pk=first.pk).state == RunState.EVALUATING
    assert Run.objects.get(pk=second.pk).state == RunState.STARTING


def test_stages_are_written_down_once_however_often_they_arrive() -> None:
    run = make_run(RunState.STARTING)
    report = report_of(run, ReportKind.STAGE, stage=Stage.SERVING)

    apply_report(report)
    apply_report(report)

    stages = run.events.filter(kind=RunEvent.Kind.STAGE)
    assert [e.stage for e in stages] == ["serving"]


def the_way(run: Run) -> list[Report]:
    public_id = str(run.public_id)
    return [
        report_of(run, ReportKind.STARTED, facts={"worker": "worker-1"}),
        report_of(run, ReportKind.STAGE, stage=Stage.SERVING),
        report_of(run, ReportKind.STAGE, stage=Stage.GENERATING, run=public_id),
    ]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_in_any_order_the_furthest_report_decides(order: tuple[int, ...]) -> None:
    run = make_run()
    reports = the_way(run)

    for number in (*order, *order):
        apply_report(reports[number])

    run.refresh_from_db()
    assert run.state == RunState.EVALUATING
    assert run.worker == "worker-1"
    states = [e.to_state for e in run.events.filter(kind=RunEvent.Kind.STATE)]
    assert len(states) == len(set(states)), "no state is entered twice"


def test_failed_without_a_run_ends_every_unfinished_run() -> None:
    submission = make_submission(benchmarks=BOTH)
    first = submission.runs.earliest("id")
    report = report_of(
        first,
        ReportKind.FAILED,
        code=FailureCode.ENGINE_DIED,
        detail="exit status 1\x00",
        log_tail=("line 1", "line \ud800 2"),
    )

    apply_report(report)
    apply_report(report)

    for run in submission.runs.all():
        assert (run.state, run.failure_code) == (RunState.FAILED, "engine_died")
        assert run.failure_detail == "exit status 1\ufffd"
        assert run.log_tail == "line 1\nline \ufffd 2"
        assert run.events.filter(to_state=RunState.FAILED).count() == 1


def test_a_very_long_log_is_kept_from_its_end() -> None:
    run = make_run(RunState.STARTING)
    lines = tuple(f"line {number} " + "x" * 200 for number in range(5000))

    apply_report(report_of(run, ReportKind.FAILED, code=FailureCode.INTERNAL, log_tail=lines))

    run.refresh_from_db()
    assert len(run.log_tail) <= 20_000
    assert "line 4999" in run.log_tail


@pytest.mark.parametrize("kind", [ReportKind.FAILED, ReportKind.CANCELLED])
@pytest.mark.parametrize("state", [RunState.SCORING, RunState.REVIEW, RunState.PUBLISHED])
def test_a_run_that_was_delivered_is_out_of_the_workers_hands(
    state: RunState, kind: ReportKind
) -> None:
    run = make_run(state)

    apply_report(report_of(run, kind, code=FailureCode.INTERNAL))

    assert Run.objects.get(pk=run.pk).state == state


def test_finished_leaves_a_run_whose_bundle_is_still_on_its_way() -> None:
    run = make_run(RunState.EVALUATING)

    apply_report(report_of(run, ReportKind.FINISHED))

    assert Run.objects.get(pk=run.pk).state == RunState.EVALUATING


def test_after_finished_no_run_looks_queued() -> None:
    run = make_run()

    apply_report(report_of(run, ReportKind.FINISHED))

    assert Run.objects.get(pk=run.pk).state == RunState.STARTING, "so that the reaper looks at it"


def test_a_report_of_an_unknown_submission_is_dropped() -> None:
    run = make_run()

    apply_report(report_of(run, ReportKind.FAILED, submission=str(uuid.uuid4())))

    assert Run.objects.get(pk=run.pk).state == RunState.QUEUED
