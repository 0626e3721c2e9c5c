"""lmms-eval's own tasks load the demo sets and make every prompt of them, each with its pictures."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from demo.datasets import BUILDERS, write_set
from demo.training.prompts import CHOICE_NOTE, OPEN_NOTE
from tests.demo.sets import demo_set, items

ROOT = Path(__file__).parents[2]
PYTHON = Path(os.environ.get("HARNESS_PYTHON") or ROOT / ".venv-harness" / "bin" / "python")
SCRIPT = """
import json, sys
from pathlib import Path
from evaluator.benchmarks import get_benchmark
from evaluator.harness.dataset import find_source, load, loading_arguments, scan
from evaluator.harness.generate import prepare

folder, cache = map(Path, sys.argv[1:3])
for slug in sys.argv[3:]:
    benchmark = get_benchmark(slug)
    source = find_source(benchmark, folder)
    arguments = loading_arguments(source, cache)
    rows = scan(load(source, arguments), benchmark)
    prepared = prepare(benchmark, source, arguments)
    asked = [
        [prepared.task.doc_to_text(doc), [list(p.size) for p in prepared.task.doc_to_visual(doc) or []]]
        for doc in prepared.docs
    ]
    print("RESULT", json.dumps([slug, rows.keys, asked]))
"""

pytestmark = [
    pytest.mark.harness,
    pytest.mark.slow,
    pytest.mark.skipif(not PYTHON.exists(), reason=f"{PYTHON} is not there; run `make harness`"),
]


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    """Return, for each slug, the keys as scanned, and each question's prompt with its pictures' sizes."""
    folder, cache = tmp_path_factory.mktemp("sets"), tmp_path_factory.mktemp("cache")
    for slug in BUILDERS:
        write_set(slug, folder)
    done = subprocess.run(
        [PYTHON, "-c", SCRIPT, folder, cache, *BUILDERS],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(cache),
            "PYTHONPATH": str(ROOT),
            "HF_HUB_OFFLINE": "1",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    lines = [line for line in done.stdout.splitlines() if line.startswith("RESULT ")]
    results = [json.loads(line.removeprefix("RESULT ")) for line in lines]
    return {slug: (keys, prompts) for slug, keys, prompts in results}


@pytest.mark.parametrize("slug", BUILDERS)
def test_every_row_is_scanned_in_order(asked, slug):
    keys, prompts = asked[slug]
    assert keys == [item.key for item in items(slug)]
    assert len(prompts) == len(keys)


@pytest.mark.parametrize("slug", BUILDERS)
def test_each_prompt_comes_with_its_rows_pictures(asked, slug):
    _, prompts = asked[slug]
    for (text, pictures), row in zip(prompts, demo_set(slug).rows, strict=True):
        assert text.strip()
        cells = [cell for cell in row.values() if isinstance(cell, dict) and "bytes" in cell]
        assert len(pictures) == len(cells), text


def test_mmmu_lists_the_options_and_asks_openly_without(asked):
    _, prompts = asked["mmmu_val"]
    for (text, _), row in zip(prompts, demo_set("mmmu_val").rows, strict=True):
        listed = re.findall(r"^[A-J]\. (.*)$", text, re.MULTILINE)
        assert listed == ast.literal_eval(row["options"])
        assert text.endswith(CHOICE_NOTE if listed else OPEN_NOTE)


def test_mmmu_pro_vision_has_its_question_only_in_the_picture(asked):
    _, prompts = asked["mmmu_pro_vision"]
    assert len({text for text, _ in prompts}) == 1


def test_vqa_asks_as_the_toy_model_was_trained(asked):
    _, prompts = asked["vqav2_val"]
    assert all(text.endswith(f"\n{OPEN_NOTE}") for text, _ in prompts)
