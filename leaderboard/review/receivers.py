"""What review does when a run has been graded."""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver

from leaderboard.results.signals import run_corrected, run_graded, run_regraded
from leaderboard.review.attaching import attach_checks, refresh_sighted
from leaderboard.review.services import publish_by_rule
from leaderboard.runs.models import Run


@receiver(run_graded, dispatch_uid="review.examine_graded_run")
def examine_graded_run(run: Run, **_extra: Any) -> None:
    """Attach the automatic checks, and publish at once where the rule for trusted submitters allows it."""
    publish_by_rule(run, attach_checks(run))
    refresh_sighted(run)


@receiver((run_regraded, run_corrected), dispatch_uid="review.examine_changed_run")
def examine_changed_run(run: Run, **_extra: Any) -> None:
    """Attach the checks anew. The rule publishes nothing here: the run may have been reopened for a reason.

    What was done is in the run's history; what it made of the checks needs no further line.
    """
    attach_checks(run)
    refresh_sighted(run)
