"""A submission and what can be done with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from vlm_leaderboard.answers import Scores, Submission
from vlm_leaderboard.progress import shown

if TYPE_CHECKING:
    from vlm_leaderboard.client import Client


class Job:
    """A submission on its way. ``submission`` is what was last heard of it."""

    def __init__(self, client: Client, submission: Submission) -> None:
        self._client = client
        self.submission = submission

    def __repr__(self) -> str:
        states = ", ".join(f"{run.benchmark} {run.state}" for run in self.submission.runs)
        return f"Job({self.id}: {states})"

    @property
    def id(self) -> str:
        """The submission's id."""
        return self.submission.id

    def refresh(self) -> Submission:
        """Ask how it stands."""
        self.submission = self._client.submission(self.id)
        return self.submission

    def watch(self, *, timeout_s: float | None = None) -> Iterator[Submission]:
        """Yield the submission now, after each change, and last when nothing of it is under way."""
        for seen in self._client.watch(self.id, timeout_s=timeout_s):
            self.submission = seen
            yield seen

    def wait(self, *, timeout_s: float | None = None, progress: bool | None = None) -> Submission:
        """Return the submission once nothing of it is under way, whether it went well or not (``ended_badly``).

        Progress is shown meanwhile in a notebook and on a terminal; ``progress`` says otherwise. Raises WaitTimedOut.
        """
        with shown(progress) as show:
            for submission in self.watch(timeout_s=timeout_s):
                show(submission)
        return self.submission

    def scores(self) -> dict[str, Scores]:
        """Return the scores of each run by the run's id; those of a run that is not graded are empty."""
        return {run.id: self._client.scores(run.id) for run in self.submission.runs}

    def cancel(self, reason: str = "") -> Submission:
        """Cancel what is not finished."""
        self.submission = self._client.cancel(self.id, reason)
        return self.submission

    def retry(self, changes: Mapping[str, Any] | None = None) -> Submission:
        """Send what failed or was cancelled again."""
        self.submission = self._client.retry(self.id, changes)
        return self.submission
