"""``python -m demo.server [--host H] [--port N] [--ready-file F]``: serve the baselines until SIGTERM or Ctrl-C.

A key is taken from the environment variable ``DEMO_SERVER_API_KEY``, never from the command line, which others can see.
The ready file appears whole, once requests are answered: ``{"base_url": ..., "models": [...]}``.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import threading
from pathlib import Path

from demo.server.answers import BASELINES
from demo.server.http import BaselineServer


def write_ready_file(path: Path, server: BaselineServer) -> None:
    """Write the file under a temporary name and rename it, so that nobody reads half of it."""
    temporary = path.with_name(path.name + ".part")
    document = {"base_url": server.base_url, "models": list(BASELINES)}
    temporary.write_text(json.dumps(document), encoding="utf-8")
    temporary.replace(path)


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m demo.server",
        description="Serve the baseline models through an OpenAI-compatible API.",
        epilog="Set DEMO_SERVER_API_KEY to ask clients for a key.",
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0, the default: any free one")
    parser.add_argument("--ready-file", type=Path, help="written when requests are answered")
    given = parser.parse_args()
    key = os.environ.get("DEMO_SERVER_API_KEY") or None
    with BaselineServer((given.host, given.port), key) as server:
        # shutdown() waits for serve_forever(), which this very thread runs: hence a thread of its own.
        def stop(*_: object) -> None:
            threading.Thread(target=server.shutdown, daemon=True).start()

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, stop)
        print(f"{server.base_url} serves {', '.join(BASELINES)}", flush=True)
        if given.ready_file:
            write_ready_file(given.ready_file, server)
        server.serve_forever()


if __name__ == "__main__":
    main()
