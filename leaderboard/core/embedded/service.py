"""One thing to keep running, and the process that runs it now."""

from __future__ import annotations

import subprocess
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from signal import Signals
from time import monotonic
from typing import IO

from .console import Console
from .identity import Identity
from .layout import ROOT
from .processes import adopted, end, kill_group, last_lines, start_tied, start_warded

BACKOFF_FIRST_S, BACKOFF_MOST_S = 0.5, 30.0
STEADY_AFTER_S = 60.0
"""A process that lived so long was fine: the next restart is quick again."""
_LOOKS = 5
LOG_LIMIT = 5_000_000
"""A log file larger than this many bytes starts anew with the process (the last one is kept as ``.old``)."""


@dataclass(frozen=True)
class Service:
    """What to run and how to treat it. Data only: nothing happens until a supervisor starts it."""

    name: str
    argv: tuple[str | Path, ...]
    env: Mapping[str, str]
    """The whole environment; nothing is inherited."""
    cwd: Path = ROOT
    ready: Callable[[], bool] | None = None
    """Asked about four times a second until it says True; must answer within a second or two. None: ready at once."""
    ready_timeout: float = 60.0
    after: tuple[str, ...] = ()
    """Started once these are ready; these are stopped once it has ended."""
    restart: bool = True
    """Start it again when it ends by itself."""
    stop: tuple[tuple[Signals, float], ...] = ((Signals.SIGTERM, 5.0),)
    """Signals to stop it, and the seconds each is given; then its whole group is killed.

    The first is also what it gets if the supervisor is killed.
    """
    log: Path | None = None
    """Where its output goes; None: to the console, behind its name."""
    warden: bool = False
    """It starts processes of its own: a warden stays its parent and ends them all (see ``warden.py``)."""
    before_start: Callable[[], None] | None = None
    """Called before every start, to clear what a killed process left behind."""
    identity: Identity = Identity.SAME


@dataclass
class Child:
    """A service with its process. Used from the main thread only; see :func:`start_tied`."""

    service: Service
    process: subprocess.Popen[bytes] | None = None
    ready: bool = False
    restarts: int = 0
    start_at: float = 0.0
    _began: float = 0.0
    _backoff: float = BACKOFF_FIRST_S
    _tail: deque[str] = field(default_factory=lambda: deque(maxlen=40))
    _relay: threading.Thread | None = None

    @property
    def name(self) -> str:
        """The service's name."""
        return self.service.name

    @property
    def pid(self) -> int | None:
        """Process id while there is a process."""
        return self.process.pid if self.process else None

    @property
    def state(self) -> str:
        """One word for the state file."""
        if self.process is None:
            return "waiting"
        return "ready" if self.ready else "starting"

    def start(self, console: Console) -> None:
        """Start the process."""
        if self.service.before_start:
            self.service.before_start()
        self.ready = False
        self._began = monotonic()
        log = self.service.log
        if log:
            if log.exists() and log.stat().st_size > LOG_LIMIT:
                log.replace(log.with_suffix(".old"))
            with log.open("ab") as file:
                self.process = self._spawn(file)
            return
        self.process = self._spawn(subprocess.PIPE)
        self._relay = threading.Thread(
            target=self._pass_on, args=(self.process.stdout, console), daemon=True
        )
        self._relay.start()

    def check_ready(self) -> bool:
        """Say whether it became ready just now."""
        if self.process is None or self.ready:
            return False
        self.ready = self.service.ready is None or self.service.ready()
        return self.ready

    def take_exit(self) -> int | None:
        """Return the exit status if the process has ended by itself, and plan its next start; None while it runs."""
        if self.process is None or (status := self.process.poll()) is None:
            return None
        kill_group(self.process.pid)
        self.process = None
        if monotonic() - self._began > STEADY_AFTER_S:
            self._backoff = BACKOFF_FIRST_S
        self.start_at = monotonic() + self._backoff
        self._backoff = min(self._backoff * 2, BACKOFF_MOST_S)
        self.ready = False
        return status

    def tail(self) -> list[str]:
        """Return the last lines it said."""
        if self.service.log:
            return last_lines(self.service.log)
        if self._relay:
            self._relay.join(timeout=1)
        return list(self._tail)

    def _spawn(self, output: int | IO[bytes]) -> subprocess.Popen[bytes]:
        service = self.service
        if service.warden:
            return start_warded(service.argv, env=service.env, cwd=service.cwd, output=output)
        return start_tied(
            service.argv,
            env=service.env,
            cwd=service.cwd,
            output=output,
            identity=service.identity,
            death_signal=service.stop[0][0],
        )

    def _pass_on(self, stream: IO[bytes], console: Console) -> None:
        with stream:
            for raw in stream:
                text = raw.decode("utf-8", "replace").rstrip()
                self._tail.append(text)
                console.line(self.name, text)


class Stopping:
    """The stopping of one child, step by step, so that several can be stopped at the same time."""

    def __init__(self, child: Child) -> None:
        self.child = child
        self._steps = iter(child.service.stop)
        self._until = 0.0

    def advance(self) -> bool:
        """Send the next signal when the last one's time is over; say whether the process has ended."""
        process = self.child.process
        if process is None:
            return True
        if process.poll() is None and monotonic() < self._until:
            return False
        if process.poll() is None and (step := next(self._steps, None)):
            process.send_signal(step[0])
            self._until = monotonic() + step[1]
            return False
        kill_group(process.pid)
        process.wait()
        self.child.process = None
        return True


def clear_strays(known: set[int]) -> None:
    """End the processes that lost their parent, such as the sessions of a killed PostgreSQL.

    A healthy service keeps its processes below itself: one that detaches them on purpose is not supported.
    """
    # Several looks: a stray that ends may leave its own children. Not for ever: the kernel may hold one.
    for _ in range(_LOOKS):
        if not (strays := adopted(known)):
            return
        end(strays)
