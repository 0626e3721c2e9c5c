"""Every demo set: the hub's schema, readable by its benchmark, gradable, the same in every process."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from demo.datasets import BUILDERS, SEED, write_set
from evaluator.benchmarks import all_benchmarks, get_benchmark
from evaluator.harness.dataset import find_source
from evaluator.records import Response, Verdict
from tests.demo.sets import HUB_COLUMNS, demo_set, items, pictures

ROOT = Path(__file__).parents[2]
PICTURE = "struct<bytes: binary, path: string>"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("sets")
    for slug in BUILDERS:
        write_set(slug, out)
    return out


def content_hash(rows):
    """Hash what rows hold; a picture by its pixels, which a PNG writer's version cannot change."""
    digest = hashlib.sha256()
    for row in rows:
        digest.update(b"".join(picture.tobytes() for picture in pictures(row)))
        texts = {name: cell for name, cell in row.items() if not isinstance(cell, dict)}
        digest.update(json.dumps(texts, sort_keys=True).encode())
    return digest.hexdigest()


def right_answer(slug, fields):
    """Return what a model that is right would say."""
    if slug.startswith("vqav2"):
        return fields["multiple_choice_answer"]
    gold = fields["gt_answer"] if slug.startswith("hallusion") else fields["answer"]
    if slug.startswith("hallusion"):
        return "Yes" if gold in ("1", True, 1) else "No"
    return gold[0] if isinstance(gold, list) else gold


def test_every_declared_benchmark_has_a_demo_set():
    assert set(BUILDERS) == set(all_benchmarks())


@pytest.mark.parametrize("slug", BUILDERS)
def test_an_evaluation_finds_the_files(folder, slug):
    source = find_source(get_benchmark(slug), folder)
    assert source.label == "demo: drawn pictures"
    written = {path.stem for path in (folder / slug).glob("*.parquet")}
    assert written == set(get_benchmark(slug).data.splits)


@pytest.mark.parametrize("slug", HUB_COLUMNS)
def test_columns_are_those_of_the_hub(folder, slug):
    for file in (folder / slug).glob("*.parquet"):
        schema = pq.read_schema(file)
        assert schema.names == HUB_COLUMNS[slug]
        features = json.loads(schema.metadata[b"huggingface"])["info"]["features"]
        for name in schema.names:
            is_picture = re.fullmatch(r"image(_\d)?", name) is not None
            assert (str(schema.field(name).type) == PICTURE) == is_picture
            assert (features[name] == {"_type": "Image"}) == is_picture


@pytest.mark.parametrize("slug", BUILDERS)
def test_sets_tell_their_licence(folder, slug):
    about = json.loads((folder / slug / "dataset.json").read_text(encoding="utf-8"))
    assert all(word in about["license"] for word in ("Apache-2.0", "OFL 1.1", "Bitstream Vera"))


@pytest.mark.parametrize("slug", BUILDERS)
def test_keys_differ(slug):
    keys = [item.key for item in items(slug)]
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("slug", BUILDERS)
def test_right_answers_are_graded_as_right(slug):
    benchmark = get_benchmark(slug)
    for item in items(slug):
        response = Response(item.key, item.position, right_answer(slug, item.fields))
        graded = benchmark.grade(item, response)
        assert graded.verdict is Verdict.CORRECT, (item.fields, response.text, graded)


@pytest.mark.parametrize("slug", BUILDERS)
def test_every_value_of_the_boards_columns_occurs(slug):
    benchmark = get_benchmark(slug)
    declared = {d.key for d in benchmark.dimensions if d.axis == benchmark.board_axis}
    found = {
        benchmark.dimension_values(item.fields).get(benchmark.board_axis) for item in items(slug)
    }
    assert declared <= found


@pytest.mark.parametrize("slug", BUILDERS)
def test_pictures_decode_and_are_small(slug):
    for row in demo_set(slug).rows:
        for picture in pictures(row):
            assert picture.format == "PNG"
            assert picture.mode == "RGB"
            assert max(picture.size) <= 1024


def test_processes_with_other_hash_seeds_write_the_same(tmp_path, folder):
    command = [sys.executable, "-m", "demo.datasets", "--out", str(tmp_path)]
    environment = {**os.environ, "PYTHONHASHSEED": "1"}
    subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)
    for file in folder.glob("*/*.parquet"):
        written = pq.read_table(tmp_path / file.relative_to(folder)).to_pylist()
        assert content_hash(written) == content_hash(pq.read_table(file).to_pylist()), file


@pytest.mark.parametrize("slug", BUILDERS)
def test_other_seeds_draw_other_sets(slug):
    drawn = {seed: demo_set(slug, seed).rows for seed in (SEED + 1, SEED + 2)}
    hashes = {content_hash(rows) for rows in (demo_set(slug).rows, *drawn.values())}
    assert len(hashes) == 3
