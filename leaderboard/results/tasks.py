"""The site's end of the wire: what workers report arrives here."""

from __future__ import annotations

import logging
import uuid
from typing import Any

from celery import Task, shared_task
from celery.exceptions import MaxRetriesExceededError

from evaluator.errors import EvaluationError, FailureCode
from evaluator.messages import REPORT_TASK, Report, ReportKind
from leaderboard.results.ingest import ingest, is_transient
from leaderboard.runs.failures import fail
from leaderboard.runs.models import Run, TransitionRefused
from leaderboard.runs.services import apply_report

logger = logging.getLogger(__name__)

MAX_RETRIES = 10
LONGEST_WAIT_S = 60


@shared_task(name=REPORT_TASK, bind=True, max_retries=MAX_RETRIES, ignore_result=True)
def handle_report(self: Task[Any, None], payload: Any) -> None:
    """Apply one report. One that cannot be read is logged and dropped.

    While the database or the artifact store is away it is tried again, for some minutes; then a bundle's run fails
    as ARTIFACTS_UNAVAILABLE where the store is at fault, and otherwise the reaper finds what is left undone.
    """
    report = parse(payload)
    if report is None:
        return
    try:
        if report.kind is ReportKind.BUNDLE:
            take_in(report)
        else:
            apply_report(report)
    except Exception as error:
        if not is_transient(error):
            raise
        _try_again(self, report, error)


def parse(payload: Any) -> Report | None:
    """Return the report in ``payload``, or None when it is none."""
    try:
        report = Report.from_json(payload)
        uuid.UUID(report.submission)
        if report.run is not None:
            uuid.UUID(report.run)
        if report.kind is ReportKind.BUNDLE and not (
            report.run and report.artifact and report.sha256 and report.items_artifact
        ):
            raise ValueError("a bundle names run, artifact, sha256 and items_artifact")
    except (ValueError, TypeError) as error:
        logger.warning("dropped a report that cannot be read: %s", error)
        return None
    return report


def take_in(report: Report) -> None:
    """Ingest the bundle that ``report``, as ``parse`` returned it, speaks of."""
    run = _run_of(report)
    if run is None:
        logger.warning("dropped a bundle of unknown run %s", report.run)
        return
    ingest(
        run,
        artifact=report.artifact or "",
        sha256=report.sha256 or "",
        items_artifact=report.items_artifact or "",
        attempt=report.attempt,
    )


def _try_again(task: Task[Any, None], report: Report, error: Exception) -> None:
    wait = min(2**task.request.retries, LONGEST_WAIT_S)
    logger.warning("%s, trying again in %d s", type(error).__name__, wait)
    try:
        raise task.retry(exc=None, countdown=wait)
    except MaxRetriesExceededError:
        logger.error("gave up on a %s report", report.kind.value, exc_info=error)
        if isinstance(error, EvaluationError):
            _give_up(report, error.detail)


def _run_of(report: Report) -> Run | None:
    if report.run is None:
        return None
    runs = Run.objects.select_related("benchmark", "submission")
    return runs.filter(public_id=report.run, submission__public_id=report.submission).first()


def _give_up(report: Report, detail: str) -> None:
    run = _run_of(report)
    if run is None:
        return
    try:
        fail(run, FailureCode.ARTIFACTS_UNAVAILABLE, detail, attempt=report.attempt)
    except TransitionRefused as refused:
        logger.info("%s", refused)
