"""What is stored of a run."""

from __future__ import annotations

from evaluator.errors import FailureCode
from leaderboard.results.models import Response, Score
from leaderboard.runs.models import Run
from leaderboard.runs.states import RunState


def headline(run: Run) -> Score:
    """Return the score that ranks the run."""
    found = Score.objects.headline(run)
    assert found is not None
    return found


def nothing_is_stored_of(run: Run) -> bool:
    """Whether the run has neither responses nor scores."""
    return not (Response.objects.of_run(run).exists() or Score.objects.filter(run=run).exists())


def failed_with(run: Run, code: FailureCode) -> str:
    """Check that the run failed with this code and left nothing; return the detail."""
    run.refresh_from_db()
    assert (run.state, run.failure_code) == (RunState.FAILED, code)
    assert nothing_is_stored_of(run)
    return run.failure_detail
