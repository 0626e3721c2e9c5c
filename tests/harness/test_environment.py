"""The locked environment holds what the harness imports, and lmms-eval has the tasks that benchmarks declare."""

from __future__ import annotations

import importlib.util
import json
import subprocess
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from evaluator.benchmarks import all_benchmarks
from tests.harness.conftest import PYTHON, ROOT

REQUIREMENTS = ROOT / "requirements"
LOCKS = ("harness.txt", "torch.txt", "torch-cuda.txt")

_LOOK_UP = """
import json
from lmms_eval.tasks import TaskManager
from evaluator.benchmarks import all_benchmarks
from evaluator.harness.generate import task_folder
found = {}
for slug, benchmark in all_benchmarks().items():
    manager = TaskManager(include_defaults=False, include_path=str(task_folder(benchmark)))
    config = manager._get_config(benchmark.task)
    split = config.get("test_split") or config.get("validation_split")
    found[slug] = [config["dataset_path"], config.get("dataset_name"), split, config["output_type"]]
print(json.dumps(found))
"""


@pytest.fixture
def setup_script() -> ModuleType:
    path = ROOT / "scripts" / "setup_harness.py"
    spec = importlib.util.spec_from_file_location("setup_harness", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.harness
@pytest.mark.slow
def test_declared_data_is_what_the_lmms_eval_task_loads() -> None:
    done = subprocess.run(
        [PYTHON, "-c", _LOOK_UP], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    expected = {
        slug: [b.data.path, b.data.name, b.data.split, "generate_until"]
        for slug, b in all_benchmarks().items()
    }
    assert found == expected


@pytest.mark.parametrize("name", LOCKS)
def test_locks_pin_with_hashes_and_name_no_registry(name: str) -> None:
    text = (REQUIREMENTS / name).read_text()
    for word in ("http:", "https:", "--index", "--extra-index", "--find-links", "@ "):
        assert word not in text
    entries = [line for line in text.splitlines() if "==" in line.split(";")[0]]
    assert entries
    for entry in entries:
        assert f"{entry}\n    --hash=sha256:" in text


def test_torch_has_a_lock_of_its_own(setup_script: ModuleType) -> None:
    assert "\ntorch==" not in (REQUIREMENTS / "harness.txt").read_text()
    for absent in ("torchvision", "torchaudio", "torchcodec"):
        assert not any(f"\n{absent}==" in (REQUIREMENTS / name).read_text() for name in LOCKS)


def test_stamp_follows_every_lock(
    setup_script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copies = [tmp_path / name for name in LOCKS]
    for copy in copies:
        copy.write_text("one")
    monkeypatch.setattr(setup_script, "LOCKS", copies)
    stamps = {setup_script.wanted_stamp()}
    for copy in copies:
        copy.write_text("two")
        stamps.add(setup_script.wanted_stamp())
    assert len(stamps) == 4


def test_environment_without_its_stamp_is_not_current(
    setup_script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(setup_script, "PYTHON", tmp_path / "python")
    monkeypatch.setattr(setup_script, "STAMP", tmp_path / "stamp")
    (tmp_path / "python").touch()
    assert not setup_script.is_current("abc")
    (tmp_path / "stamp").write_text("abc\n")
    assert setup_script.is_current("abc")
    assert not setup_script.is_current("abd")


def test_torch_of_an_unknown_hash_is_refused_before_it_is_installed(
    setup_script: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """pip is replaced: which file it finds depends on the machine, and here it must be a wrong one."""
    commands: list[tuple[Any, ...]] = []

    def fake_run(*argv: Any) -> None:
        commands.append(argv)
        if "download" in argv:
            folder = Path(argv[argv.index("--dest") + 1])
            (folder / "torch-2.13.0-cp311-cp311-any.whl").write_bytes(b"something else")

    monkeypatch.setattr(setup_script, "run", fake_run)
    with pytest.raises(SystemExit, match=r"not in requirements/torch\.txt"):
        setup_script.install_torch(Path("uv"))
    assert len(commands) == 1


@pytest.mark.parametrize(
    ("requires", "cuda"),
    [("Requires-Dist: filelock", False), ("Requires-Dist: nvidia-nccl-cu13==2.29.7", True)],
)
def test_cuda_build_is_told_by_its_metadata(
    setup_script: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    requires: str,
    cuda: bool,
) -> None:
    info = tmp_path / "lib" / "python3.11" / "site-packages" / "torch-2.13.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Name: torch\n{requires}\n")
    monkeypatch.setattr(setup_script, "VENV", tmp_path)
    assert setup_script.is_cuda_build() is cuda
