"""``python -m demo.variants KIND --out DIR [--source DIR] [--replace]``: write one variant."""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

from demo.variants import BITS, CHECKPOINT, write_variant


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m demo.variants",
        description="Write a copy of a checkpoint with rounded weights.",
    )
    parser.add_argument("kind", choices=BITS)
    parser.add_argument("--out", type=Path, required=True, help="folder to make")
    parser.add_argument(
        "--source", type=Path, default=CHECKPOINT, help="default: the toy checkpoint"
    )
    parser.add_argument(
        "--replace", action="store_true", help="remove the folder first if it exists"
    )
    given = parser.parse_args()
    if given.replace:
        shutil.rmtree(given.out, ignore_errors=True)
    changed = write_variant(given.kind, given.out, given.source)
    print(f"{given.out}: {changed} tensors in {given.kind}")


if __name__ == "__main__":
    main()
