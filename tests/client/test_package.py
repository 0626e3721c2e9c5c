"""The client as a wheel, in an environment that has what it declares and nothing else."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import venv
import zipfile
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

CLIENT = Path(__file__).resolve().parents[2] / "client"
NAME = "vlm-leaderboard-client"
BUILD = "import sys; from hatchling.build import build_wheel; print(build_wheel(sys.argv[1]))"


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment with the wheel and copies of the packages that it needs, however deep."""
    folder = tmp_path_factory.mktemp("package")
    built = subprocess.run(
        [sys.executable, "-c", BUILD, str(folder)],
        cwd=CLIENT,
        capture_output=True,
        text=True,
        check=True,
    )
    venv.create(folder / "venv", with_pip=False)
    (packages,) = (folder / "venv").glob("lib/python*/site-packages")
    with zipfile.ZipFile(folder / built.stdout.strip().splitlines()[-1]) as wheel:
        wheel.extractall(packages)
    for name in needed(NAME) - {NAME}:
        copy(name, packages)
    return folder / "venv" / "bin" / "python"


def needed(name: str) -> set[str]:
    """The names of a package and of all that it needs here."""
    found, waiting = set[str](), [name]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        wanted = (Requirement(text) for text in distribution(name).requires or ())
        waiting += [r.name for r in wanted if r.marker is None or r.marker.evaluate({"extra": ""})]
    return found


def copy(name: str, packages: Path) -> None:
    of = distribution(name)
    for file in of.files or ():
        if ".." not in file.parts:
            target = packages / file
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(str(of.locate_file(file)), target)


def test_the_command_runs_with_what_it_declares(python: Path, site: str, token: str) -> None:
    done = subprocess.run(
        [python, "-I", "-m", "vlm_leaderboard", "whoami", "--json"],
        env={"VLM_LEADERBOARD_URL": site, "VLM_LEADERBOARD_TOKEN": token},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["username"] == "ana"


@pytest.mark.parametrize("package", ["leaderboard", "evaluator", "django", "celery", "numpy"])
def test_nothing_of_the_servers_is_there(python: Path, package: str) -> None:
    done = subprocess.run([python, "-I", "-c", f"import {package}"], capture_output=True, text=True)
    assert "ModuleNotFoundError" in done.stderr


def test_types_and_the_command_are_in_the_wheel(python: Path) -> None:
    code = (
        "import importlib.metadata as m, importlib.resources as r, vlm_leaderboard as v;"
        f"d = m.distribution('{NAME}');"
        "assert d.version == v.__version__ and (r.files(v) / 'py.typed').is_file();"
        "print(*(e.value for e in d.entry_points))"
    )
    done = subprocess.run([python, "-I", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "vlm_leaderboard.cli:main"
