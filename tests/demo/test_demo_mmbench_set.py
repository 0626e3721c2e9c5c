"""The demo set has MMBench's schema, every category, and groups that CircularEval can score."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from PIL import Image

from demo.datasets import BUILDERS, write_set

L3 = {
    "coarse_perception": {
        "image_style",
        "image_topic",
        "image_scene",
        "image_emotion",
        "image_quality",
    },
    "finegrained_perception (instance-level)": {
        "object_localization",
        "attribute_recognition",
        "celebrity_recognition",
        "ocr",
    },
    "finegrained_perception (cross-instance)": {
        "spatial_relationship",
        "attribute_comparison",
        "action_recognition",
    },
    "attribute_reasoning": {
        "physical_property_reasoning",
        "function_reasoning",
        "identity_reasoning",
    },
    "relation_reasoning": {"social_relation", "nature_relation", "physical_relation"},
    "logic_reasoning": {"structuralized_imagetext_understanding", "future_prediction"},
}
COLUMNS = [
    *("index", "question", "hint", "A", "B", "C", "D", "answer", "category"),
    *("image", "source", "L2-category", "comment", "split"),
]
ROOT = Path(__file__).parents[2]


def options(row):
    return [row[letter] for letter in "ABCD" if row[letter] != "nan"]


def content_hash(rows):
    """Hash what rows hold; a picture by its pixels, which a PNG writer's version cannot change."""
    digest = hashlib.sha256()
    for row in rows:
        pixels = Image.open(io.BytesIO(row["image"]["bytes"])).tobytes()
        rest = {name: value for name, value in row.items() if name != "image"}
        digest.update(json.dumps(rest, sort_keys=True).encode() + pixels)
    return digest.hexdigest()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("demo")
    write_set("mmbench_en_dev", out)
    return out / "mmbench_en_dev"


@pytest.fixture(scope="module")
def rows(folder):
    return pq.read_table(folder / "dev.parquet").to_pylist()


@pytest.fixture(scope="module")
def groups(rows):
    found = defaultdict(list)
    for row in rows:
        found[row["index"] % 1_000_000].append(row)
    return found


def test_columns_and_types_are_those_of_the_hub(folder):
    schema = pq.read_schema(folder / "dev.parquet")
    assert schema.names == COLUMNS
    types = {name: str(schema.field(name).type) for name in COLUMNS}
    assert types.pop("index") == "int64"
    assert types.pop("image") == "struct<bytes: binary, path: string>"
    assert set(types.values()) == {"string"}
    features = json.loads(schema.metadata[b"huggingface"])["info"]["features"]
    assert list(features) == COLUMNS
    assert features["image"] == {"_type": "Image"}


def test_data_set_says_what_it_is(folder):
    about = json.loads((folder / "dataset.json").read_text(encoding="utf-8"))
    assert about["label"] == "demo: drawn pictures"
    assert "Apache-2.0" in about["license"]


def test_every_category_of_every_group_has_several_questions(rows):
    base = [row for row in rows if row["index"] < 1_000_000]
    found = defaultdict(set)
    for row in base:
        found[row["L2-category"]].add(row["category"])
    assert found == L3
    assert min(Counter(row["category"] for row in base).values()) >= 5


def test_size_fits_a_demo(rows, groups):
    assert 100 <= len(groups) <= 120
    assert 330 <= len(rows) <= 420


def test_base_rows_come_first_and_passes_in_order(rows):
    passes = [row["index"] // 1_000_000 for row in rows]
    assert passes == sorted(passes)
    indices = [row["index"] for row in rows]
    assert len(set(indices)) == len(indices)


def test_there_are_questions_with_two_three_and_four_options(groups):
    assert {len(options(group[0])) for group in groups.values()} == {2, 3, 4}


def test_missing_texts_are_written_as_nan(rows):
    assert {row["hint"] for row in rows} == {row["comment"] for row in rows} == {"nan"}
    for row in rows:
        present = [row[letter] != "nan" for letter in "ABCD"]
        assert present == sorted(present, reverse=True)


def test_each_rotation_keeps_the_right_text_and_moves_its_letter(groups):
    for group in groups.values():
        count = len(options(group[0]))
        assert [row["index"] // 1_000_000 for row in group] == list(range(count))
        assert len({row[row["answer"]] for row in group}) == 1
        assert {row["answer"] for row in group} == set("ABCD"[:count])
        assert len({tuple(sorted(options(row))) for row in group}) == 1
        assert len({(row["question"], row["image"]["bytes"]) for row in group}) == 1


def test_no_option_is_part_of_another_one(groups):
    """Else an answer in words would name two options, and no grader could tell which."""
    for row in (group[0] for group in groups.values()):
        texts = [text.lower() for text in options(row)]
        for a in texts:
            inside = [b for b in texts if b != a and re.search(rf"\b{re.escape(a)}\b", b)]
            assert not inside, (row["question"], a, inside)


def test_right_answers_are_spread_over_the_letters(groups):
    letters = Counter(
        group[0]["answer"] for group in groups.values() if len(options(group[0])) == 4
    )
    assert min(letters.values()) > 0.12 * sum(letters.values()), letters


def test_questions_differ_from_each_other(groups):
    base = [group[0] for group in groups.values()]
    assert len({(row["question"], row["image"]["bytes"]) for row in base}) == len(base)


def test_pictures_are_small_squares(rows):
    for row in rows[:20]:
        with Image.open(io.BytesIO(row["image"]["bytes"])) as picture:
            assert (picture.format, picture.size, picture.mode) == ("PNG", (256, 256), "RGB")


def test_processes_with_other_hash_seeds_write_the_same(tmp_path, rows):
    for seed in ("1", "2"):
        command = [sys.executable, "-m", "demo.datasets", "--out", str(tmp_path / seed)]
        subprocess.run(command, cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": seed}, check=True)
        written = pq.read_table(tmp_path / seed / "mmbench_en_dev" / "dev.parquet").to_pylist()
        assert content_hash(written) == content_hash(rows)


def test_other_seeds_give_other_sets_of_the_same_form(rows):
    hashes = {content_hash(rows)}
    for seed in (1, 2, 3):
        demo = BUILDERS["mmbench_en_dev"](seed)
        assert len({row["category"] for row in demo.rows}) == 20
        hashes.add(content_hash(demo.rows))
    assert len(hashes) == 4
