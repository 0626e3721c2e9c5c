"""The command line of the transformers server. The API key comes from SERVE_API_KEY, never from argv."""

from __future__ import annotations

import argparse
import logging
import os
from importlib.metadata import version

import torch
import uvicorn

from evaluator.harness.serve_transformers.app import make_app
from evaluator.harness.serve_transformers.batches import Batcher, Model

_GRACEFUL_S = 2


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="serve_transformers", description=__doc__)
    parser.add_argument("source", help="a folder or a hub id")
    parser.add_argument("--revision")
    parser.add_argument("--served-model-name")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--dtype", default="auto", help="auto: as stored in the checkpoint")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--max-model-len", type=int)
    parser.add_argument("--max-batch-size", type=int, default=16)
    parser.add_argument("--trust-remote-code", action="store_true")
    return parser.parse_args()


def main() -> None:
    """Load the checkpoint, then listen: whoever can connect finds a server that is ready."""
    args = _arguments()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    model = Model(
        args.source,
        revision=args.revision,
        dtype=args.dtype,
        device=args.device,
        max_model_len=args.max_model_len,
        trust_remote_code=args.trust_remote_code,
    )
    app = make_app(
        Batcher(model, max_batch_size=args.max_batch_size),
        served_name=args.served_model_name or args.source,
        api_key=os.environ.get("SERVE_API_KEY") or None,
        versions={name: version(name) for name in ("transformers", "torch")},
    )
    uvicorn.run(
        app,
        host=args.host,
        port=args.port,
        log_level="warning",
        timeout_graceful_shutdown=_GRACEFUL_S,
    )


if __name__ == "__main__":
    main()
