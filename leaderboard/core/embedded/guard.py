"""Two processes that watch each other, so that killing either leaves nothing behind.

The process that was started becomes the *guard*: it only waits, passes stop signals on, and adopts every process whose
parent ends. The *supervisor* is its child, in a session of its own (so Ctrl-C reaches the guard alone and the services
end in order).

- The supervisor is killed: its processes become the guard's, and the guard ends them.
- The guard is killed: the supervisor sees the end of the pipe between them and stops everything in order.
- Both are killed at once: every server still has its parent-death signal, and every service its warden.
"""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Callable
from types import FrameType

from .console import Console
from .processes import adopt_orphans, descendants, end
from .wakeup import STOP_SIGNALS

_GRACE_S = 5.0


def guarded(supervise: Callable[[int], int], console: Console) -> int:
    """Run ``supervise(lifeline)`` in a child process; return its exit status once nothing of it is left.

    ``lifeline`` is a pipe's read end that is at its end when this process is gone. Call it early, before there are
    threads.
    """
    lifeline, hold = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    adopt_orphans()
    # Between the fork and the handlers a signal must neither kill the guard nor get lost.
    signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
    pid = os.fork()
    if pid == 0:
        os.close(hold)
        os.setsid()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)
        os._exit(_outcome(supervise, lifeline))
    os.close(lifeline)
    try:
        return _guard(pid, console)
    finally:
        os.close(hold)


def _outcome(supervise: Callable[[int], int], lifeline: int) -> int:
    """Return the exit status of ``supervise`` as the interpreter would."""
    try:
        return supervise(lifeline)
    except BaseException:
        traceback.print_exc()
        return 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()


def _guard(pid: int, console: Console) -> int:
    def pass_on(number: int, _frame: FrameType | None) -> None:
        os.kill(pid, number)

    for number in STOP_SIGNALS:
        signal.signal(number, pass_on)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)
    status = _wait_for(pid)
    for number in STOP_SIGNALS:
        # The supervisor is gone: there is nobody left to pass a signal on to, and the clearing up is short.
        signal.signal(number, signal.SIG_IGN)
    if left := descendants():
        console.say("The supervisor was killed; ending what it left.")
        # They got their parent-death signals already.
        end(left, polite=None, grace=_GRACE_S)
        end(descendants(), grace=0.5)
    return status if status >= 0 else 128 - status


def _wait_for(pid: int) -> int:
    """Return the exit status of ``pid``, negative for a signal; other children that end meanwhile are reaped."""
    while True:
        ended, status = os.wait()
        if ended == pid:
            return os.waitstatus_to_exitcode(status)
