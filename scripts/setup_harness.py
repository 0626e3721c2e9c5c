"""Create or update `.venv-harness`: lmms-eval with torch, apart from the site's `.venv`.

1. Compare the stamp in `.venv-harness` with the hash of the lock files; stop here when they agree.
2. Find uv, or install it into `.boot` from requirements/boot.txt.
3. Create the environment empty.
4. Install requirements/harness.txt with uv.
5. Download torch with pip, which follows pip's own configuration to a CPU build where there is one; refuse a
   file whose hash is not in requirements/torch.txt; install it. (pip's hash mode cannot do this: it prefers files
   whose index tells their hash, and so skips a CPU build found in a folder.)
6. If that torch is a CUDA build, install requirements/torch-cuda.txt.
7. Import what the harness imports, which proves the set and writes the bytecode.
8. Write the stamp.

All installs check hashes and resolve nothing (--no-deps). Works as root and as a plain user. Interrupted at any
point it starts over next time. Needs Python 3.11 or newer with pip; nothing else.

Usage: python3.11 scripts/setup_harness.py [--uv PATH] [--force]
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = ROOT / "requirements"
VENV = ROOT / ".venv-harness"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "requirements.sha256"
LOCKS = [REQUIREMENTS / name for name in ("harness.txt", "torch.txt", "torch-cuda.txt")]
SMOKE = "import lmms_eval.evaluator, transformers, accelerate, httpx, starlette, uvicorn; import torch; print('torch', torch.__version__)"


def stamp_of(locks: Sequence[Path]) -> str:
    """Return the hash of everything that decides what these lock files install."""
    digest = hashlib.sha256(f"{sys.version_info[:2]} {sys.platform} {os.uname().machine}".encode())
    for path in locks:
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def wanted_stamp() -> str:
    """Return the stamp that an environment which is up to date has."""
    return stamp_of(LOCKS)


def is_current(stamp: str) -> bool:
    return PYTHON.exists() and STAMP.exists() and STAMP.read_text().strip() == stamp


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Hold a lock on the requirements folder, so that two setups do not write into one environment."""
    handle = os.open(REQUIREMENTS, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


@contextmanager
def step(title: str) -> Iterator[None]:
    """Print the title, then how long the block took."""
    print(f"  {title} ...", end="", flush=True)
    started = time.monotonic()
    try:
        yield
    except BaseException:
        print(" failed", flush=True)
        raise
    print(f" {time.monotonic() - started:.1f} s", flush=True)


def run(*argv: str | Path) -> None:
    """Run a command quietly. Raises SystemExit with its output when it fails."""
    done = subprocess.run(
        [str(a) for a in argv],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=ROOT,
    )
    if done.returncode:
        raise SystemExit(f"\n{' '.join(str(a) for a in argv)}\n{done.stdout}")


def find_uv(given: str | None) -> Path:
    """Return uv: the given one, the one in .boot, the one on PATH, or one newly installed into .boot."""
    boot = ROOT / ".boot" / "bin" / "uv"
    for candidate in (given, str(boot), shutil.which("uv")):
        if candidate and Path(candidate).exists():
            return Path(candidate)
    with step("installing uv into .boot"):
        run(
            # Not an environment's python: those made by uv have no pip.
            *(sys._base_executable, "-m", "pip", "install", "-q", "--require-hashes", "--upgrade"),
            *("--target", boot.parent.parent, "-r", REQUIREMENTS / "boot.txt"),
        )
    return boot


def uv_install(uv: Path, lock: Path, python: Path = PYTHON) -> None:
    """Install a lock file into the environment of ``python``."""
    run(uv, "pip", "install", "--python", python, "--no-deps", "--require-hashes", "-q", "-r", lock)


def install_torch(uv: Path, python: Path = PYTHON) -> None:
    """Install the build of torch that pip prefers here, if torch.txt knows its hash."""
    lock = (REQUIREMENTS / "torch.txt").read_text()
    requirement = re.search(r"^torch==[\w.]+", lock, re.MULTILINE)
    if requirement is None:
        raise SystemExit("\nrequirements/torch.txt does not pin torch")
    with tempfile.TemporaryDirectory() as folder:
        run(
            *(sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary", ":all:"),
            *("--dest", folder, requirement[0]),
        )
        (wheel,) = Path(folder).glob("torch-*.whl")
        with wheel.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        if f"--hash=sha256:{digest}" not in lock:
            raise SystemExit(
                f"\n{wheel.name} has sha256 {digest}, which is not in requirements/torch.txt"
            )
        run(uv, "pip", "install", "--python", python, "--no-deps", "-q", wheel)


def is_cuda_build() -> bool:
    """Tell from torch's own metadata: only a CUDA build asks for the CUDA libraries."""
    metadata = next(VENV.glob("lib/python*/site-packages/torch-*.dist-info/METADATA")).read_text()
    return any(
        line.startswith("Requires-Dist:") and ("nvidia-" in line or "cuda-" in line)
        for line in metadata.splitlines()
    )


def build(uv: Path) -> None:
    with step("creating the environment"):
        run(uv, "venv", "-q", "--clear", "--python", sys.executable, VENV)
    with step("installing lmms-eval and what its evaluator imports"):
        uv_install(uv, REQUIREMENTS / "harness.txt")
    with step("installing torch"):
        install_torch(uv)
    if is_cuda_build():
        with step("installing the CUDA libraries of this torch"):
            uv_install(uv, REQUIREMENTS / "torch-cuda.txt")
    with step("importing it once"):
        run(PYTHON, "-c", SMOKE)


def main() -> None:
    parser = argparse.ArgumentParser(description="Create or update .venv-harness.")
    parser.add_argument("--uv", help="uv's path; found or installed into .boot when left out")
    parser.add_argument("--force", action="store_true", help="rebuild even when the stamp agrees")
    args = parser.parse_args()
    started = time.monotonic()
    with one_at_a_time():
        stamp = wanted_stamp()
        if is_current(stamp) and not args.force:
            print("harness environment: up to date")
            return
        print(f"harness environment: building {VENV.name}", flush=True)
        STAMP.unlink(missing_ok=True)
        build(find_uv(args.uv))
        STAMP.write_text(stamp + "\n")
    print(f"harness environment: ready in {time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main()
