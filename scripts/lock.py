"""Recompute every requirement file from its .in file, with hashes and without a registry's address.

Usage: python3.11 scripts/lock.py [--uv PATH]
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from setup_harness import REQUIREMENTS, find_uv, run, step

OPTIONS = (
    *("--universal", "--python-version", "3.11", "--generate-hashes", "--upgrade"),
    *("--no-emit-index-url", "--no-emit-find-links", "--no-annotate", "--no-header", "-q"),
)
LAYERS = ("boot", "site", "dev", "bench", "s3")
"""In this order: dev.in and s3.in are constrained by site.txt."""


def main() -> None:
    parser = argparse.ArgumentParser(description="Recompute the requirement files.")
    parser.add_argument("--uv", help="uv's path; found or installed into .boot when left out")
    uv = find_uv(parser.parse_args().uv)
    for name in LAYERS:
        with step(f"locking {name}.txt"):
            source, target = (REQUIREMENTS / f"{name}.{end}" for end in ("in", "txt"))
            run(uv, "pip", "compile", *OPTIONS, source, "-o", target)
    with step("locking the harness"):
        run(sys.executable, Path(__file__).with_name("lock_harness.py"), "--uv", uv)


if __name__ == "__main__":
    main()
