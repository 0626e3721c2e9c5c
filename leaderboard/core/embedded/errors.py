"""What can go wrong before the site itself runs, in words for the person at the terminal."""

from __future__ import annotations


class EmbeddedError(RuntimeError):
    """Something kept the servers or services from running; the message says what to do about it."""

    exit_code = 1


class DidNotStart(EmbeddedError):
    """A process ended, or was not ready in time."""


class AlreadyRunning(EmbeddedError):
    """Another process holds the lock of this runtime folder."""

    exit_code = 3


class StopRequested(Exception):
    """The person, the operating system or the end of the parent asked this process to stop."""
