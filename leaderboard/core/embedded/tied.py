"""Become another program that ends when its parent ends. A script of its own, standard library only.

``python -ISB tied.py SIGNAL PARENT_PID USER -- PROGRAM ARGUMENT...``

It is the last step before the real program on purpose: Linux forgets the parent-death signal when credentials change
(``setuid``, a new user namespace), so it must be set after those and after them only. ``USER`` is a user name to become
first (needs root), or ``-``. Elsewhere than on Linux there is no such signal; the guard process covers that.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import sys

PR_SET_PDEATHSIG = 1


def become(user: str) -> None:
    """Give up root for ``user``, for good."""
    entry = pwd.getpwnam(user)
    os.setgroups([])
    os.setgid(entry.pw_gid)
    os.setuid(entry.pw_uid)


def tie(signal: int, parent: int) -> None:
    """Ask for ``signal`` at the end of ``parent``; SystemExit if it has ended already."""
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.prctl(PR_SET_PDEATHSIG, signal, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")
    if os.getppid() != parent:
        raise SystemExit("the parent has ended")


def main(arguments: list[str]) -> None:
    """Tie this process and exec the program; does not return."""
    signal, parent, user, dashes, *program = arguments
    if dashes != "--" or not program:
        raise SystemExit(__doc__)
    if user != "-":
        become(user)
    tie(int(signal), int(parent))
    try:
        os.execvp(program[0], program)  # noqa: S606 - no shell is the point
    except OSError as error:
        raise SystemExit(f"cannot run {program[0]}: {error.strerror}") from error


if __name__ == "__main__":
    main(sys.argv[1:])
