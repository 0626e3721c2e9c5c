"""Create or update `.venv`: the site, its workers, the evaluator's worker; with --dev also tests, lint and types.

Nothing is resolved: every package comes from requirements/site.txt (and dev.txt) with its hash; with --dev the client
(client/) is installed from its folder, by the locked build tool. Quick when a stamp says that the environment is what
these files ask for. Interrupted at any point it starts over next time.

Usage: python3.11 scripts/setup_site.py [--dev] [--uv PATH]
"""

from __future__ import annotations

import argparse
import sys
import time

from setup_harness import REQUIREMENTS, ROOT, find_uv, one_at_a_time, run, stamp_of, step

VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
CLIENT = ROOT / "client"


def main() -> None:
    parser = argparse.ArgumentParser(description="Create or update .venv.")
    parser.add_argument("--dev", action="store_true", help="with tests, lint and types")
    parser.add_argument("--uv", help="uv's path; found or installed into .boot when left out")
    args = parser.parse_args()
    if sys.version_info < (3, 11):  # noqa: UP036 - run by whatever python3 there is
        raise SystemExit("the site needs Python 3.11 or newer")
    site, dev = REQUIREMENTS / "site.txt", REQUIREMENTS / "dev.txt"
    locks = [site, dev] if args.dev else [site]
    # An environment with the developers' tools holds the site's packages too.
    whole = stamp_of([site, dev, CLIENT / "pyproject.toml"])
    wanted = whole if args.dev else stamp_of([site])
    stamp = VENV / ("dev.sha256" if args.dev else "site.sha256")
    accepted = {VENV / "dev.sha256": whole, stamp: wanted}
    started = time.monotonic()
    with one_at_a_time():
        for path, right in accepted.items():
            if PYTHON.exists() and path.exists() and path.read_text().strip() == right:
                print("site environment: up to date")
                return
        print(f"site environment: building {VENV.name}", flush=True)
        for path in accepted:
            path.unlink(missing_ok=True)
        uv = find_uv(args.uv)
        if not PYTHON.exists():
            with step("creating the environment"):
                run(uv, "venv", "-q", "--clear", "--python", sys.executable, VENV)
        with step(f"installing {' and '.join(p.name for p in locks)}"):
            requirements = [a for lock in locks for a in ("-r", lock)]
            run(uv, "pip", "install", "--python", PYTHON, "--require-hashes", "-q", *requirements)
        if args.dev:
            with step("installing the client"):
                locked = ("--no-deps", "--no-build-isolation", "-q")
                run(uv, "pip", "install", "--python", PYTHON, *locked, "--editable", CLIENT)
        stamp.write_text(wanted + "\n")
    print(f"site environment: ready in {time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main()
