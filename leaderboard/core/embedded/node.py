"""The whole site on one node: servers, commands before, services, commands after, until somebody asks to stop."""

from __future__ import annotations

import os
from time import monotonic

from . import plan
from .console import Console
from .demo_plan import Demo
from .errors import EmbeddedError, StopRequested
from .layout import ROOT, Layout
from .ports import LOOPBACK, next_free_port
from .secret_files import write_private
from .stamps import fingerprint
from .supervisor import Supervisor


def run_node(layout: Layout, console: Console, lifeline: int, *, demo: bool) -> int:
    """Run everything; return the exit status. The supervisor's side of :func:`guard.guarded`."""
    console.say(f"VLM Leaderboard, runtime folder {layout.var}. Ctrl-C stops everything.")
    if os.geteuid() == 0:
        console.line("note", "running as root; a plain user is enough, and safer")
    began = monotonic()
    supervisor = Supervisor(
        layout, environ=os.environ, console=console, lifeline=lifeline, guard_pid=os.getppid()
    )
    try:
        with supervisor:
            console.line("servers", f"PostgreSQL and Valkey are up ({monotonic() - began:.1f} s)")
            reason = _Node(supervisor, Demo.on(layout) if demo else None, began).run()
            console.line("stop", f"{reason}; stopping")
            began = monotonic()
        console.line("stop", f"everything has ended ({monotonic() - began:.1f} s)")
    except StopRequested as request:
        console.line("stop", f"{request}; everything has ended")
    except EmbeddedError as error:
        console.say(str(error))
        return error.exit_code
    return 0


class _Node:
    """One run of the site inside a supervisor."""

    def __init__(self, supervisor: Supervisor, demo: Demo | None, began: float) -> None:
        self._supervisor = supervisor
        self._console = supervisor.console
        self._demo = demo
        self._began = began

    def run(self) -> str:
        """Start everything and keep it running; return why it shall stop."""
        try:
            environments = self._start()
            seconds = monotonic() - self._began
            self._console.line("ready", f"{self._supervisor.web_url} ({seconds:.1f} s in all)")
            self._fill(environments)
            return self._supervisor.watch()
        except StopRequested as request:
            return str(request)

    def _start(self) -> plan.Environments:
        host, port = choose_address(os.environ.get("HOST"), os.environ.get("PORT"), self._console)
        supervisor, demo = self._supervisor, self._demo
        supervisor.web_url = plan.web_url(host, port)
        environments = plan.environments(
            supervisor.layout,
            os.environ,
            database_url=supervisor.database_url,
            redis_url=supervisor.redis_url,
            web_url=supervisor.web_url,
            defaults=demo.settings() if demo else {},
        )
        steps = plan.steps_before(supervisor.layout, os.environ)
        for step in (*steps, *(demo.steps_before() if demo else ())):
            self._run_step(step, environments)
        endpoints = demo.services(os.environ) if demo else ()
        services = plan.services(
            environments,
            environments.site,
            host=host,
            port=port,
            endpoints=tuple(service.name for service in endpoints),
        )
        with self._console.timed("services") as notes:
            supervisor.start((*endpoints, *services))
            notes.append("all are up")
        return environments

    def _fill(self, environments: plan.Environments) -> None:
        """Fill the board. If that fails the site keeps running: its pages show what went wrong."""
        try:
            for step in self._demo.steps_after() if self._demo else ():
                self._run_step(step, environments)
        except EmbeddedError as error:
            self._console.say(f"{error} The site keeps running.")

    def _run_step(self, step: plan.Step, environments: plan.Environments) -> None:
        """Run a step, unless its inputs are as they were when it last ended well and its output is there."""
        stamp = self._supervisor.layout.run / f"{step.name.replace(' ', '-')}.stamp"
        with self._console.timed(step.name) as notes:
            mark = fingerprint(step.inputs)
            there = step.output is not None and step.output.exists()
            if there and stamp.exists() and stamp.read_text() == mark:
                notes.append("unchanged")
                return
            stamp.unlink(missing_ok=True)
            self._supervisor.run_step(
                step.name, step.argv, env=environments.site, cwd=ROOT, show=step.show
            )
            write_private(stamp, mark)


def choose_address(host: str | None, port: str | None, console: Console) -> tuple[str, int]:
    """Return where the site listens: the wanted port or the next free one; EmbeddedError on nonsense."""
    host, text = host or LOOPBACK, port or "8000"
    if not text.isdecimal() or not 0 < int(text) < 65_536:
        raise EmbeddedError(f"PORT is {text!r}; it must be a number from 1 to 65535.")
    wanted = int(text)
    try:
        free = next_free_port(wanted, host)
    except OSError as error:
        raise EmbeddedError(f"Cannot listen on {host}: {error}") from None
    if free != wanted:
        console.line("web", f"port {wanted} is taken; using {free} (PORT chooses another)")
    return host, free
