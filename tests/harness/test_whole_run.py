"""The real lmms-eval asks a server every question and leaves what the contract says."""

from __future__ import annotations

import base64
import hashlib
import io
import json
from pathlib import Path

import pytest
from PIL import Image

from tests.harness.conftest import SLUG, Harness, draw, fingerprints, rows, write_data
from tests.support.openai_server import answer_to

pytestmark = [pytest.mark.harness, pytest.mark.slow]


def test_every_question_is_asked_once_with_its_picture_and_answered(harness: Harness) -> None:
    status, output = harness.run()
    assert status == 0, output

    received = harness.server.received
    assert len(received) == 12
    assert set(harness.server.asked.values()) == {1}
    by_position = {r["position"]: r for r in harness.responses()}
    assert sorted(by_position) == list(range(12))
    for request in received:
        position = next(i for i in range(12) if f"Question {i}:" in request.text)
        response = by_position[position]
        assert response["key"] == str(position)
        assert response["text"] == answer_to(request.text) + "."
        assert response["error"] is None
        assert response["finish_reason"] == "stop"
        assert (response["prompt_tokens"], response["completion_tokens"]) == (40, 2)
        assert 0 < response["ttft_ms"] <= response["latency_ms"]
        assert response["prompt_sha256"] == hashlib.sha256(request.text.encode()).hexdigest()
        [url] = request.images
        picture = Image.open(io.BytesIO(base64.b64decode(url.split(",")[1])))
        expected = Image.open(io.BytesIO(draw(("red", "green", "blue", "orange")[position % 4])))
        assert picture.tobytes() == expected.tobytes()


def test_prompts_and_parameters_are_those_of_lmms_eval_and_of_the_job(harness: Harness) -> None:
    assert harness.run(generation={"seed": 7, "max_new_tokens": 33})[0] == 0
    request = next(r for r in harness.server.received if "Question 0:" in r.text)
    assert request.text == (
        "Hint 0 Question 0: which colour has the disc? There are several options:\n"
        "A. red\nB. green\nC. blue\nD. orange\n\n"
        "Answer with the option's letter from the given choices directly."
    )
    sent = {k: v for k, v in request.body.items() if k != "messages"}
    assert sent == {
        "model": "test-model",
        "max_tokens": 33,
        "temperature": 0.0,
        "seed": 7,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    assert harness.server.most_in_flight <= 4
    assert harness.server.connections <= 4


def test_result_and_dataset_describe_the_run(harness: Harness) -> None:
    (harness.data_dir / SLUG / "dataset.json").write_text('{"label": "drawn for a test"}')
    assert harness.run()[0] == 0
    dataset = harness.read("dataset.json")
    assert dataset | {"fingerprint": ""} == {
        "path": "lmms-lab-encoder/MMBench",
        "name": "en",
        "split": "dev",
        "fingerprint": "",
        "rows": 12,
        "local": True,
        "label": "drawn for a test",
    }
    result = harness.read("result.json")
    assert result["counts"] == {
        "items": 12,
        "responses": 12,
        "errored": 0,
        "skipped": 0,
        "resumed": 0,
    }
    assert result["versions"]["lmms-eval"] == "0.7.3"
    prompts = "".join(
        f"{r['key']}\0{r['prompt_sha256']}\n"
        for r in sorted(harness.responses(), key=lambda r: r["position"])
    )
    assert result["prompts_sha256"] == hashlib.sha256(prompts.encode()).hexdigest()


def test_items_pack_holds_every_row_and_each_picture_once(harness: Harness) -> None:
    assert harness.run(limit=3)[0] == 0
    pack = harness.items_dir / harness.read("dataset.json")["fingerprint"]
    items = [json.loads(line) for line in (pack / "items.jsonl").read_text().splitlines()]
    assert [i["position"] for i in items] == list(range(12))
    assert items[1]["fields"]["question"] == "Question 1: which colour has the disc?"
    images = {name for i in items for name in i["images"]}
    assert len(images) == 4
    assert {p.stem for p in (pack / "images").iterdir()} == images
    for path in (pack / "images").iterdir():
        assert path.stem == hashlib.sha256(path.read_bytes()).hexdigest()
        assert Image.open(path).format == "WEBP"
    assert [
        p.name for p in harness.items_dir.iterdir() if p.name.startswith(f".{pack.name[:12]}")
    ] == []


def test_limit_asks_only_the_first_rows(harness: Harness) -> None:
    assert harness.run(limit=3)[0] == 0
    assert sorted(r["position"] for r in harness.responses()) == [0, 1, 2]
    assert len(harness.server.received) == 3
    assert harness.read("result.json")["counts"]["items"] == 3
    assert harness.read("dataset.json")["rows"] == 12


def test_fingerprint_is_of_the_content_and_not_of_the_file(tmp_path: Path) -> None:
    moved = [r | {"image": r["image"] | {"path": "x"}} for r in rows(12)]
    changed = rows(12)
    changed[7]["image"]["bytes"] = draw("black")
    turned = rows(12)[::-1]
    folders = [
        write_data(tmp_path / "first", rows(12)),
        write_data(tmp_path / "moved", moved, row_group_size=5, compression="zstd"),
        write_data(tmp_path / "changed", changed),
        write_data(tmp_path / "turned", turned),
    ]
    first, same, other_picture, other_order = fingerprints(SLUG, folders)
    assert first == same
    assert len({first, other_picture, other_order}) == 3
