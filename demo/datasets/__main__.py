"""``python -m demo.datasets --out DIR [--seed N] [--benchmark SLUG ...]``: write the demo sets."""

from __future__ import annotations

import argparse
from pathlib import Path

from demo.datasets import BUILDERS, SEED, write_set


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m demo.datasets", description="Draw the demo data sets."
    )
    parser.add_argument(
        "--out", type=Path, required=True, help="folder that gets one folder a benchmark"
    )
    parser.add_argument(
        "--seed", type=int, default=SEED, help=f"which set to draw (default {SEED})"
    )
    parser.add_argument(
        "--benchmark", action="append", choices=sorted(BUILDERS), help="default: all"
    )
    arguments = parser.parse_args()
    for slug in arguments.benchmark or BUILDERS:
        for path, rows in write_set(slug, arguments.out, arguments.seed).items():
            print(f"{path}: {rows} rows")


if __name__ == "__main__":
    main()
