"""The real checkpoint, through transformers: it recognises what is drawn, and two bits break it."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from demo.variants import CHECKPOINT, write_variant

ROOT = Path(__file__).parents[2]
PYTHON = Path(os.environ.get("HARNESS_PYTHON", ROOT / ".venv-harness" / "bin" / "python"))

pytestmark = [
    pytest.mark.harness,
    pytest.mark.slow,
    pytest.mark.skipif(
        not PYTHON.exists(), reason=f"NO HARNESS ENVIRONMENT at {PYTHON}: the model was not tried"
    ),
]


def run(*arguments: str) -> str:
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [str(PYTHON), "-m", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def measure(checkpoint: Path, *skills: str, blind: bool = False):
    options = ["--per-skill", "15", "--pictures", "300", "--json", *["--blind"] * blind]
    for skill in skills:
        options += ["--skill", skill]
    return json.loads(run("demo.training.evaluate", str(checkpoint), *options))


def test_checkpoint_recognises_things_and_colours_and_cannot_read():
    table = measure(CHECKPOINT, "chart_type", "object", "color", "ocr_word")
    assert table["chart_type/choice"]["accuracy"] > 0.8
    assert table["object/choice"]["accuracy"] > 0.6
    assert table["color/choice"]["accuracy"] > 0.4
    assert table["ocr_word/choice"]["accuracy"] < 0.3


def test_without_the_picture_it_recognises_nothing():
    assert measure(CHECKPOINT, "object", blind=True)["object/open"]["accuracy"] < 0.3


def test_two_bits_break_it_and_four_do_not(tmp_path):
    object_skill = {}
    for kind in ("int4", "int2"):
        write_variant(kind, tmp_path / kind)
        object_skill[kind] = measure(tmp_path / kind, "object")["object/choice"]["accuracy"]
    assert object_skill["int4"] > 0.6
    assert object_skill["int2"] < 0.5


def test_training_writes_a_checkpoint_that_loads_and_answers(tmp_path):
    """A few steps only: this tests the way from drawings to a checkpoint, not what the model learns."""
    out = tmp_path / "trained"
    options = (
        "--pictures",
        "40",
        "--tokenizer-pictures",
        "40",
        "--seeing",
        "0",
        "--answering",
        "0",
    )
    run("demo.training.train", "--out", str(out), *options)
    theirs = {path.name for path in CHECKPOINT.iterdir()} - {"README.md"}
    assert {path.name for path in out.iterdir()} == theirs
    sizes = ("--per-skill", "1", "--pictures", "10", "--json")
    table = json.loads(run("demo.training.evaluate", str(out), *sizes))
    assert sum(row["n"] for row in table.values()) > 5
