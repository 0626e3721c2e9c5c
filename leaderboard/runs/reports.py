"""What a worker's reports do to runs.

Reports arrive at least once and in any order. Each is applied to runs that are still at its attempt and in a state
that it may change; for any other run it says nothing new, and that is logged and no error. A bundle is not handled
here but in ``results.ingest``.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable

from django.db import transaction
from django.utils import timezone

from evaluator.errors import FailureCode
from evaluator.messages import Report, ReportKind, Stage
from leaderboard.core.text import storable, storable_json
from leaderboard.runs.attempts import locked
from leaderboard.runs.failures import fail
from leaderboard.runs.models import Run, RunEvent, Submission
from leaderboard.runs.states import ON_WORKER, WAITING, RunState

logger = logging.getLogger(__name__)

UNFINISHED = WAITING | ON_WORKER
"""Runs that the worker still has to do. One in SCORING has been delivered: the worker has no more say in it."""


def apply_report(report: Report) -> None:
    """Apply one report other than BUNDLE. Applying it again changes nothing.

    Its ids must be UUIDs. Raises ValueError for a BUNDLE.
    """
    handle = _HANDLERS.get(report.kind)
    if handle is None:
        raise ValueError(f"{report.kind.value} is not handled here")
    with transaction.atomic():
        found = Submission.objects.filter(public_id=report.submission).values_list("pk", flat=True)
        pk = found.first()
        if pk is None:
            logger.warning("%s of unknown submission %s", report.kind.value, report.submission)
            return
        handle(locked(pk), report)


def _runs(submission: Submission, report: Report) -> list[Run]:
    """Return the runs that the report speaks of and that it may still change."""
    runs = submission.runs.filter(attempt=report.attempt, state__in=UNFINISHED).order_by("id")
    if report.run is not None:
        runs = runs.filter(public_id=report.run)
    found = list(runs)
    if not found:
        logger.info(
            "%s of submission %s attempt %d says nothing new (now at attempt %d)",
            report.kind.value,
            submission.public_id,
            report.attempt,
            submission.attempt,
        )
    return found


def _started(submission: Submission, report: Report) -> None:
    runs = _runs(submission, report)
    if not runs:
        return
    worker = storable(str(report.facts.get("worker", "")))[:200]
    submission.worker = worker
    submission.facts = storable_json(dict(report.facts))
    submission.save(update_fields=["worker", "facts"])
    submission.runs.filter(pk__in=[run.pk for run in runs]).update(worker=worker)
    _start_queued(runs, report)


def _start_queued(runs: Iterable[Run], report: Report) -> None:
    """Move those that still look queued to STARTING; a run that is further on stays where it is."""
    for run in runs:
        if run.state == RunState.QUEUED:
            _move_on(run, RunState.STARTING, report)


def _move_on(run: Run, to: RunState, report: Report) -> None:
    started_at = run.started_at or timezone.now()
    Run.objects.transition(run, to, attempt=report.attempt, started_at=started_at)


def _stage(submission: Submission, report: Report) -> None:
    """Note the stage. Any stage proves that the worker started, generating that the run is being evaluated."""
    stage = report.stage
    if stage is None:
        logger.warning("a stage report of submission %s names no stage", submission.public_id)
        return
    runs = _runs(submission, report)
    for run in runs:
        RunEvent.objects.get_or_create(
            run=run,
            kind=RunEvent.Kind.STAGE,
            attempt=report.attempt,
            stage=stage.value,
            data={"at": report.at},
            defaults={"worker": run.worker},
        )
        if stage is Stage.GENERATING and report.run and run.state != RunState.EVALUATING:
            _move_on(run, RunState.EVALUATING, report)
    _start_queued(runs, report)


def _failed(submission: Submission, report: Report) -> None:
    for run in _runs(submission, report):
        fail(
            run,
            report.code or FailureCode.INTERNAL,
            report.detail,
            attempt=report.attempt,
            log_tail=report.log_tail,
            facts=report.facts,
        )


def _cancelled(submission: Submission, report: Report) -> None:
    for run in _runs(submission, report):
        Run.objects.transition(
            run, RunState.CANCELLED, attempt=report.attempt, finished_at=timezone.now()
        )


def _finished(submission: Submission, report: Report) -> None:
    """Each run ends by its own bundle, which may come after this. One whose bundle never comes is found by the
    reaper, for the heartbeat has stopped; so it must not look queued."""
    _start_queued(_runs(submission, report), report)


_HANDLERS: dict[ReportKind, Callable[[Submission, Report], None]] = {
    ReportKind.STARTED: _started,
    ReportKind.STAGE: _stage,
    ReportKind.FAILED: _failed,
    ReportKind.CANCELLED: _cancelled,
    ReportKind.FINISHED: _finished,
}
