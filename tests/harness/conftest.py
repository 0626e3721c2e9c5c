"""Shared by the harness tests: drawn data in MMBench's schema, and running the real child process."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image, ImageDraw

from evaluator.spec import GenerationSpec
from tests.support.openai_server import OpenAIServer, openai_server

ROOT = Path(__file__).resolve().parents[2]
PYTHON = Path(os.environ.get("HARNESS_PYTHON") or ROOT / ".venv-harness" / "bin" / "python")
SLUG = "mmbench_en_dev"
COLOURS = ("red", "green", "blue", "orange")
KEY = "sk-planted-0123456789abcdef"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.get_closest_marker("harness") and not PYTHON.exists():
            item.add_marker(pytest.mark.skip(reason=f"{PYTHON} is not there; run `make harness`"))


def draw(colour: str, size: tuple[int, int] = (96, 96)) -> bytes:
    picture = Image.new("RGB", size, "white")
    ImageDraw.Draw(picture).ellipse((16, 16, 80, 80), fill=colour)
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def rows(count: int) -> list[dict[str, Any]]:
    """Return questions in the hub's schema: every fifth has no third option, every third has a hint."""
    made = []
    for index in range(count):
        colour = COLOURS[index % 4]
        made.append(
            {
                "index": index,
                "question": f"Question {index}: which colour has the disc?",
                "hint": f"Hint {index}" if index % 3 == 0 else "nan",
                "A": COLOURS[0],
                "B": COLOURS[1],
                "C": "nan" if index % 5 == 4 and colour != COLOURS[2] else COLOURS[2],
                "D": "nan" if index % 5 == 4 and colour != COLOURS[3] else COLOURS[3],
                "answer": "ABCD"[index % 4],
                "category": "attribute_recognition",
                "image": {"bytes": draw(colour), "path": f"{index}.png"},
                "source": "drawn",
                "L2-category": "finegrained_perception (instance-level)",
                "comment": "nan",
                "split": "dev",
            }
        )
    return made


def write_data(folder: Path, table_rows: list[dict[str, Any]], **options: Any) -> Path:
    """Write rows as ``folder/<slug>/dev.parquet`` and return ``folder``."""
    (folder / SLUG).mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(table_rows), folder / SLUG / "dev.parquet", **options)
    return folder


_FINGERPRINTS = """
import sys
from pathlib import Path
from evaluator.benchmarks import get_benchmark
from evaluator.harness.dataset import find_source, load, loading_arguments, scan
benchmark = get_benchmark(sys.argv[1])
for folder in sys.argv[3:]:
    source = find_source(benchmark, Path(folder))
    rows = load(source, loading_arguments(source, Path(sys.argv[2])))
    print(scan(rows, benchmark).fingerprint)
"""


def fingerprints(slug: str, folders: list[Path]) -> list[str]:
    """Return the fingerprint of a benchmark's data in each of the folders, as the child finds it."""
    done = subprocess.run(
        [PYTHON, "-c", _FINGERPRINTS, slug, folders[0].parent / "cache", *folders],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@dataclass
class Harness:
    """Runs jobs against one server, in one out folder unless told otherwise."""

    server: OpenAIServer
    data_dir: Path
    out: Path
    items_dir: Path
    job: dict[str, Any] = field(default_factory=dict)

    def document(self, **changes: Any) -> str:
        generation = {
            "concurrency": 4,
            "request_timeout_s": 20.0,
            "max_retries": 1,
        } | changes.pop("generation", {})
        job = {
            "benchmark": SLUG,
            "base_url": self.server.base_url,
            "model": self.server.model,
            "api_key": None,
            "generation": asdict(GenerationSpec(**generation)),
            "data_dir": str(self.data_dir),
            "limit": None,
            "out": str(self.out),
            "items_dir": str(self.items_dir),
            "allowed_networks": ["127.0.0.0/8"],
        }
        return json.dumps(job | self.job | changes)

    def start(self, **changes: Any) -> subprocess.Popen[str]:
        """Start the child as the worker does: the job on standard input, a bare environment."""
        process = subprocess.Popen(
            [str(PYTHON), "-m", "evaluator.harness.main"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=self.out.parent,
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(self.out.parent),
                "PYTHONPATH": str(ROOT),
            },
        )
        assert process.stdin is not None
        process.stdin.write(self.document(**changes))
        process.stdin.close()
        return process

    def run(self, **changes: Any) -> tuple[int, str]:
        """Run a job to its end; return its exit status and everything that it printed."""
        process = self.start(**changes)
        assert process.stdout is not None
        output = process.stdout.read()
        sys.stdout.write(output)
        return process.wait(), output

    def responses(self) -> list[dict[str, Any]]:
        return [
            json.loads(line) for line in (self.out / "responses.jsonl").read_text().splitlines()
        ]

    def read(self, name: str) -> dict[str, Any]:
        data: dict[str, Any] = json.loads((self.out / name).read_text())
        return data

    def failure(self, **changes: Any) -> dict[str, Any]:
        """Run a job that must fail and return its failure.json."""
        status, output = self.run(**changes)
        assert status == 3, output
        assert not (self.out / "result.json").exists()
        return self.read("failure.json")


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with openai_server() as running:
        yield running


@pytest.fixture
def harness(server: OpenAIServer, tmp_path: Path) -> Harness:
    data = write_data(tmp_path / "data", rows(12))
    return Harness(server, data, tmp_path / "out", tmp_path / "items")
