"""Following a submission until nothing of it is under way."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from vlm_leaderboard.answers import Submission
from vlm_leaderboard.errors import ServerError, Unreachable, WaitTimedOut


@dataclass(frozen=True, slots=True)
class Pace:
    """How long to wait between two looks: longer while nothing changes, short again after a change.

    ``outages`` is how many looks in a row may fail: a site that is restarted does not end a watch of hours.
    """

    first_s: float = 1.0
    longest_s: float = 15.0
    growth: float = 1.5
    outages: int = 20

    def after(self, wait_s: float) -> float:
        """Return the wait that follows one in which nothing changed."""
        return min(self.longest_s, wait_s * self.growth)


def follow(
    look: Callable[[], Submission], pace: Pace, timeout_s: float | None
) -> Iterator[Submission]:
    """Yield the submission now, after each change of it, and last when nothing of it is under way.

    Raises what ``look`` raises, WaitTimedOut.
    """
    until = None if timeout_s is None else time.monotonic() + timeout_s
    seen = look()
    yield seen
    wait_s, missed = pace.first_s, 0
    while seen.under_way:
        left_s = wait_s if until is None else until - time.monotonic()
        if left_s <= 0:
            raise WaitTimedOut(f"Submission {seen.id} is still under way after {timeout_s:g} s.")
        time.sleep(min(wait_s, left_s))
        try:
            found = look()
        except (Unreachable, ServerError):
            missed += 1
            if missed > pace.outages:
                raise
            wait_s = pace.after(wait_s)
            continue
        missed = 0
        if found == seen:
            wait_s = pace.after(wait_s)
            continue
        seen, wait_s = found, pace.first_s
        yield seen
