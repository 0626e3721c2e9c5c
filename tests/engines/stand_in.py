"""A stand-in for a serving engine's command: takes the flags of our transformers server and speaks its HTTP.

    python stand_in.py ACT SOURCE --host H --port P --served-model-name NAME [...]

It has no model; ACT says how it behaves, with the messages that torch, transformers and uvicorn print.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from tests.support.openai_server import openai_server

LAST_WORDS = {
    "oom": "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB.",
    "bad_model": "ValueError: The checkpoint you are trying to load has model type `x` but Transformers"
    " does not recognize this architecture.",
    "broken": "RuntimeError: something nobody foresaw",
}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("act")
    parser.add_argument("source")
    parser.add_argument("--host", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--served-model-name", required=True)
    parser.add_argument("--dtype", required=True)
    parser.add_argument("--revision")
    args = parser.parse_args()
    key = os.environ["SERVE_API_KEY"]
    print("argv:", sys.argv[2:], flush=True)
    print("key:", key, flush=True)
    # A helper process, as real engines have, that would outlive a careless stop.
    helper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    Path("helper.pid").write_text(str(helper.pid))
    marker = Path("..", "port-was-taken")
    if args.act in LAST_WORDS:
        sys.exit(LAST_WORDS[args.act])
    if args.act == "port_taken_once" and not marker.exists():
        marker.touch()
        sys.exit("[Errno 98] error while attempting to bind on address: address already in use")
    if args.act == "never_ready":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        time.sleep(600)
    mode = "no_images" if args.act == "text_only" else "normal"
    with openai_server(args.port, model=args.served_model_name, api_key=key, mode=mode):
        if args.act == "dies_later":
            Path("ready").touch()
            while not Path("die").exists():
                time.sleep(0.05)
            sys.stderr.write("torch.OutOfMemoryError: CUDA out of memory.\n")
            sys.stderr.flush()
            os._exit(1)
        threading.Event().wait()


if __name__ == "__main__":
    main()
