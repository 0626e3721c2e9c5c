"""Data that is missing or has another shape is refused in words, before any question is asked."""

from __future__ import annotations

import shutil

import pyarrow.parquet as pq
import pytest

from tests.harness.conftest import SLUG, Harness, rows, write_data

pytestmark = [pytest.mark.harness, pytest.mark.slow]


def test_missing_columns_are_named_beside_those_that_are_there(harness: Harness) -> None:
    broken = [{k: v for k, v in r.items() if k not in ("question", "L2-category")} for r in rows(3)]
    write_data(harness.data_dir, broken)
    failure = harness.failure()
    assert failure["code"] == "dataset_schema"
    missing, there = failure["detail"].split("it has")
    assert "L2-category, question" in missing
    assert "answer" in there
    assert "image" in there
    assert not (harness.out / "dataset.json").exists()
    assert harness.server.received == []


def test_missing_file_says_what_is_there(harness: Harness) -> None:
    (harness.data_dir / SLUG / "dev.parquet").rename(harness.data_dir / SLUG / "test.parquet")
    failure = harness.failure()
    assert failure["code"] == "dataset_missing"
    assert "dev.parquet" in failure["detail"]
    assert "test.parquet" in failure["detail"]


def test_file_that_is_no_parquet(harness: Harness) -> None:
    (harness.data_dir / SLUG / "dev.parquet").write_text("index,question\n1,why")
    assert harness.failure()["code"] == "dataset_schema"


def test_empty_split(harness: Harness) -> None:
    write_data(harness.data_dir, rows(3))
    file = harness.data_dir / SLUG / "dev.parquet"
    pq.write_table(pq.read_table(file).slice(0, 0), file)
    assert harness.failure()["code"] == "dataset_missing"


def test_row_with_another_kind_of_value(harness: Harness) -> None:
    broken = rows(3)
    broken[2]["answer"] = "yes"
    write_data(harness.data_dir, broken)
    failure = harness.failure()
    assert failure["code"] == "dataset_schema"
    assert "row 2" in failure["detail"]


def test_same_key_twice(harness: Harness) -> None:
    broken = rows(3)
    broken[2]["index"] = 0
    write_data(harness.data_dir, broken)
    failure = harness.failure()
    assert failure["code"] == "dataset_schema"
    assert "rows 0 and 2" in failure["detail"]


def test_pictures_that_cannot_be_read(harness: Harness) -> None:
    broken = rows(3)
    for row in broken:
        row["image"] = {"bytes": b"not a picture", "path": None}
    write_data(harness.data_dir, broken)
    assert harness.failure()["code"] == "dataset_schema"
    assert harness.server.received == []


def test_picture_that_only_names_a_file_that_is_not_there(harness: Harness) -> None:
    broken = rows(3)
    broken[1]["image"] = {"bytes": None, "path": "elsewhere.png"}
    write_data(harness.data_dir, broken)
    failure = harness.failure()
    assert failure["code"] == "dataset_schema"
    assert "row 1" in failure["detail"]


def test_unreachable_hub(harness: Harness) -> None:
    shutil.rmtree(harness.data_dir / SLUG)
    failure = harness.failure()
    assert failure["code"] == "dataset_missing"
    assert "lmms-lab-encoder/MMBench" in failure["detail"]


def test_unknown_benchmark(harness: Harness) -> None:
    failure = harness.failure(benchmark="mmbench_en_devv")
    assert failure["code"] == "benchmark_unknown"
    assert "mmbench_en_dev" in failure["detail"]
