"""The worker's task: run an evaluation and tell the site how it went."""

from __future__ import annotations

import logging
import time
from contextlib import suppress
from typing import Any

from redis import Redis
from redis.exceptions import RedisError

from evaluator import __version__
from evaluator.artifacts import ArtifactStore
from evaluator.celery import app, settings
from evaluator.errors import EvaluationCancelled, EvaluationError, FailureCode
from evaluator.keys import open_sealed
from evaluator.messages import (
    EVALUATE_TASK,
    REPORT_TASK,
    SITE_QUEUE,
    Report,
    ReportKind,
)
from evaluator.pipeline import evaluate, remove_old_work
from evaluator.reporting import Claim, SiteReporter, worker_name
from evaluator.serving.telemetry import hardware_facts
from evaluator.spec import EvaluationSpec

log = logging.getLogger(__name__)


def send_report(report: Report) -> None:
    """Send a report to the site, retrying while the broker is away."""
    app.send_task(
        REPORT_TASK,
        args=[report.to_json()],
        queue=SITE_QUEUE,
        retry=True,
        retry_policy={"max_retries": 60, "interval_start": 0.5, "interval_max": 5},
    )


@app.task(name=EVALUATE_TASK)
def evaluate_task(payload: dict[str, Any]) -> None:
    """Run the evaluation in ``payload`` (an EvaluationSpec) and report how it ended, unless another worker has it.

    A spec that cannot be read is reported as failed, unless not even its submission can be read. Raises RedisError
    or kombu's OperationalError when the broker stays away; the site then finds the silence.
    """
    try:
        spec = EvaluationSpec.from_json(payload)
    except EvaluationError as error:
        log.error("a spec cannot be read: %s", error.detail)
        _refuse(payload, error)
        return
    redis: Redis
    with Redis.from_url(settings.redis_url, socket_timeout=10, socket_connect_timeout=5) as redis:
        delivery = evaluate_task.request.properties or {}
        claim = Claim(redis, spec, delivery.get("delivery_tag"))
        if not claim.take():
            log.info("%s attempt %d is claimed: duplicate", spec.submission, spec.attempt)
            return
        try:
            store = ArtifactStore(settings.artifacts_url)
            _run(spec, redis, claim, store)
        except EvaluationError as error:
            log.error("the artifact store cannot be opened: %s", error.detail)
            _refuse(payload, error)
        finally:
            with suppress(RedisError):  # it lapses by itself
                claim.release()
    remove_old_work(settings.pipeline)


def _refuse(payload: object, error: EvaluationError) -> None:
    match payload:
        case {"submission": str(submission), "attempt": int(attempt)}:
            send_report(
                Report(
                    kind=ReportKind.FAILED,
                    submission=submission,
                    attempt=attempt,
                    at=time.time(),
                    code=error.code,
                    detail=error.detail,
                )
            )


def _run(spec: EvaluationSpec, redis: Redis, claim: Claim, store: ArtifactStore) -> None:
    with SiteReporter(spec, redis, claim, store, send_report) as reporter:
        facts = {
            "worker": worker_name(),
            "hardware": hardware_facts(),
            "evaluator": __version__,
        }
        reporter.report(ReportKind.STARTED, facts=facts)
        try:
            sealed = spec.model.api_key_sealed
            api_key = open_sealed(sealed, settings.private_key) if sealed else None
            evaluate(spec, settings.pipeline, reporter, api_key)
        except EvaluationCancelled:
            reporter.report(ReportKind.CANCELLED)
        except EvaluationError as error:
            reporter.report(
                ReportKind.FAILED,
                code=error.code,
                detail=error.detail,
                log_tail=error.log_tail,
                facts=error.facts,
            )
        except Exception as error:
            # The traceback goes to the worker's own log; the site gets the kind of error only, because the
            # text of an unforeseen exception may hold anything.
            log.exception("evaluation %s failed", spec.submission)
            reporter.report(
                ReportKind.FAILED, code=FailureCode.INTERNAL, detail=type(error).__name__
            )
        else:
            reporter.report(ReportKind.FINISHED)
