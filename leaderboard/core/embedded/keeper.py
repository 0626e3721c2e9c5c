"""``python -m leaderboard.core.embedded.keeper``: the process that holds embedded servers for another process.

It says what it started as one line of JSON on its standard output, and stops the servers when its standard input ends:
whoever started it may be killed in any way. :func:`leaderboard.core.embedded.servers.embedded_servers` is the other end.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from pathlib import Path

from .console import Console
from .errors import EmbeddedError, StopRequested
from .layout import Layout
from .supervisor import Supervisor

_STDIN = 0


def main() -> int:
    """Keep the servers until standard input ends."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("var", type=Path)
    parser.add_argument("--test", action="store_true", help="data that may be lost: no fsync")
    parser.add_argument("--template", type=Path, help="keep a ready data folder here for copying")
    parser.add_argument("--remove", type=Path, help="remove this folder at the end")
    options = parser.parse_args()
    try:
        return _keep(options)
    except EmbeddedError as error:
        _answer({"error": str(error), "exit_code": error.exit_code})
        return error.exit_code
    except StopRequested:
        return 0
    finally:
        if options.remove:
            shutil.rmtree(options.remove, ignore_errors=True)


def _keep(options: argparse.Namespace) -> int:
    supervisor = Supervisor(
        Layout.of(options.var),
        environ=os.environ,
        console=Console(sys.stderr),
        test=options.test,
        template=options.template,
        lifeline=_STDIN,
    )
    with supervisor:
        _answer({"database_url": supervisor.database_url, "redis_url": supervisor.redis_url})
        supervisor.watch()
    return 0


def _answer(message: dict[str, str | int]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
