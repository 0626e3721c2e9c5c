"""``python -m leaderboard.core.embedded.launch up|demo|stop|password|token|manage``: the whole site on one node, as one command.

``up`` starts the servers, migrates, collects static files, starts the site's worker, the evaluator's worker and the web
server, and keeps them running until Ctrl-C. ``demo`` does the same and fills the board. ``stop`` stops what runs on this
runtime folder. ``password`` gives the admin a new password, ``token`` makes an API token. ``manage ARGUMENT...`` runs ``manage.py`` with the addresses and
secrets of this runtime folder.

``VLMLB_VAR`` is the runtime folder, ``HOST`` and ``PORT`` where the site listens (127.0.0.1:8000, or the next free port).
What else may be set is in ``leaderboard/settings.py`` and ``evaluator/settings.py``.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import subprocess
import sys
from signal import Signals
from time import monotonic, sleep
from urllib.parse import urlsplit

from . import plan, postgres, valkey
from .console import Console, terminal
from .errors import EmbeddedError
from .guard import guarded
from .layout import ROOT, Layout
from .lock import is_held
from .node import run_node
from .servers import ServerUrls, embedded_servers
from .state import read_state

_STOP_TIMEOUT_S = 60


def main(argv: list[str] | None = None) -> int:
    """Run a command; return its exit status (3: the runtime folder is in use)."""
    parser = argparse.ArgumentParser(
        prog="leaderboard.core.embedded.launch",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("up", help="run the site until Ctrl-C")
    commands.add_parser("demo", help="the same, with demo content")
    commands.add_parser("stop", help="stop what runs on this runtime folder")
    password = commands.add_parser("password", help="give a user a new password and show it once")
    password.add_argument("user", nargs="?", default="admin")
    token = commands.add_parser("token", help="make an API token for a user and show it once")
    token.add_argument("user", nargs="?", default="admin")
    token.add_argument("--scope", action="append", default=[], help="read, submit, review, admin")
    token.add_argument("--days", default="", help="valid for so many days")
    manage = commands.add_parser("manage", help="run manage.py against this runtime folder")
    manage.add_argument("arguments", nargs=argparse.REMAINDER)
    options = parser.parse_args(argv)
    layout, console = Layout.from_environment(), terminal()
    try:
        if options.command == "stop":
            return stop(layout, console)
        if options.command == "manage":
            return manage_command(layout, options.arguments)
        if options.command == "password":
            return manage_command(layout, ["new_password", options.user])
        if options.command == "token":
            return manage_command(layout, _token_command(options))
        demo = options.command == "demo"
        return guarded(lambda lifeline: run_node(layout, console, lifeline, demo=demo), console)
    except EmbeddedError as error:
        console.say(str(error))
        return error.exit_code


def _token_command(options: argparse.Namespace) -> list[str]:
    scopes = [f"--scope={scope}" for scope in options.scope]
    days = [f"--days={options.days}"] if options.days else []
    return ["create_token", options.user, "--name", "make token", *scopes, *days]


def stop(layout: Layout, console: Console) -> int:
    """Stop what runs on this runtime folder, and wait until it has ended."""
    state = read_state(layout.state) if is_held(layout.lock) else None
    if state is None:
        console.say(f"Nothing runs on {layout.var}.")
        return 0
    with contextlib.suppress(ProcessLookupError):
        os.kill(state["supervisor_pid"], Signals.SIGTERM)
    until = monotonic() + _STOP_TIMEOUT_S
    while is_held(layout.lock):
        if monotonic() > until:
            raise EmbeddedError(
                f"Process {state['supervisor_pid']} did not end in {_STOP_TIMEOUT_S} s."
            )
        sleep(0.1)
    console.say("Stopped.")
    return 0


def manage_command(layout: Layout, arguments: list[str]) -> int:
    """Run ``manage.py`` against the running servers of this runtime folder, or against some started for it."""
    layout.make()
    if is_held(layout.lock):
        urls, web_url = _running(layout)
        return _manage(layout, urls, web_url, arguments)
    with embedded_servers(layout.var) as urls:
        return _manage(layout, urls, "", arguments)


def _manage(layout: Layout, urls: ServerUrls, web_url: str, arguments: list[str]) -> int:
    environments = plan.environments(
        layout,
        os.environ,
        database_url=urls.database_url,
        redis_url=urls.redis_url,
        web_url=web_url,
        defaults={},
    )
    argv = [plan.PYTHON, "manage.py", *arguments]
    return subprocess.run(argv, cwd=ROOT, env=environments.site, check=False).returncode


def _running(layout: Layout) -> tuple[ServerUrls, str]:
    """Return the addresses of what runs now, with the passwords that the state file does not hold."""
    state = read_state(layout.state)
    if state is None:
        raise EmbeddedError(
            f"{layout.var} is just being started or stopped. Try again in a moment."
        )
    embedded = {process["name"] for process in state["processes"]}
    database_url = os.environ.get("DATABASE_URL", "")
    redis_url = os.environ.get("REDIS_URL", "")
    if postgres.NAME in embedded:
        database_url = postgres.Postgres(layout, port=_port(state["database"])).url
    if valkey.NAME in embedded:
        redis_url = valkey.Valkey(layout, port=_port(state["redis"])).url
    return ServerUrls(database_url, redis_url), state["web"]


def _port(url: str) -> int:
    return urlsplit(url).port or 0


if __name__ == "__main__":
    sys.exit(main())
