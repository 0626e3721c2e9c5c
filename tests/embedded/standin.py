"""The stack of these tests: the real servers, guard and supervisor, with stand-ins for the web server and a worker.

``python standin.py VAR [PORT]``. The stand-ins know nothing of Django: ``web`` is Python's own HTTP server, ``worker``
starts a process in a session of its own, as the evaluator's worker does for its harness, and writes down its id.
"""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import replace
from pathlib import Path

from leaderboard.core.embedded.console import terminal
from leaderboard.core.embedded.errors import EmbeddedError, StopRequested
from leaderboard.core.embedded.guard import guarded
from leaderboard.core.embedded.layout import Layout
from leaderboard.core.embedded.plan import answers
from leaderboard.core.embedded.ports import random_free_port
from leaderboard.core.embedded.service import Service
from leaderboard.core.embedded.supervisor import Supervisor

WORKER = """
import pathlib, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
pathlib.Path(sys.argv[1]).write_text(str(child.pid))
print("the worker has begun", flush=True)
time.sleep(600)
"""


def stand_ins(layout: Layout) -> list[Service]:
    """Return the two services."""
    port = random_free_port()
    env = {"PATH": os.environ.get("PATH", "")}
    worker = Service(
        name="worker",
        argv=(sys.executable, "-c", WORKER, layout.var / "grandchild"),
        env=env,
        warden=True,
    )
    web = Service(
        name="web",
        argv=(sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1"),
        env=env,
        cwd=layout.log,
        ready=answers(f"http://127.0.0.1:{port}/"),
        after=("worker",),
    )
    return [worker, web]


def main() -> int:
    """Run the stack until it is stopped."""
    parser = argparse.ArgumentParser()
    parser.add_argument("var", type=Path)
    parser.add_argument("--template", type=Path)
    parser.add_argument("--step", help="Python code to run once before the services")
    parser.add_argument("--never-ready", action="store_true", help="add a service that never is")
    options = parser.parse_args()
    console = terminal()

    def supervise(lifeline: int) -> int:
        layout = Layout.of(options.var)
        supervisor = Supervisor(
            layout,
            environ=os.environ,
            console=console,
            template=options.template,
            lifeline=lifeline,
            guard_pid=os.getppid(),
        )
        try:
            with supervisor:
                if options.step:
                    step = (sys.executable, "-c", options.step)
                    supervisor.run_step("step", step, env={}, cwd=layout.var)
                services = stand_ins(layout)
                if options.never_ready:
                    services.append(
                        replace(services[0], name="slow", ready=lambda: False, ready_timeout=1)
                    )
                supervisor.start(services)
                console.say("READY")
                console.say(f"STOP {supervisor.watch()}")
        except StopRequested:
            return 0
        except EmbeddedError as error:
            console.say(str(error))
            return error.exit_code
        return 0

    return guarded(supervise, console)


if __name__ == "__main__":
    sys.exit(main())
