"""Keep the embedded servers and the services running, and leave nothing behind.

One foreground process, one thread but for relaying output: starts the servers, then the services; starts again what
ends by itself; when asked to stop, stops services, then Valkey, then PostgreSQL.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from signal import Signals
from time import monotonic
from types import TracebackType
from typing import Self

from . import postgres, valkey
from .console import Console
from .errors import DidNotStart, EmbeddedError, StopRequested
from .layout import Layout
from .lock import instance_lock
from .ports import accepts_connections, random_free_port
from .processes import adopt_orphans, reap_unknown
from .service import Child, Service, Stopping, clear_strays
from .state import ProcessState, StackState, without_password, write_state
from .wakeup import Wakeup

_PORT_TRIES = 3
_PUMP_S = 0.5
_QUICK_PUMP_S = 0.05


class Supervisor:
    """A context manager: inside the block the servers run. Main thread of its process only.

    Its process must have no other children: what it does not know it takes for the leftovers of a crash.
    ``DATABASE_URL`` and ``REDIS_URL`` in ``environ`` win: that server is not started then. Any method may raise
    StopRequested once somebody asked this process to stop; leaving the block stops everything.
    """

    def __init__(
        self,
        layout: Layout,
        *,
        environ: Mapping[str, str],
        console: Console,
        test: bool = False,
        template: Path | None = None,
        lifeline: int | None = None,
        guard_pid: int = 0,
    ) -> None:
        """``test``: data that may be lost, no fsync. ``lifeline``: see :class:`Wakeup`."""
        self.layout = layout
        self.console = console
        self.database_url = environ.get("DATABASE_URL", "")
        self.redis_url = environ.get("REDIS_URL", "")
        self.web_url = ""
        self._test = test
        self._template = template
        self._guard_pid = guard_pid
        self._wakeup = Wakeup(lifeline)
        self._open = ExitStack()
        self._servers: list[Child] = []
        self._services: list[Child] = []
        self._steps: list[Child] = []
        self._stopping = False
        self._began = datetime.now(UTC).isoformat(timespec="seconds")

    def __enter__(self) -> Self:
        """Take the lock, then start the servers that are needed and wait for them."""
        with ExitStack() as undo:
            undo.enter_context(instance_lock(self.layout.lock))
            self.layout.make()
            self.layout.state.unlink(missing_ok=True)  # a killed instance left it
            undo.enter_context(self._wakeup.installed())
            adopt_orphans()
            undo.callback(self._stop_all)
            self._start_servers()
            self._open = undo.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop everything in reverse order."""
        self._open.close()

    def start(self, services: Iterable[Service]) -> None:
        """Start services in the given order, each after those it names in ``after``; wait until all are ready.

        DidNotStart when one is not ready within its time.
        """
        for service in services:
            self._wait_ready([c for c in self._services if c.name in service.after])
            child = Child(service)
            self._services.append(child)
            self._launch(child)
        self._wait_ready(self._services)

    def run_step(
        self,
        name: str,
        argv: Sequence[str | Path],
        *,
        env: Mapping[str, str],
        cwd: Path,
        show: bool = False,
    ) -> None:
        """Run a command to its end while everything else is kept running.

        Its output is shown as it comes (``show``), or only if it fails: EmbeddedError then.
        """
        child = Child(Service(name=name, argv=tuple(argv), env=env, cwd=cwd, restart=False))
        child.start(self.console if show else Console())
        self._steps.append(child)
        status: int | None = None
        try:
            while status is None:
                self._pump(_QUICK_PUMP_S)
                status = child.take_exit()
        finally:
            self._stop([child])
            self._steps.remove(child)
        if status != 0:
            detail = "" if show else "\n" + "\n".join(child.tail())
            raise EmbeddedError(f"{name} failed: {_meaning(status)}.{detail}")

    def watch(self) -> str:
        """Keep everything running until somebody asks to stop; return who did."""
        try:
            while True:
                self._pump(_PUMP_S)
        except StopRequested as request:
            return str(request)

    def save_state(self) -> None:
        """Write the state file anew."""
        children = (*self._servers, *self._services)
        state = StackState(
            supervisor_pid=os.getpid(),
            guard_pid=self._guard_pid,
            started_at=self._began,
            database=without_password(self.database_url),
            redis=without_password(self.redis_url),
            web=self.web_url,
            processes=tuple(ProcessState(c.name, c.pid, c.state, c.restarts) for c in children),
        )
        write_state(self.layout.state, state)

    def _start_servers(self) -> None:
        servers: list[postgres.Postgres | valkey.Valkey] = []
        if not self.database_url:
            servers.append(
                postgres.Postgres(
                    self.layout, port=random_free_port(), test=self._test, template=self._template
                )
            )
        if not self.redis_url:
            servers.append(valkey.Valkey(self.layout, port=random_free_port(), test=self._test))
        for server in servers:
            server.prepare()
            child = Child(server.service())
            self._servers.append(child)
            self._launch(child)
        for server, child in zip(servers, self._servers, strict=True):
            self._wait_server(server, child)
            if isinstance(server, postgres.Postgres):
                self.database_url = server.url
            else:
                self.redis_url = server.url
        self.save_state()

    def _wait_server(self, server: postgres.Postgres | valkey.Valkey, child: Child) -> None:
        """Wait for the first start of a server; on another port if somebody else took this one meanwhile."""
        for _ in range(_PORT_TRIES):
            try:
                self._wait_ready([child], must_live=True)
            except DidNotStart:
                if child.process or not accepts_connections(server.port):
                    raise
                server.port = random_free_port()
                child.service = server.service()
                self._launch(child)
            else:
                return
        raise EmbeddedError(f"{child.name}: {_PORT_TRIES} ports were taken one after the other.")

    def _launch(self, child: Child) -> None:
        child.start(self.console)
        self.save_state()

    def _wait_ready(self, children: Sequence[Child], *, must_live: bool = False) -> None:
        for child in children:
            seconds = child.service.ready_timeout
            restarts = child.restarts

            def done(child: Child = child, restarts: int = restarts) -> bool:
                return child.ready or (must_live and child.restarts != restarts)

            self._wait_until(done, _QUICK_PUMP_S, seconds)
            if not child.ready:
                said = "\n".join(child.tail())
                raise DidNotStart(f"{child.name} did not start. The last it said:\n{said}")

    def _wait_until(
        self, done: Callable[[], bool], every: float, seconds: float = float("inf")
    ) -> None:
        until = monotonic() + seconds
        while not done() and monotonic() < until:
            self._pump(every)

    def _pump(self, seconds: float) -> None:
        """React to what happened within ``seconds``; StopRequested if somebody asked for it."""
        self._wakeup.wait(seconds)
        if self._wakeup.reason and not self._stopping:
            raise StopRequested(self._wakeup.reason)
        reap_unknown(self._known())
        for child in (*self._servers, *self._services):
            if child.check_ready():
                self.save_state()
            elif (status := child.take_exit()) is not None:
                self._ended(child, status)
            elif child.process is None and child.service.restart and monotonic() >= child.start_at:
                self.console.line(child.name, "starting again")
                self._launch(child)

    def _ended(self, child: Child, status: int) -> None:
        """A process ended by itself: clear what it left, and plan its restart."""
        clear_strays(self._known())
        child.restarts += 1
        seconds = max(0.0, child.start_at - monotonic())
        then = (
            f"starting again in {seconds:.1f} s" if child.service.restart else "not started again"
        )
        self.console.line(child.name, f"ended with {_meaning(status)}; {then}")
        self.save_state()

    def _known(self) -> set[int]:
        children = (*self._servers, *self._services, *self._steps)
        return {child.pid for child in children if child.pid is not None}

    def _stop_all(self) -> None:
        self._stopping = True
        self._stop(self._services)
        clear_strays(self._known())
        for server in reversed(self._servers):
            self._stop([server])
        clear_strays(self._known())
        self.layout.state.unlink(missing_ok=True)

    def _stop(self, children: Sequence[Child]) -> None:
        """Stop children: each once all that were started ``after`` it have ended."""
        pending = [child for child in children if child.process]
        while pending:
            needed = {name for child in pending for name in child.service.after}
            wave = [child for child in pending if child.name not in needed] or list(pending)
            stopping = [Stopping(child) for child in wave]
            while stopping:
                stopping = [one for one in stopping if not one.advance()]
                if stopping:
                    self._wakeup.wait(_QUICK_PUMP_S)
            pending = [child for child in pending if child.process]


def _meaning(status: int) -> str:
    """Say what an exit status means: -9 is "SIGKILL"."""
    return f"exit status {status}" if status >= 0 else f"signal {Signals(-status).name}"
