"""Several splits are one data set: their rows follow one another, with pictures or without."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from evaluator.benchmarks import get_benchmark
from tests.harness.conftest import Harness, draw, fingerprints

SLUG = "hallusion_bench"
JOB = {"benchmark": SLUG}

pytestmark = [pytest.mark.harness, pytest.mark.slow]


def row(number: int, *, seen: bool) -> dict[str, Any]:
    return {
        "category": "VS",
        "subcategory": "chart",
        "visual_input": "1" if seen else "0",
        "set_id": str(number),
        "figure_id": "1" if seen else "0",
        "sample_note": "drawn",
        "question_id": "0",
        "question": f"Question {number}{'' if seen else ' from memory'}: is the disc red?",
        "gt_answer": "1",
        "gt_answer_details": "It is red.",
        "filename": f"{number}.png" if seen else None,
    }


def with_pictures(count: int) -> list[dict[str, Any]]:
    picture = {"bytes": draw("red"), "path": None}
    return [row(number, seen=True) | {"image": picture} for number in range(count)]


def without(count: int, **columns: Any) -> list[dict[str, Any]]:
    return [row(number, seen=False) | columns for number in range(count)]


def write(folder: Path, image: list[dict[str, Any]], non_image: list[dict[str, Any]]) -> Path:
    (folder / SLUG).mkdir(parents=True, exist_ok=True)
    for split, rows in (("image", image), ("non_image", non_image)):
        pq.write_table(pa.Table.from_pylist(rows), folder / SLUG / f"{split}.parquet")
    return folder


def test_rows_follow_one_another_and_those_without_a_picture_are_plain_text(
    harness: Harness,
) -> None:
    write(harness.data_dir, with_pictures(3), without(2, image=None))
    status, output = harness.run(**JOB)
    assert status == 0, output
    dataset = harness.read("dataset.json")
    assert (dataset["split"], dataset["rows"]) == ("image+non_image", 5)
    benchmark = get_benchmark(SLUG)
    keys = [benchmark.key(r) for r in (*with_pictures(3), *without(2))]
    found = sorted(harness.responses(), key=lambda r: r["position"])
    assert [r["key"] for r in found] == keys
    sent = {r.text.splitlines()[-1]: r for r in harness.server.received}
    assert len(sent) == 5
    for text, request in sent.items():
        [message] = request.body["messages"]
        if "from memory" in text:
            assert message["content"] == request.text
        else:
            assert len(request.images) == 1
    pack = harness.items_dir / dataset["fingerprint"]
    items = [json.loads(line) for line in (pack / "items.jsonl").read_text().splitlines()]
    assert [len(item["images"]) for item in items] == [1, 1, 1, 0, 0]


def test_limit_takes_the_first_rows_of_the_first_split(harness: Harness) -> None:
    write(harness.data_dir, with_pictures(3), without(2, image=None))
    assert harness.run(**JOB, limit=4)[0] == 0
    assert [r["position"] for r in sorted(harness.responses(), key=lambda r: r["position"])] == [
        0,
        1,
        2,
        3,
    ]


def test_fingerprint_is_of_all_splits_and_not_of_how_a_missing_picture_is_written(
    tmp_path: Path,
) -> None:
    changed = without(2, image=None)
    changed[1]["question"] = "Question 1 from memory: is it green?"
    folders = [
        write(tmp_path / "null", with_pictures(3), without(2, image=None)),
        write(tmp_path / "absent", with_pictures(3), without(2)),
        write(
            tmp_path / "typed", with_pictures(3), without(2, image={"bytes": None, "path": None})
        ),
        write(tmp_path / "changed", with_pictures(3), changed),
        write(tmp_path / "fewer", with_pictures(3), without(1, image=None)),
    ]
    null, absent, typed, *others = fingerprints(SLUG, folders)
    assert null == absent == typed
    assert len({null, *others}) == 3


def test_a_split_that_is_not_there_is_named(harness: Harness) -> None:
    write(harness.data_dir, with_pictures(1), without(1))
    (harness.data_dir / SLUG / "non_image.parquet").unlink()
    failure = harness.failure(**JOB)
    assert failure["code"] == "dataset_missing"
    assert "non_image.parquet" in failure["detail"]


def test_an_empty_split_is_named(harness: Harness) -> None:
    write(harness.data_dir, with_pictures(1), without(1))
    file = harness.data_dir / SLUG / "non_image.parquet"
    pq.write_table(pq.read_table(file).slice(0, 0), file)
    failure = harness.failure(**JOB)
    assert failure["code"] == "dataset_missing"
    assert "non_image.parquet" in failure["detail"]


def test_only_pictures_may_be_absent_in_a_split(harness: Harness) -> None:
    lacking = [{k: v for k, v in r.items() if k != "question"} for r in without(1)]
    write(harness.data_dir, with_pictures(1), lacking)
    failure = harness.failure(**JOB)
    assert failure["code"] == "dataset_schema"
    assert "non_image.parquet lacks the columns question" in failure["detail"]


def test_columns_of_different_kinds_do_not_fit_together(harness: Harness) -> None:
    write(harness.data_dir, with_pictures(1), without(1, question=["Is it?"]))
    failure = harness.failure(**JOB)
    assert failure["code"] == "dataset_schema"
    assert "do not fit together" in failure["detail"]
    assert "question" in failure["detail"]
