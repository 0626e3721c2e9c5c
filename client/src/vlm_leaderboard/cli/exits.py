"""What the command ends with, for scripts. These numbers are stable."""

from __future__ import annotations

from enum import IntEnum

from vlm_leaderboard import errors


class ExitCode(IntEnum):
    """Why the command ended."""

    DONE = 0
    ENDED_BADLY = 1
    USAGE = 2
    NOT_ALLOWED = 3
    NOT_FOUND = 4
    CONFLICT = 5
    QUOTA = 6
    SITE = 7
    TIMED_OUT = 8


EPILOG = (
    "Exit codes: 0 done, 1 a run failed or was cancelled, 2 wrong usage or input, 3 not signed in or not allowed, "
    "4 not found, 5 the state does not allow it, 6 quota used up, 7 the site is away or failed, 8 not over in time, "
    "130 interrupted."
)

_BY_ERROR: tuple[tuple[type[errors.LeaderboardError], ExitCode], ...] = (
    (errors.NotConfigured, ExitCode.NOT_ALLOWED),
    (errors.BadInput, ExitCode.USAGE),
    (errors.RequestInvalid, ExitCode.USAGE),
    (errors.NotSignedIn, ExitCode.NOT_ALLOWED),
    (errors.Forbidden, ExitCode.NOT_ALLOWED),
    (errors.NotFound, ExitCode.NOT_FOUND),
    (errors.Conflict, ExitCode.CONFLICT),
    (errors.QuotaExceeded, ExitCode.QUOTA),
    (errors.WaitTimedOut, ExitCode.TIMED_OUT),
)


def exit_code(error: errors.LeaderboardError) -> ExitCode:
    """Return what the command ends with after an error."""
    return next((code for kind, code in _BY_ERROR if isinstance(error, kind)), ExitCode.SITE)
