"""Ending a run, one way for every cause."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils import timezone

from evaluator.errors import EvaluationError, FailureCode
from leaderboard.core.text import storable, storable_json
from leaderboard.runs.models import Run
from leaderboard.runs.states import RunState

MAX_LOG_LINES = 200
MAX_LOG_CHARACTERS = 20_000
MAX_DETAIL_CHARACTERS = 2_000

CLEAN_SLATE: dict[str, Any] = {
    "failure_code": "",
    "failure_detail": "",
    "failure_facts": {},
    "log_tail": "",
    "worker": "",
    "started_at": None,
    "finished_at": None,
    "artifact": "",
    "artifact_sha256": "",
    "items_artifact": "",
}
"""What a new attempt starts with."""


def fail(
    run: Run,
    code: FailureCode,
    detail: str = "",
    *,
    attempt: int,
    log_tail: Iterable[str] = (),
    facts: Mapping[str, Any] | None = None,
) -> Run:
    """Move the run to FAILED with the cause, what programs can read of it, and the end of the log.

    Raises TransitionRefused when it is finished or the attempt is not its current one.
    """
    return Run.objects.transition(
        run,
        RunState.FAILED,
        attempt=attempt,
        reason=code.value,
        failure_code=code.value,
        failure_detail=storable(detail)[:MAX_DETAIL_CHARACTERS],
        failure_facts=storable_json(dict(facts or {})),
        log_tail=_tail(log_tail),
        finished_at=timezone.now(),
    )


def fail_with(run: Run, error: EvaluationError, *, attempt: int) -> Run:
    """As ``fail``, for an error that was raised."""
    return fail(
        run, error.code, error.detail, attempt=attempt, log_tail=error.log_tail, facts=error.facts
    )


def _tail(lines: Iterable[str]) -> str:
    text = "\n".join(list(lines)[-MAX_LOG_LINES:])
    return storable(text)[-MAX_LOG_CHARACTERS:]
